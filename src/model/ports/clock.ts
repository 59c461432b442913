/** The time of a world. A test can provide its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves when `now()` has reached `at`, or at once when the signal aborts. Never rejects. */
  sleepUntil(at: number, signal?: AbortSignal): Promise<void>
}
