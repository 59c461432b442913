/** Takes log lines, each with a line feed at its end. */
export interface LogOutput {
  write(line: string): void
  /** Whether a person reads the output directly; the format `auto` then writes for people. */
  readonly isTerminal?: boolean
  /** Writes buffered lines at once. */
  flush?(): void
}
