import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Row } from './driver.ts'
import type { Snapshot } from './snapshot.ts'
import { StorageOpenError } from './storage-open-error.ts'

const rowsAtOnce = 500

/**
 * Reads the database of a data folder beside the process that uses it: the lock of the folder is about who writes. What
 * is written meanwhile stays in the write-ahead log until the snapshot is closed.
 */
export function openSqliteSnapshot(folder: string): Snapshot {
  const path = join(folder, 'skillkeeper.db')
  if (!existsSync(path))
    throw new StorageOpenError(`The folder ${folder} holds no storage: ${path} is missing.`)
  let database: DatabaseSync
  try {
    database = new DatabaseSync(path, { readOnly: true })
    database.exec('begin')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StorageOpenError(`The data folder ${folder} cannot be read: ${reason}.`, { cause: error })
  }
  return {
    async *stream(sql) {
      let rows: Row[] = []
      for (const row of database.prepare(sql).iterate()) {
        rows.push(row)
        if (rows.length < rowsAtOnce) continue
        yield rows
        rows = []
      }
      yield rows
    },
    close: async () => database.close(),
  }
}
