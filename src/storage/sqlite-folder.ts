/** Whose a data folder is. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from './make-folder.ts'
import { busyCode, engineCode, openError } from './sqlite-errors.ts'
import { StorageOpenError } from './storage-open-error.ts'

export function lockFolder(folder: string): DatabaseSync {
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
