import { exitCodes as startExitCodes } from '../../app/start-error.ts'

/** What a command ends with; 130 is that of a program that Ctrl-C has stopped. */
export const exitCodes = { ...startExitCodes, incomplete: 5, deadline: 6, interrupted: 130 } as const

/** What a person at the terminal must know, and the exit code. The message says what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** Makes the error to throw: `throw commandError(exitCodes.failure, '…', cause)`. */
export function commandError(exitCode: number, message: string, cause?: unknown): CommandError {
  return new CommandError(exitCode, message, cause === undefined ? undefined : { cause })
}

/** The same for wrong usage. */
export function wrongUsage(message: string, cause?: unknown): CommandError {
  return commandError(exitCodes.usage, message, cause)
}
