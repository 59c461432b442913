/**
 * The embedded engine: `node:sqlite`, which is synchronous, behind the asynchronous driver port. Writes that wait
 * are committed together, once per turn of the event loop, each in its own savepoint: one `fsync` serves them all,
 * and nobody is answered before it. The folder belongs to one process: a lock that the operating system drops with
 * the process stands beside the database.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Driver, Write } from './driver.ts'
import { commitGroup } from './sqlite-commit.ts'
import { openError, unavailable } from './sqlite-errors.ts'
import { lockFolder } from './sqlite-folder.ts'
import { statementsOf } from './sqlite-statements.ts'
import { refuseWrite, type WaitingWrite } from './write-queue.ts'

/** Writes that one commit takes: keeps a turn of the event loop short. */
const writesPerCommitMax = 500
/** Pages in the write-ahead log, 16 MB, that bring a checkpoint: a page that was written often is copied once. */
const pagesPerCheckpoint = 4000
/** How much of the file the reading connection maps into memory. */
const mmapBytes = 1 << 30

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

function openReader(path: string): DatabaseSync {
  const reader = new DatabaseSync(path, { readOnly: true })
  reader.exec(`pragma mmap_size = ${mmapBytes}; pragma cache_size = -16384; pragma query_only = on`)
  return reader
}

function sqliteDriver(writer: DatabaseSync, reader: DatabaseSync, lock: DatabaseSync | undefined): Driver {
  const execute = statementsOf(writer)
  const query = reader === writer ? execute : statementsOf(reader)
  const waiting: WaitingWrite[] = []
  let isScheduled = false
  let isOpen = true

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
    read: (statement) => {
      try {
        beginReading()
        return Promise.resolve(query(statement))
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
