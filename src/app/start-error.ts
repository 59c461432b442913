import { hideAddresses } from './log/hide-addresses.ts'

/** Why the service did not start, with the exit code that the program ends with. */
export const exitCodes = { failure: 1, usage: 2, port_taken: 3, storage: 4 } as const
type StartErrorKind = keyof typeof exitCodes

/**
 * What an operator must put right before the service can start. `message` is for a person at a terminal and needs no
 * stack trace; it may have several lines, one for each problem. Nothing is left in it of an address that may hold a password.
 */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly kind: StartErrorKind

  constructor(kind: StartErrorKind, message: string, options?: ErrorOptions) {
    super(hideAddresses(message), options)
    this.kind = kind
  }
}

/** Makes the error to throw: `throw cannotStart('usage', '…', cause)`. */
export function cannotStart(kind: StartErrorKind, message: string, cause?: unknown): StartError {
  return new StartError(kind, message, cause === undefined ? undefined : { cause })
}
