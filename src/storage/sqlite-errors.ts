/** What the errors of SQLite mean: https://sqlite.org/rescode.html */
import { Refusal, refuse } from '../model/refusal.ts'
import { unitGone } from './driver.ts'
import { StorageOpenError } from './storage-open-error.ts'

export const busyCode = 5
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

export function engineCode(error: unknown): number | undefined {
  const code = extendedCode(error)
  return code === undefined ? undefined : code & 0xff
}

function extendedCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code : undefined
}

/** What a caller gets to see of an error of the engine. */
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
    passingCodes.get(engineCode(error) ?? 0) ?? (error instanceof Error ? error.message : String(error))
  return new StorageOpenError(`The data folder ${folder} cannot be opened: ${reason}.`, { cause: error })
}
