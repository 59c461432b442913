/**
 * PostgreSQL, through postgres.js. Reads are pipelined over few connections, and rows looked up at the same time are found
 * with one statement. Writes that wait are run together in one
 * transaction, and one commit serves them all. Writes with a key in common are never in the same group; if a group
 * fails, its writes are run again, each in a transaction of its own.
 */
import { Refusal, refuse } from '../model/refusal.ts'
import {
  type Driver,
  inLockOrder,
  type Row,
  type Statement,
  unitGone,
  type Value,
  type Write,
} from './driver.ts'
import { type Client, type Connection, openConnection } from './postgres-connection.ts'
import { commitGroup } from './postgres-group.ts'
import type { SentValues } from './postgres-lists.ts'
import { gatherLookups } from './postgres-lookups.ts'
import { StorageOpenError } from './storage-open-error.ts'
import { refuseWrite, type WaitingWrite } from './write-queue.ts'

/** Connections that read, each with many statements under way. */
const readersMax = 3
/** Groups of writes that run at the same time, each on a connection of its own. */
const writersMax = 3
const writesPerGroupMax = 100
/** Keys after which a group takes no further write: one write may have thousands. */
const keysPerGroupMax = 1000
/** How often a write is tried that falls to a deadlock or a serialization failure. */
const attemptsMax = 10
/** How long a write may wait for its turn, in milliseconds. It is as good as not sent then. */
const waitMaxMs = 10_000
/** How long one step of the schema may take: an index of a large table needs its time. */
const migrationMaxMs = 3_600_000
/** SQLSTATE "read only sql transaction". */
const readOnly = '25006'
/** Any number that no other program is likely to lock. */
const migrationLock = 5_337_001

/** A write in the queue, or under way. */
interface Entry extends WaitingWrite {
  readonly since: number
  /** How often it was tried by itself; `undefined` as long as it may go with others. */
  readonly attempts?: number
}

/** Connects lazily; the first statement tells whether there is a database. Throws a StorageOpenError for a bad address. */
export function openPostgres(url: string): Driver {
  const readers = openConnections(url, readersMax)
  const writers = openConnections(url, writersMax)
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
      for (const answer of await writer.use((client) => inTransaction(client, group))) answer()
      return []
    } catch (error) {
      leaveReadOnly(error)
      return afterFailure(group, error)
    }
  }

  /** A server that takes no writes any more, such as after a fail-over, is no place to read at either. */
  function leaveReadOnly(error: unknown): void {
    if (codeOf(error) === readOnly) for (const connection of [...readers, ...writers]) connection.discard()
  }

  async function send(sql: string, values: SentValues): Promise<Row[]> {
    nextReader = (nextReader + 1) % readers.length
    return (await readers[nextReader]?.use((client) => execute(client, sql, values))) ?? []
  }

  const find = gatherLookups(send)

  return {
    takeRows: 'for update skip locked',
    lockRows: 'for update',
    read: async (query) => {
      // Nothing has U+0000, which no text of PostgreSQL holds.
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
        // Whether there is a server is known soon, however long it takes then.
        await writers[0]?.use((client) => execute(client, 'select 1 as answer', []))
        await writers[0]?.use((client) => migrateOnce(client, text, done, note), migrationMaxMs)
      } catch (error) {
        throw asOpenError(unavailable(error))
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

function openConnections(url: string, count: number): Connection[] {
  try {
    return Array.from({ length: count }, () => openConnection(url))
  } catch (error) {
    throw new StorageOpenError('The address of the database is none.', { cause: error })
  }
}

async function migrateOnce(client: Client, text: string, done?: Statement, note?: Statement): Promise<void> {
  await client.begin(async (transaction) => {
    await transaction.unsafe(`select pg_advisory_xact_lock(${migrationLock})`)
    if (done !== undefined && (await execute(transaction, done.sql, done.values)).length > 0) return
    await transaction.unsafe('set local statement_timeout = 0')
    await transaction.unsafe(text.replace(/\/\* postgres: (.*?) \*\//g, '$1'))
    await transaction.unsafe(compareByBytes)
    if (note !== undefined) await execute(transaction, note.sql, note.values)
  })
}

/**
 * The embedded engine compares texts byte by byte, and so the order of a list and the paths below a unit are meant. A
 * database may have another order for its texts, such as that of a language; its columns get this one.
 */
const compareByBytes = `do $$ declare other record; begin
  if 'B' < 'a' then return; end if;
  for other in select table_name, column_name from information_schema.columns
    where table_schema = current_schema and data_type = 'text' and collation_name is distinct from 'C'
  loop
    execute format('alter table %I alter column %I type text collate "C"', other.table_name, other.column_name);
  end loop;
end $$`

/** What is no matter of time, such as a wrong password, is for the operator to put right. */
function asOpenError(error: unknown): unknown {
  if (error instanceof Refusal) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StorageOpenError(`The database cannot be used: ${reason} (${codeOf(error)}).`, { cause: error })
}

/** Refuses what has waited for too long, and gives the others. */
function giveUpLate(waiting: Entry[]): Entry[] {
  const oldest = performance.now() - waitMaxMs
  if (waiting.every(({ since }) => since > oldest)) return waiting
  for (const { since, reject } of waiting) {
    if (since <= oldest) reject(refuse('SERVICE_UNAVAILABLE', 'The write waited too long for its turn.'))
  }
  return waiting.filter(({ since }) => since > oldest)
}

/**
 * The writes that can run together now. One without keys runs by itself, and so does one that failed in a group; one
 * that has a key in common with an earlier one waits, and so keeps its place.
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
  // In one order everywhere, so that groups of two nodes do not wait for each other in a circle.
  return { group: inLockOrder(group, ({ keys }) => keys[0] ?? ''), rest: waiting.slice(index) }
}

function runsAlone({ keys, attempts }: Entry): boolean {
  return keys.length === 0 || attempts !== undefined
}

/**
 * Answers those whose write has failed for good, and gives those that are to be run again, each by itself: a record
 * that was gone or there meanwhile is seen then.
 */
function afterFailure(group: readonly Entry[], error: unknown): Entry[] {
  const isFinal = isLost(error) || (group.length === 1 && error instanceof Refusal)
  const again: Entry[] = []
  for (const write of group) {
    const isWorthIt = write.attempts === undefined || (isPassing(error) && write.attempts < attemptsMax)
    if (isWorthIt && !isFinal) again.push({ ...write, attempts: (write.attempts ?? 0) + 1 })
    else write.reject(unavailable(error))
  }
  return again
}

/** Runs the writes in one transaction and gives what answers them, to be called now that it is committed. */
async function inTransaction(client: Client, group: readonly Entry[]): Promise<(() => void)[]> {
  try {
    return await commitGroup((sql, values) => execute(client, sql, values), group)
  } catch (error) {
    if (!isLost(error)) await client.unsafe('rollback')
    throw error
  }
}

async function execute(client: Pick<Client, 'unsafe'>, sql: string, values: SentValues): Promise<Row[]> {
  return await client.unsafe<Row[]>(sql, [...values] as (Value | Value[])[], { prepare: true })
}

/** SQLSTATE of the server, or the code of postgres.js or of the socket. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/**
 * Deadlock, serialization failure, a record that somebody else has added since this write looked for it, or a statement
 * that was prepared for an older schema: the same write may go well the next time, by what it sees then.
 */
function isPassing(error: unknown): boolean {
  return ['40001', '40P01', '23505', '0A000'].includes(codeOf(error))
}

/** The connection is gone: nobody knows whether a commit that was under way came through, so it is not tried again. */
function isLost(error: unknown): boolean {
  return /^(CONNECT|CONNECTION_|E(?!RR_)[A-Z_]+$|08|57P0|25P0[34])/.test(codeOf(error))
}

/** Lack of resources, lock and statement time-outs, shutdown, a standby where the primary was before a fail-over. */
function unavailable(error: unknown): unknown {
  if (error instanceof Refusal) return error
  const code = codeOf(error)
  if (code === '23503') return unitGone(error)
  if (!isLost(error) && !isPassing(error) && !/^(25006|53|55P03|57|58)/.test(code)) return error
  return refuse('SERVICE_UNAVAILABLE', 'The storage cannot take this now.', {
    detail: `PostgreSQL: ${code} ${error instanceof Error ? error.message : ''}`,
    cause: error,
    retryAfterMs: 1000,
  })
}
