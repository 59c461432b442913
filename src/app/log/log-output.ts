/** Takes the lines of the log, each with a line feed at its end. */
export interface LogOutput {
  write(line: string): void
  /** Whether a person reads it as it is written: `auto` writes for people then. */
  readonly isTerminal?: boolean
  /** Writes at once what it may have kept back. */
  flush?(): void
}
