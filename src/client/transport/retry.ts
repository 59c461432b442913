/** How long to wait before a request is sent again, and how often a client may do so at all. */
import { draw } from './callbacks.ts'

/** Of a client, or of one call. */
export interface RetryOptions {
  /** How many times a request is sent at most, the first time included (5). 1 never repeats. */
  readonly attemptsMax?: number
  /** The pause before the second attempt is random, up to this (250); it doubles with each further one. */
  readonly delayMs?: number
  /** The pause is never longer (20,000), unless the service itself asks for it. */
  readonly delayMaxMs?: number
}

export type RetryPolicy = Required<RetryOptions>

export const defaultRetry: RetryPolicy = { attemptsMax: 5, delayMs: 250, delayMaxMs: 20_000 }

/**
 * The pause after so many attempts: full jitter, so that clients which failed together do not come back together. What
 * the service asks for comes on top.
 */
export function delayAfter(
  attempts: number,
  { delayMs, delayMaxMs }: RetryPolicy,
  random: () => number,
): number {
  return draw(random) * Math.min(delayMaxMs, delayMs * 2 ** (attempts - 1))
}

/** The longest pause that a timer can make, 24 days. */
const retryAfterMsMax = 2 ** 31 - 1

/** `Retry-After` in milliseconds: seconds, or a date, which is read by the service's own clock if it tells the time. */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')
  if (!value) return undefined
  // A proxy that adds one of its own makes two of it, with a comma between them.
  const seconds = /^ *(\d+(?:\.\d+)?) *(?:,|$)/.exec(value)?.[1]
  if (seconds !== undefined) return Math.min(retryAfterMsMax, Number(seconds) * 1000)
  const at = readDate(value)
  if (at === undefined) return undefined
  const waitMs = at - (readDate(headers.get('date')) ?? now)
  return Math.min(retryAfterMsMax, Math.max(0, waitMs))
}

/** `Date.parse` makes a date of almost anything; those of HTTP begin with a day of the week and are in GMT. */
function readDate(value: string | null): number | undefined {
  const at = /^ *[A-Z][a-z]+,? .* GMT *$/.test(value ?? '') ? Date.parse(value ?? '') : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/**
 * Keeps a client from adding to the trouble of a service that is down: each repetition takes one of so many, each
 * success gives a tenth of one back.
 */
export interface RetryBudget {
  /** Takes one; false if none is left. */
  take(): boolean
  refill(): void
}

export function createRetryBudget(max: number): RetryBudget {
  // In tenths, which add up.
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
