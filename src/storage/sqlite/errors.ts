/** The meaning of the errors of SQLite: https://sqlite.org/rescode.html */
import { Refusal, refuse } from '../../model/refusal.ts'
import { unitGone } from '../engine/driver.ts'
import { StorageDamagedError, StorageOpenError } from '../engine/storage-open-error.ts'
import { whyNoFolder } from './make-folder.ts'

const foreignKeyCode = 787
const fullCode = 13
/** Codes for a page that makes no sense, and for a file that is no database. */
const damageCodes = [11, 26]
/** Codes that another program causes. */
const lockCodes = new Map([
  [5, 'the database is locked'],
  [6, 'a table is locked'],
  [15, 'the database is locked'],
])
const diskCodes = new Map([
  [8, 'the database is read-only'],
  [10, 'the disk does not answer'],
  [fullCode, 'the disk is full'],
  [14, 'a file cannot be opened or made'],
])
/** Codes after which the same write may succeed later. */
const passingCodes = new Map([...lockCodes, ...diskCodes])
/** The shared index of the write-ahead log could not be made as large as it has to be. */
const indexSizeCode = 4874

/** Whether another program holds the database. */
export function isBusy(error: unknown): boolean {
  return lockCodes.has(engineCode(error) ?? 0)
}

/** Whether something other than the engine changed a file. */
export function isDamage(error: unknown): boolean {
  return damageCodes.includes(engineCode(error) ?? 0)
}

/** The problem of the disk, if that is the cause. */
export function diskProblem(error: unknown): string | undefined {
  return diskCodes.get(engineCode(error) ?? 0)
}

function engineCode(error: unknown): number | undefined {
  const code = extendedCode(error)
  if (code === indexSizeCode) return fullCode
  return code === undefined ? undefined : code & 0xff
}

function extendedCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code : undefined
}

/** Turns an error of the engine into the error for the caller. */
export function unavailable(error: unknown): unknown {
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

export function openError(folder: string, error: unknown): StorageOpenError {
  if (error instanceof StorageOpenError) return error
  const reason =
    passingCodes.get(engineCode(error) ?? 0) ??
    whyNoFolder(error) ??
    (error instanceof Error ? error.message : String(error))
  return new StorageOpenError(`The data folder ${folder} cannot be opened: ${reason}.`, { cause: error })
}

export function damagedError(file: string, cause: unknown): StorageDamagedError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const how =
    'Restore a backup; docs/operating.md tells under "A damaged database" how to save what is still readable.'
  return new StorageDamagedError(`${file} is damaged: ${reason}. ${how}`, { cause })
}
