import { hideAddresses } from './log/hide-addresses.ts'

/** The kinds of failed starts, with the exit codes of the program. */
export const exitCodes = { failure: 1, usage: 2, port_taken: 3, storage: 4 } as const
type StartErrorKind = keyof typeof exitCodes

/**
 * A problem that the operator must correct before the service can start. `message` is for a person at a terminal and
 * needs no stack trace; it may have several lines, one for each problem. It quotes no address that has a password.
 */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly kind: StartErrorKind

  constructor(kind: StartErrorKind, message: string, options?: ErrorOptions) {
    super(hideAddresses(message), options)
    this.kind = kind
  }
}

/** Creates the error: `throw cannotStart('usage', '…', cause)`. */
export function cannotStart(kind: StartErrorKind, message: string, cause?: unknown): StartError {
  return new StartError(kind, message, cause === undefined ? undefined : { cause })
}
