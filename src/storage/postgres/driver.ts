/**
 * PostgreSQL, through postgres.js. Reads are pipelined over few connections, and rows looked up at the same time are found
 * with one statement. Writes that wait are run together in one
 * transaction, and one commit serves them all. Writes with a key in common are never in the same group; if a group
 * fails, its writes are run again, each in a transaction of its own.
 */
import { Refusal, refuse } from '../../model/refusal.ts'
import { type Driver, inLockOrder, type Row, type Write } from '../engine/driver.ts'
import { refuseWrite, type WaitingWrite } from '../engine/write-queue.ts'
import { type Connection, databaseAddress, openConnection } from './connection.ts'
import { pooling } from './dial.ts'
import { asOpenError, ConnectionLost, codeOf, isPassing, isStale, unavailable } from './failure.ts'
import type { SentValues } from './lists.ts'
import { gatherLookups } from './lookups.ts'
import { migrateOnce } from './migration.ts'
import { inTransaction, read } from './session.ts'

/** Connections for reads, each with many pending statements. */
const readersMax = 3
/** Groups of writes that run at the same time, each on a connection of its own. */
const writersMax = 3
const writesPerGroupMax = 100
/** A group with so many keys takes no further write: one write may have thousands. */
const keysPerGroupMax = 1000
/** The most tries of a write that meets a deadlock or a serialization failure. */
const attemptsMax = 10
/** How long a write may wait for its turn, in milliseconds. After that it is rejected unsent. */
const waitMaxMs = 10_000
/** How long one migration may take, in milliseconds: an index of a large table takes long. */
const migrationMaxMs = 3_600_000
/** SQLSTATE "read only sql transaction". */
const readOnly = '25006'

/** A write in the queue, or running. */
interface Entry extends WaitingWrite {
  readonly since: number
  /** The count of tries by itself; `undefined` while it may run in a group. */
  readonly attempts?: number
}

/** Connects on first use; the first statement shows whether there is a database. Throws a StorageOpenError for a bad address. */
export function openPostgres(url: string): Driver {
  const open = connectionsTo(url)
  const readers = Array.from({ length: readersMax }, open)
  const writers = Array.from({ length: writersMax }, open)
  const idle = [...writers]
  let nextReader = 0
  let waiting: Entry[] = []
  let isScheduled = false
  let isOpen = true
  let onIdle: (() => void) | undefined

  function schedule(): void {
    if (isScheduled || idle.length === 0 || waiting.length === 0) return
    isScheduled = true
    setImmediate(startGroup)
  }

  function startGroup(): void {
    isScheduled = false
    waiting = giveUpLate(waiting)
    const { group, rest } = takeGroup(waiting)
    waiting = rest
    const writer = group.length > 0 ? idle.pop() : undefined
    if (writer === undefined) {
      tellIfIdle()
      return
    }
    void runGroup(writer, group).then((again) => {
      waiting.unshift(...again)
      idle.push(writer)
      schedule()
      tellIfIdle()
    })
    schedule()
  }

  function tellIfIdle(): void {
    if (idle.length === writers.length && waiting.length === 0) onIdle?.()
  }

  async function runGroup(writer: Connection, group: readonly Entry[]): Promise<Entry[]> {
    try {
      for (const answer of await writer.use((session) => inTransaction(session, group))) answer()
      return []
    } catch (error) {
      leaveReadOnly(error)
      return afterFailure(group, error)
    }
  }

  /** Stop reading from a server that takes no writes any more, such as after a fail-over. */
  function leaveReadOnly(error: unknown): void {
    if (codeOf(error) === readOnly) for (const connection of [...readers, ...writers]) connection.discard()
  }

  async function send(sql: string, values: SentValues): Promise<Row[]> {
    nextReader = (nextReader + 1) % readers.length
    const reader = readers[nextReader]
    const rows = () => reader?.use((session) => read(session, sql, values))
    try {
      return (await rows()) ?? []
    } catch (error) {
      if (!isStale(error)) throw error
      return (await rows()) ?? []
    }
  }

  const find = gatherLookups(send)

  return {
    takeRows: 'for update skip locked',
    lockRows: 'for update',
    read: async (query) => {
      // A text with U+0000 matches nothing: no text of PostgreSQL contains it.
      if (query.values.some((value) => typeof value === 'string' && value.includes('\0'))) return []
      try {
        return await (query.lookup ? find(query, query.lookup) : send(query.sql, query.values))
      } catch (error) {
        throw unavailable(error)
      }
    },
    write: <T>(run: Write<T>, ...keys: readonly string[]) => {
      const refusal = refuseWrite(isOpen, waiting.length)
      if (refusal !== undefined) return Promise.reject(refusal)
      return new Promise<T>((resolve, reject) => {
        waiting.push({ run, keys, resolve, reject, since: performance.now() })
        schedule()
      })
    },
    migrate: async (text, done, note) => {
      try {
        // Connecting has its usual limit; only the statement may take long.
        await writers[0]?.use((session) => read(session, 'select 1 as answer', []))
        await writers[0]?.use((session) => migrateOnce(session, text, done, note), migrationMaxMs)
      } catch (error) {
        throw asOpenError(error)
      }
    },
    close: async () => {
      isOpen = false
      if (idle.length < writers.length || waiting.length > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve
        })
      }
      await Promise.all([...readers, ...writers].map((connection) => connection.close()))
    },
  }
}

/** Returns a function that opens one more connection. */
function connectionsTo(url: string): () => Connection {
  const address = databaseAddress(url)
  const known = pooling(address)
  return () => openConnection(address, known)
}

/** Rejects the writes that have waited too long, and returns the others. */
function giveUpLate(waiting: Entry[]): Entry[] {
  const oldest = performance.now() - waitMaxMs
  if (waiting.every(({ since }) => since > oldest)) return waiting
  for (const { since, reject } of waiting) {
    if (since <= oldest) reject(refuse('SERVICE_UNAVAILABLE', 'The write waited too long for its turn.'))
  }
  return waiting.filter(({ since }) => since > oldest)
}

/**
 * Returns the writes that can run together now. A write without keys, or one that failed in a group, runs by itself. A
 * write that shares a key with an earlier one waits, and so keeps its place.
 */
function takeGroup(waiting: readonly Entry[]): { group: Entry[]; rest: Entry[] } {
  const [first] = waiting
  if (first === undefined || runsAlone(first)) return { group: waiting.slice(0, 1), rest: waiting.slice(1) }
  const taken = new Set<string>()
  const group: Entry[] = []
  let index = 0
  for (
    ;
    index < waiting.length && group.length < writesPerGroupMax && taken.size < keysPerGroupMax;
    index += 1
  ) {
    const write = waiting[index]
    if (write === undefined || runsAlone(write) || write.keys.some((key) => taken.has(key))) break
    for (const key of write.keys) taken.add(key)
    group.push(write)
  }
  // One order on all nodes prevents deadlocks between groups.
  return { group: inLockOrder(group, ({ keys }) => keys[0] ?? ''), rest: waiting.slice(index) }
}

function runsAlone({ keys, attempts }: Entry): boolean {
  return keys.length === 0 || attempts !== undefined
}

/**
 * Rejects the writes that have failed for good, and returns those to run again, each by itself: then a write sees
 * records that another has added or removed meanwhile.
 */
function afterFailure(group: readonly Entry[], error: unknown): Entry[] {
  const isFinal = error instanceof ConnectionLost || (group.length === 1 && error instanceof Refusal)
  const again: Entry[] = []
  for (const write of group) {
    const isWorthIt = write.attempts === undefined || (isPassing(error) && write.attempts < attemptsMax)
    if (isWorthIt && !isFinal) again.push({ ...write, attempts: (write.attempts ?? 0) + 1 })
    else write.reject(unavailable(error))
  }
  return again
}
