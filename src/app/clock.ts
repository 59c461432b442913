/**
 * The clock of a service. One clock moves everything: token expiry, due times, leases, throttle windows. A test can
 * give its own; no other file reads the machine's time or sets a timer on it.
 */
import { setTimeout as wait } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves when `now()` has reached `at`, or at once when the signal aborts. Never rejects. */
  sleepUntil(at: number, signal?: AbortSignal): Promise<void>
}

/** Timers take at most 2³¹ − 1 ms, and the machine's clock may be set while one runs: look again every hour. */
const longestSleepMs = 3_600_000

/** The machine's clock. Its sleepers don't keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  async sleepUntil(at, signal) {
    for (let left = at - Date.now(); left > 0 && !signal?.aborted; left = at - Date.now()) {
      // Rejects only when the signal aborts, which ends the sleep like the time does.
      await wait(Math.min(left, longestSleepMs), undefined, { ref: false, ...(signal && { signal }) }).catch(
        () => {},
      )
    }
  },
}
