import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Row } from '../engine/driver.ts'
import type { Snapshot } from '../engine/snapshot.ts'
import { StorageOpenError } from '../engine/storage-open-error.ts'
import { damagedError, isDamage } from './errors.ts'
import { databaseIn } from './folder.ts'
import { uuidText } from './statements.ts'

const rowsAtOnce = 500
/** A service that starts at this moment holds the database alone. */
const lockWaitMs = 4000

/**
 * Reads the database of a data folder beside the process that uses it; the lock of the folder is only for writing. Later
 * writes stay in the write-ahead log until the snapshot is closed.
 */
export function openSqliteSnapshot(folder: string): Snapshot {
  const path = databaseIn(folder)
  if (!existsSync(path))
    throw new StorageOpenError(`The folder ${folder} holds no storage: ${path} is missing.`)
  let database: DatabaseSync
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: lockWaitMs })
    database.exec('begin')
  } catch (error) {
    throw readError(folder, error)
  }
  return {
    async *stream(sql) {
      try {
        yield* rowsOf(database, sql)
      } catch (error) {
        throw isDamage(error) ? damagedError(path, error) : error
      }
    },
    close: async () => database.close(),
  }
}

function* rowsOf(database: DatabaseSync, sql: string): Generator<Row[]> {
  let rows: Row[] = []
  for (const row of database.prepare(sql).iterate()) {
    for (const [column, value] of Object.entries(row)) {
      if (value instanceof Uint8Array) row[column] = uuidText(value)
    }
    rows.push(row)
    if (rows.length < rowsAtOnce) continue
    yield rows
    rows = []
  }
  yield rows
}

function readError(folder: string, error: unknown): StorageOpenError {
  if (isDamage(error)) return damagedError(databaseIn(folder), error)
  const reason = error instanceof Error ? error.message : String(error)
  return new StorageOpenError(`The data folder ${folder} cannot be read: ${reason}.`, { cause: error })
}
