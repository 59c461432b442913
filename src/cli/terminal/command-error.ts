import { exitCodes as startExitCodes } from '../../app/start-error.ts'

/** The exit codes of the commands; 130 is usual for a program that Ctrl-C stops. */
export const exitCodes = { ...startExitCodes, incomplete: 5, deadline: 6, interrupted: 130 } as const

/** An error with an exit code and a message for the person at the terminal. The message says what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** Creates the error to throw: `throw commandError(exitCodes.failure, '…', cause)`. */
export function commandError(exitCode: number, message: string, cause?: unknown): CommandError {
  return new CommandError(exitCode, message, cause === undefined ? undefined : { cause })
}

/** Creates the error for wrong usage. */
export function wrongUsage(message: string, cause?: unknown): CommandError {
  return commandError(exitCodes.usage, message, cause)
}
