/** The pauses between attempts, and the budget of retries of a client. */
import { draw } from './callbacks.ts'

/** The retries of a client or of one call. */
export interface RetryOptions {
  /** The maximum number of attempts, including the first (5). With 1 there are no retries. */
  readonly attemptsMax?: number
  /** The bound of the random pause before the second attempt, in milliseconds (250). It doubles with each attempt. */
  readonly delayMs?: number
  /** The highest bound of a pause, in milliseconds (20,000). The time in `Retry-After` is added. */
  readonly delayMaxMs?: number
}

export type RetryPolicy = Required<RetryOptions>

export const defaultRetry: RetryPolicy = { attemptsMax: 5, delayMs: 250, delayMaxMs: 20_000 }

/**
 * The pause after this many attempts, with full jitter: clients that failed together do not retry together. The time in
 * `Retry-After` is not included.
 */
export function delayAfter(
  attempts: number,
  { delayMs, delayMaxMs }: RetryPolicy,
  random: () => number,
): number {
  return draw(random) * Math.min(delayMaxMs, delayMs * 2 ** (attempts - 1))
}

/** The maximum of `setTimeout`, 24 days. */
const retryAfterMsMax = 2 ** 31 - 1

/** `Retry-After` in milliseconds. A date is compared with the service's own clock if the response has a `Date`. */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')
  if (!value) return undefined
  // A proxy may add its own: then there are two values with a comma between them.
  const seconds = /^ *(\d+(?:\.\d+)?) *(?:,|$)/.exec(value)?.[1]
  if (seconds !== undefined) return Math.min(retryAfterMsMax, Number(seconds) * 1000)
  const at = readDate(value)
  if (at === undefined) return undefined
  const waitMs = at - (readDate(headers.get('date')) ?? now)
  return Math.min(retryAfterMsMax, Math.max(0, waitMs))
}

/** `Date.parse` accepts almost any text. A date of HTTP begins with a day of the week and is in GMT. */
function readDate(value: string | null): number | undefined {
  const at = /^ *[A-Z][a-z]+,? .* GMT *$/.test(value ?? '') ? Date.parse(value ?? '') : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/**
 * Limits the load on a service that is down: each retry takes one from the budget, each success returns a tenth of
 * one.
 */
export interface RetryBudget {
  /** Returns false if the budget is empty. */
  take(): boolean
  refill(): void
}

export function createRetryBudget(max: number): RetryBudget {
  // In tenths, so that the sums are exact.
  let left = max * 10
  return {
    take() {
      if (left < 10) return false
      left -= 10
      return true
    },
    refill() {
      left = Math.min(max * 10, left + 1)
    },
  }
}
