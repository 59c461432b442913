/** Turns any error of the start into a `StartError`: a message that helps the operator, and an exit code. */
import { Refusal } from '../model/refusal.ts'
import { StorageOpenError } from '../storage/engine/storage-open-error.ts'
import { cannotStart, StartError } from './start-error.ts'

export function asStartError(error: unknown): StartError {
  if (error instanceof StartError) return error
  if (error instanceof StorageOpenError) return cannotStart('storage', error.message, error)
  if (error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE') {
    return cannotStart('storage', `${error.message} ${error.detail ?? ''}`.trim(), error)
  }
  // An unexpected error: only its stack can help.
  return cannotStart('failure', String(error instanceof Error ? error.stack : error), error)
}

/** Describes why the service cannot listen at the address. */
export function cannotListen(error: unknown, host: string, port: number): StartError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const place = `${host}:${port}`
  switch (code) {
    case 'EADDRINUSE':
      return cannotStart(
        'port_taken',
        `Another program uses port ${port} of ${host}. --port 0 selects a free port.`,
        error,
      )
    case 'EACCES':
      return cannotStart(
        'failure',
        `This user may not listen at ${place}: ports below 1024 often need a privilege.`,
        error,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return cannotStart('usage', `--host ${host} is not an address of this machine.`, error)
    default:
      return cannotStart(
        'failure',
        `Cannot listen at ${place}: ${error instanceof Error ? error.message : error}`,
        error,
      )
  }
}
