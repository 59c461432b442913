/** Takes the lines of the log, each with a line feed at its end. */
export interface LogOutput {
  write(line: string): void
  /** Writes at once what it may have kept back. */
  flush?(): void
}
