/**
 * PostgreSQL, through postgres.js. Reads are pipelined over few connections. Writes that wait are run together in one
 * transaction, and one commit serves them all. Writes with a key in common are never in the same group; if a group
 * fails, its writes are run again, each in a transaction of its own.
 */
import postgres from 'postgres'
import { Refusal, refuse } from '../model/refusal.ts'
import { type Driver, inLockOrder, type Row, unitGone, type Value, type Write } from './driver.ts'
import { commitGroup } from './postgres-group.ts'
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
/** How long a statement may run, and wait for a lock; a slow database gives 503 and no pile-up. */
const statementTimeoutMs = 10_000
const lockTimeoutMs = 5_000
const connectTimeoutSeconds = 5
/** The longest pause before another connection is tried: how long after its database is back a node may answer 503. */
const reconnectSecondsMax = 1
/** SQLSTATE "character not in repertoire". */
const characterNotStorable = '22021'
/** Any number that no other program is likely to lock. */
const migrationLock = 5_337_001

type Pool = postgres.Sql
type Connection = postgres.ReservedSql

/** Connects lazily; the first statement tells whether there is a database. Throws a StorageOpenError for a bad address. */
export function openPostgres(url: string): Driver {
  const readers = openPool(url, readersMax)
  const writers = openPool(url, writersMax)
  let waiting: WaitingWrite[] = []
  let groups = 0
  let isScheduled = false
  let isOpen = true
  let onIdle: (() => void) | undefined

  function schedule(): void {
    if (isScheduled || groups >= writersMax || waiting.length === 0) return
    isScheduled = true
    setImmediate(startGroup)
  }

  function startGroup(): void {
    isScheduled = false
    const { group, rest } = takeGroup(waiting)
    waiting = rest
    groups += 1
    void runGroup(writers, group).finally(() => {
      groups -= 1
      schedule()
      if (groups === 0 && waiting.length === 0) onIdle?.()
    })
    schedule()
  }

  return {
    takeRows: 'for update skip locked',
    read: async (query) => {
      try {
        return await execute(readers, query.sql, query.values)
      } catch (error) {
        // What was looked for holds U+0000, which no text of PostgreSQL can: nothing has it.
        if (codeOf(error) === characterNotStorable) return []
        throw unavailable(error)
      }
    },
    write: <T>(run: Write<T>, ...keys: readonly string[]) => {
      const refusal = refuseWrite(isOpen, waiting.length)
      if (refusal !== undefined) return Promise.reject(refusal)
      return new Promise<T>((resolve, reject) => {
        waiting.push({ run, keys, resolve, reject })
        schedule()
      })
    },
    migrate: async (text, done, note) => {
      await writers.begin(async (transaction) => {
        await transaction.unsafe(`select pg_advisory_xact_lock(${migrationLock})`)
        if (done !== undefined && (await execute(transaction, done.sql, done.values)).length > 0) return
        await transaction.unsafe(text)
        if (note !== undefined) await execute(transaction, note.sql, note.values)
      })
    },
    close: async () => {
      isOpen = false
      if (groups > 0 || waiting.length > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve
        })
      }
      await Promise.all([readers.end({ timeout: 5 }), writers.end({ timeout: 5 })])
    },
  }
}

function openPool(url: string, max: number): Pool {
  try {
    return postgres(url, {
      max,
      connect_timeout: connectTimeoutSeconds,
      backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, reconnectSecondsMax),
      onnotice: () => undefined,
      types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
      connection: {
        application_name: 'skillkeeper',
        statement_timeout: statementTimeoutMs,
        lock_timeout: lockTimeoutMs,
        idle_in_transaction_session_timeout: statementTimeoutMs,
      },
    })
  } catch (error) {
    throw new StorageOpenError('The address of the database is none.', { cause: error })
  }
}

/**
 * The writes that can run together now. One without keys runs by itself; one that has a key in common with an earlier
 * one waits, and so keeps its place.
 */
function takeGroup(waiting: readonly WaitingWrite[]): { group: WaitingWrite[]; rest: WaitingWrite[] } {
  const [first] = waiting
  if (first === undefined || first.keys.length === 0)
    return { group: waiting.slice(0, 1), rest: waiting.slice(1) }
  const taken = new Set<string>()
  const group: WaitingWrite[] = []
  let index = 0
  for (
    ;
    index < waiting.length && group.length < writesPerGroupMax && taken.size < keysPerGroupMax;
    index += 1
  ) {
    const write = waiting[index]
    if (write === undefined || write.keys.length === 0 || write.keys.some((key) => taken.has(key))) break
    for (const key of write.keys) taken.add(key)
    group.push(write)
  }
  // In one order everywhere, so that groups of two nodes do not wait for each other in a circle.
  return { group: inLockOrder(group, ({ keys }) => keys[0] ?? ''), rest: waiting.slice(index) }
}

async function runGroup(writers: Pool, group: readonly WaitingWrite[]): Promise<void> {
  try {
    for (const answer of await inTransaction(writers, group)) answer()
  } catch (error) {
    if (isLost(error)) for (const write of group) write.reject(unavailable(error))
    else await Promise.all(group.map((write) => runAlone(writers, write)))
  }
}

async function runAlone(writers: Pool, write: WaitingWrite): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const answer of await inTransaction(writers, [write])) answer()
      return
    } catch (error) {
      if (!isPassing(error) || attempt === attemptsMax) return write.reject(unavailable(error))
    }
  }
}

/** Runs the writes in one transaction and gives what answers them, to be called now that it is committed. */
async function inTransaction(writers: Pool, group: readonly WaitingWrite[]): Promise<(() => void)[]> {
  const connection = await writers.reserve()
  try {
    return await commitGroup((sql, values) => execute(connection, sql, values), group)
  } catch (error) {
    if (!isLost(error)) await connection.unsafe('rollback').catch(() => undefined)
    throw error
  } finally {
    connection.release()
  }
}

async function execute(
  connection: Pool | Connection | postgres.TransactionSql,
  sql: string,
  values: readonly (Value | readonly Value[])[],
): Promise<Row[]> {
  return await connection.unsafe<Row[]>(sql, [...values] as (Value | Value[])[], { prepare: true })
}

/** SQLSTATE of the server, or the code of postgres.js or of the socket. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/**
 * Deadlock, serialization failure, or a record that somebody else has added since this write looked for it: the same
 * write may go well the next time, by what it sees then.
 */
function isPassing(error: unknown): boolean {
  return ['40001', '40P01', '23505'].includes(codeOf(error))
}

/** The connection is gone: nobody knows whether a commit that was under way came through, so it is not tried again. */
function isLost(error: unknown): boolean {
  return /^(CONNECT|CONNECTION_|E[A-Z]+$|08|57P0)/.test(codeOf(error))
}

/** Lack of resources, lock and statement time-outs, shutdown, read-only after a fail-over. */
function unavailable(error: unknown): unknown {
  if (error instanceof Refusal) return error
  const code = codeOf(error)
  if (code === '23503') return unitGone(error)
  if (!isLost(error) && !isPassing(error) && !/^(25006|53|55P03|57)/.test(code)) return error
  return refuse('SERVICE_UNAVAILABLE', 'The storage cannot take this now.', {
    detail: `PostgreSQL: ${code} ${error instanceof Error ? error.message : ''}`,
    cause: error,
    retryAfterMs: 1000,
  })
}
