/**
 * The embedded engine: `node:sqlite`, which is synchronous, behind the asynchronous driver port. Writes that wait
 * are committed together, once per turn of the event loop, each in its own savepoint: one `fsync` serves them all,
 * and nobody is answered before it. The folder belongs to one process: a lock that the operating system drops with
 * the process stands beside the database.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Refusal, refuse } from '../model/refusal.ts'
import {
  type Driver,
  type Row,
  type Statement,
  type Step,
  unitGone,
  type Value,
  type Write,
} from './driver.ts'
import { makeFolder } from './make-folder.ts'
import { StorageOpenError } from './storage-open-error.ts'
import { refuseWrite, type WaitingWrite } from './write-queue.ts'

/** Writes that one commit takes: keeps a turn of the event loop short. */
const writesPerCommitMax = 500
/** Statements after which a commit takes no further write: one write may have thousands. */
const statementsPerCommitMax = 2000
/** Pages in the write-ahead log, 16 MB, that bring a checkpoint: a page that was written often is copied once. */
const pagesPerCheckpoint = 4000
/** How much of the file the reading connection maps into memory. */
const mmapBytes = 1 << 30

interface Prepared {
  readonly native: StatementSync
  readonly columns: readonly string[]
  /** For each `?` the index of its value. */
  readonly order: readonly number[]
}

/** Opens the data folder (made with mode 0700 if it is missing), or a database in memory for `:memory:`. */
export function openSqlite(folder: string): Driver {
  const isMemory = folder === ':memory:'
  const lock = isMemory ? undefined : lockFolder(folder)
  let writer: DatabaseSync | undefined
  try {
    const path = isMemory ? folder : join(folder, 'skillkeeper.db')
    // The folder may have been there before, open to others.
    if (!isMemory && !existsSync(path)) writeFileSync(path, '', { mode: 0o600 })
    writer = new DatabaseSync(path, { enableForeignKeyConstraints: true })
    writer.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384')
    // What a savepoint needs to go back would otherwise be written to a file, page by page.
    writer.exec(`pragma temp_store = memory; pragma wal_autocheckpoint = ${pagesPerCheckpoint}`)
    const reader = isMemory ? writer : openReader(path)
    return sqliteDriver(writer, reader, lock)
  } catch (error) {
    writer?.close()
    lock?.close()
    throw openError(folder, error)
  }
}

function lockFolder(folder: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    makeFolder(folder)
    lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock?.close()
    if (engineCode(error) === busyCode) {
      throw new StorageOpenError(`The data folder ${folder} is in use by another process.`, { cause: error })
    }
    throw openError(folder, error)
  }
}

function openReader(path: string): DatabaseSync {
  const reader = new DatabaseSync(path, { readOnly: true })
  reader.exec(`pragma mmap_size = ${mmapBytes}; pragma cache_size = -16384; pragma query_only = on`)
  return reader
}

function sqliteDriver(writer: DatabaseSync, reader: DatabaseSync, lock: DatabaseSync | undefined): Driver {
  const readerCache = new Map<string, Prepared>()
  const writerCache = reader === writer ? readerCache : new Map<string, Prepared>()
  const waiting: WaitingWrite[] = []
  let isScheduled = false
  let isOpen = true

  const execute = (query: Statement): Row[] => run(prepare(writer, writerCache, query.sql), query.values)

  /**
   * The reads of one turn share a transaction, since to begin and end one costs as much as half a read. It ends before
   * a change, so that what is read after the change sees it.
   */
  function beginReading(): void {
    if (reader === writer || reader.isTransaction) return
    reader.exec('begin')
    setImmediate(endReading)
  }

  function endReading(): void {
    if (reader !== writer && reader.isOpen && reader.isTransaction) reader.exec('commit')
  }

  function commitWaiting(): void {
    isScheduled = false
    if (waiting.length === 0) return
    endReading()
    waiting.splice(0, commitGroup(writer, execute, waiting.slice(0, writesPerCommitMax)))
    if (waiting.length > 0) schedule()
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(commitWaiting)
  }

  return {
    takeRows: '',
    lockRows: '',
    read: (query) => {
      try {
        beginReading()
        return Promise.resolve(run(prepare(reader, readerCache, query.sql), query.values))
      } catch (error) {
        return Promise.reject(unavailable(error))
      }
    },
    write: <T>(write: Write<T>) => {
      const refusal = refuseWrite(isOpen, waiting.length)
      if (refusal !== undefined) return Promise.reject(refusal)
      return new Promise<T>((resolve, reject) => {
        waiting.push({ run: write, keys: [], resolve, reject })
        schedule()
      })
    },
    migrate: async (text, done, note) => {
      endReading()
      writer.exec('begin immediate')
      try {
        if (done === undefined || execute(done).length === 0) {
          writer.exec(text.replace(/\/\* sqlite: (.*?) \*\//g, '$1'))
          if (note !== undefined) execute(note)
        }
        writer.exec('commit')
      } catch (error) {
        if (writer.isTransaction) writer.exec('rollback')
        throw error
      }
    },
    close: async () => {
      if (!isOpen) return
      isOpen = false
      while (waiting.length > 0) commitWaiting()
      if (reader !== writer) reader.close()
      writer.close()
      lock?.close()
    },
  }
}

/**
 * Commits a group, or as much of it as one commit takes, and gives how many. Each write answers after the commit, and a
 * write that fails takes no other with it; a commit that fails takes all.
 */
function commitGroup(
  writer: DatabaseSync,
  execute: (query: Statement) => Row[],
  group: readonly WaitingWrite[],
): number {
  const answers: (() => void)[] = []
  let statements = 0
  const executeCounted = (query: Statement) => {
    statements += 1
    return execute(query)
  }
  try {
    writer.exec('begin immediate')
    for (const write of group) {
      if (statements >= statementsPerCommitMax) break
      answers.push(runInSavepoint(writer, executeCounted, write))
    }
    writer.exec('commit')
  } catch (error) {
    for (const write of group) write.reject(unavailable(error))
    if (writer.isTransaction) writer.exec('rollback')
    return group.length
  }
  for (const answer of answers) answer()
  return answers.length
}

function runInSavepoint(
  writer: DatabaseSync,
  execute: (query: Statement) => Row[],
  write: WaitingWrite,
): () => void {
  writer.exec('savepoint one')
  try {
    const value = runWrite(execute, write.run)
    writer.exec('release one')
    return () => write.resolve(value as never)
  } catch (error) {
    // A full disk may have ended the whole transaction: then nothing of the group stands.
    if (!writer.isTransaction) throw error
    writer.exec('rollback to one; release one')
    return () => write.reject(unavailable(error))
  }
}

function runWrite(execute: (query: Statement) => Row[], write: Write<unknown>): unknown {
  const steps = write()
  let step = steps.next()
  while (!step.done) step = steps.next(rowsOf(execute, step.value))
  return step.value
}

function rowsOf(execute: (query: Statement) => Row[], step: Step): Row[] {
  if ('sql' in step) return execute(step)
  const [only] = step
  return step.length === 1 && only !== undefined ? execute(only) : step.flatMap(execute)
}

function prepare(database: DatabaseSync, cache: Map<string, Prepared>, sql: string): Prepared {
  const known = cache.get(sql)
  if (known) return known
  const order: number[] = []
  // The planner looks at a limit that is a parameter, and for that SQLite prepares the statement anew for each value.
  const native = database.prepare(
    sql.replaceAll('limit $', 'limit 0 + $').replace(/\$(\d+)/g, (_, number: string) => {
      order.push(Number(number) - 1)
      return '?'
    }),
  )
  // Objects made by the engine are slow to make and to read: a page of a list takes a quarter longer with them.
  native.setReturnArrays(true)
  const prepared = { native, columns: native.columns().map(({ name }) => name), order }
  cache.set(sql, prepared)
  return prepared
}

function run({ native, columns, order }: Prepared, values: readonly Value[]): Row[] {
  // The types do not know of arrays.
  const rows = native.all(...order.map((index) => values[index] ?? null)) as unknown as Value[][]
  return rows.map((fields) => toRow(columns, fields))
}

function toRow(columns: readonly string[], fields: readonly Value[]): Row {
  const row: Record<string, Value | undefined> = {}
  for (let at = 0; at < columns.length; at++) row[columns[at] ?? ''] = fields[at]
  return row
}

const busyCode = 5
const foreignKeyCode = 787
/** Primary result codes of SQLite after which the same write may go well later: https://sqlite.org/rescode.html */
const passingCodes = new Map([
  [5, 'the database is locked'],
  [6, 'a table is locked'],
  [8, 'the database is read-only'],
  [10, 'the disk does not answer'],
  [13, 'the disk is full'],
  [14, 'a file cannot be opened or made'],
])

function engineCode(error: unknown): number | undefined {
  const code = extendedCode(error)
  return code === undefined ? undefined : code & 0xff
}

function extendedCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code : undefined
}

function unavailable(error: unknown): unknown {
  if (error instanceof Refusal) return error
  if (extendedCode(error) === foreignKeyCode) return unitGone(error)
  const reason = passingCodes.get(engineCode(error) ?? 0)
  if (reason === undefined) return error
  return refuse('SERVICE_UNAVAILABLE', 'The storage cannot take this now.', {
    detail: `SQLite: ${reason}.`,
    cause: error,
    retryAfterMs: 1000,
  })
}

function openError(folder: string, error: unknown): StorageOpenError {
  if (error instanceof StorageOpenError) return error
  const reason =
    passingCodes.get(engineCode(error) ?? 0) ?? (error instanceof Error ? error.message : String(error))
  return new StorageOpenError(`The data folder ${folder} cannot be opened: ${reason}.`, { cause: error })
}
