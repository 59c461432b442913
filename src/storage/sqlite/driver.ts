/**
 * The embedded engine: `node:sqlite`, which is synchronous, behind the asynchronous driver port. Writes that wait
 * are committed together, once per turn of the event loop, and one that fails is undone alone: one `fsync` serves them all,
 * and no write resolves before it. The folder belongs to one process, which holds a lock file; the operating system drops
 * the lock with the process. When another program, such as a backup, holds the database, writes wait and reads go on.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Context, Log } from '../../model/ports/context.ts'
import { type Driver, type Row, type Statement, type Steps, statement } from '../engine/driver.ts'
import { refuseWrite, type WaitingWrite } from '../engine/write-queue.ts'
import { commitGroup, undo } from './commit.ts'
import { damagedError, isDamage, openError } from './errors.ts'
import { databaseIn, type FolderLock, lockFolder, watchFolder } from './folder.ts'
import { type Guard, guardFolder, unguarded } from './guard.ts'
import { queueWrites, whenFree } from './queue.ts'
import { statementsOf } from './statements.ts'
import { keepLog } from './write-ahead-log.ts'

/** A checkpoint follows after so many pages in the write-ahead log, 16 MB. It copies a page that was written often only once. */
const pagesPerCheckpoint = 4000
/** The reading connection maps so much of the file into memory: the most that SQLite maps. */
const mmapBytes = 2 ** 31 - 2 ** 16

export interface SqliteEffects extends Pick<Context, 'now' | 'sleepUntil'> {
  readonly log?: Log
}

interface Connections {
  readonly writer: DatabaseSync
  /** Only reads; the same as the writer for a database in memory. */
  readonly reader: DatabaseSync
}

/**
 * Opens the data folder (made with mode 0700 if it is missing), or a database in memory for `:memory:`. `lock`: the lock of
 * the folder, if the caller holds it; the driver releases it when it closes. Throws a `StorageOpenError`.
 */
export async function openSqlite(
  folder: string,
  effects: SqliteEffects,
  lock: FolderLock | undefined = lockFolder(folder),
): Promise<CopiedDriver> {
  try {
    const connections = await whenFree(effects, () => openConnections(folder))
    return sqliteDriver(folder, connections, effects, lock)
  } catch (error) {
    lock?.close()
    throw isDamage(error) ? damagedError(databaseIn(folder), error) : openError(folder, error)
  }
}

/** A database whose whole content can be taken out, and put into another one. */
export interface CopiedDriver extends Driver {
  /** Returns a copy of everything that is committed, as the bytes of a database file. */
  image(): Uint8Array
  /** Lets go of memory that was only needed to open, or that the next statement takes again. */
  trim(): void
}

/** The page cache of a database of which there may be a thousand, in KiB. */
const smallCacheKib = 128
/** Its tables are nearly empty, and each has a page. */
const smallPageBytes = 1024

/** Opens a database in memory, with the content of `image` if there is one. Throws a `StorageOpenError`. */
export function openMemory(effects: SqliteEffects, image?: Uint8Array): CopiedDriver {
  const writer = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
  try {
    if (image === undefined) writer.exec(`pragma page_size = ${smallPageBytes}`)
    else writer.deserialize(image)
    writer.exec(`pragma temp_store = memory; pragma cache_size = -${smallCacheKib}`)
    return sqliteDriver(':memory:', { writer, reader: writer }, effects, undefined)
  } catch (error) {
    writer.close()
    throw openError(':memory:', error)
  }
}

function openConnections(folder: string): Connections {
  const isMemory = folder === ':memory:'
  const path = isMemory ? folder : databaseIn(folder)
  // The folder may have existed before, readable for others.
  if (!isMemory && !existsSync(path)) writeFileSync(path, '', { mode: 0o600 })
  const writer = new DatabaseSync(path, { enableForeignKeyConstraints: true })
  try {
    writer.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384')
    // Otherwise the pages that a savepoint needs to roll back go to a file.
    writer.exec(`pragma temp_store = memory; pragma wal_autocheckpoint = ${pagesPerCheckpoint}`)
    return { writer, reader: isMemory ? writer : openReader(path) }
  } catch (error) {
    writer.close()
    throw error
  }
}

function openReader(path: string): DatabaseSync {
  const reader = new DatabaseSync(path, { readOnly: true })
  try {
    reader.exec(`pragma mmap_size = ${mmapBytes}; pragma cache_size = -16384; pragma query_only = on`)
    // This creates the files beside the database.
    reader.exec('select 1 from sqlite_schema')
    return reader
  } catch (error) {
    reader.close()
    throw error
  }
}

function sqliteDriver(
  folder: string,
  { writer, reader }: Connections,
  effects: SqliteEffects,
  lock: FolderLock | undefined,
): CopiedDriver {
  const execute = statementsOf(writer)
  const query = reader === writer ? execute : statementsOf(reader)
  const files = reader === writer ? undefined : watchFolder(folder)
  const writeAheadLog = files && keepLog(writer, files, endReading, effects)
  const guard: Guard =
    files && writeAheadLog
      ? guardFolder({ folder, writer, files, writeAheadLog, log: effects.log })
      : unguarded
  const queue = queueWrites(commit, guard, effects)

  /**
   * The reads of one turn of the event loop share a transaction, since to begin and end one costs as much as half a read. It
   * ends before a commit, so that a later read sees the change.
   */
  function beginReading(): void {
    if (reader === writer || reader.isTransaction) return
    reader.exec('begin')
    setImmediate(endReading)
  }

  function endReading(): void {
    if (reader === writer || !reader.isOpen || !reader.isTransaction) return
    try {
      reader.exec('commit')
    } catch {
      undo(reader)
    }
  }

  function commit(group: readonly WaitingWrite[]): number {
    endReading()
    const count = commitGroup({ writer, execute, guard }, group)
    writeAheadLog?.committed()
    return count
  }

  function read(statement: Statement): Row[] {
    try {
      beginReading()
      return query(statement)
    } catch (error) {
      throw guard.explain(error)
    }
  }

  async function closeAll(): Promise<void> {
    await queue.close()
    writeAheadLog?.stop()
    // The last connection that closes deletes the log by its path, which may belong to another database by now.
    const isLost = guard.afterCommit() !== undefined
    for (const one of isLost ? [writer, reader] : [reader, writer]) if (one.isOpen) one.close()
    lock?.close()
  }

  let closed: Promise<void> | undefined
  return {
    takeRows: '',
    lockRows: '',
    read,
    write: (run) => queue.add(run),
    migrate: async (text, done, note) => {
      endReading()
      await whenFree(effects, () => writer.exec('begin immediate'))
      try {
        if (done === undefined || execute(done).length === 0) {
          writer.exec(text.replace(/\/\* sqlite: (.*?) \*\//g, '$1'))
          if (note !== undefined) execute(note)
        }
        writer.exec('commit')
      } catch (error) {
        undo(writer)
        throw guard.explain(error)
      }
    },
    ping: async () => {
      const refusal = refuseWrite(closed === undefined, 0) ?? guard.beforeCommit()
      if (refusal !== undefined) throw refusal
      await (guard.hasFailed() ? queue.add(touch) : read(one))
    },
    logBytes: () => files?.logBytes(),
    image: () => imageOf(writer),
    trim: () => writer.exec('pragma shrink_memory'),
    close: () => {
      closed ??= closeAll()
      return closed
    },
  }
}

/** Where the header of a database names the versions of those that can write and read it; 2 is one with a write-ahead log. */
const versionBytes = [18, 19] as const
const withoutLog = 1

function imageOf(writer: DatabaseSync): Uint8Array {
  const image = writer.serialize()
  // A database in memory has no log, and the image has all that is in it.
  for (const at of versionBytes) image[at] = withoutLog
  return image
}

const one = statement('select 1 as one')

/** Writes a page without changing it. */
function* touch(): Steps<void> {
  yield statement('pragma user_version = 0')
}
