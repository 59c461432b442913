/**
 * Limits wrong secrets by caller and by secret. Why it does not lock out the right owner at another
 * address: docs/decisions/0102-guessing.md.
 */
import type { GuessLimit } from '../model/ports/guesses.ts'
import { refuse } from '../model/refusal.ts'
import { putLast } from './put-last.ts'

const minuteMs = 60_000
/**
 * The limits of one caller for all secrets, and of all callers for one secret, as a multiple of that of one caller for
 * one secret.
 */
const altogether = 10
/** How long a caller that has shown the right secret is remembered, in milliseconds. */
const knownMs = 24 * 60 * minuteMs
const knownMax = 10_000
const countedMax = 40_000
/** More than the length of any client ID. */
const secretNameMax = 300

/**
 * Limits each caller to `perMinute` wrong values of one secret a minute, and to ten times as many for all secrets.
 * After ten times as many wrong values of one secret from all callers, a caller without a recent right one may try that
 * secret once a minute. 0 is no limit. Each node counts for itself.
 */
export function createGuessLimit(now: () => number, perMinute: number): GuessLimit {
  const counts = createCounts(now)
  const known = new Map<string, number>()
  const inAll = perMinute * altogether

  function waitMs(address: string, secret: string): number {
    const pair = pairOf(address, secret)
    const waitForPair = counts.waitMs(pair, perMinute)
    if (waitForPair > 0 || isKnown(pair)) return waitForPair
    const waitForAddress = counts.waitMs(address, inAll)
    if (waitForAddress > 0 || counts.waitMs(secret, inAll) === 0) return waitForAddress
    return counts.waitMs(onceOf(pair), 1)
  }

  function isKnown(pair: string): boolean {
    const until = known.get(pair)
    return until !== undefined && until > now()
  }

  function count(address: string, secret: string): void {
    const pair = pairOf(address, secret)
    counts.add(pair, perMinute)
    counts.add(onceOf(pair), 1)
    counts.add(address, inAll)
    counts.add(secret, inAll)
  }

  function refuseGuesser(address: string, name: string): void {
    if (perMinute === 0) return
    const retryAfterMs = waitMs(address, secretOf(name))
    if (retryAfterMs > 0) throw refuse('TOO_MANY_REQUESTS', tooManyMessage, { retryAfterMs })
  }

  return {
    refuse: refuseGuesser,
    judge(address, name, isRight) {
      if (perMinute === 0) return
      refuseGuesser(address, name)
      const secret = secretOf(name)
      if (isRight) putLast(known, pairOf(address, secret), now() + knownMs, knownMax)
      else count(address, secret)
    },
    counted: () => counts.size(),
  }
}

function secretOf(name: string): string {
  return name.slice(0, secretNameMax)
}

function pairOf(address: string, secret: string): string {
  return `${address} ${secret}`
}

/** The last wrong attempt within a minute. */
function onceOf(pair: string): string {
  return `once ${pair}`
}

const tooManyMessage = 'Too many wrong secrets were sent. Retry later.'

interface Counts {
  /** How long the key has to wait, in milliseconds; 0 unless it has been added `perMinute` times within a minute. */
  waitMs(key: string, perMinute: number): number
  add(key: string, perMinute: number): void
  size(): number
}

/**
 * Counts that decrease at the allowed rate. Each is stored as the time at which it reaches zero, at most a minute ahead,
 * and is forgotten then.
 */
function createCounts(now: () => number): Counts {
  const zeroAt = new Map<string, number>()

  function leftMs(key: string): number {
    const left = (zeroAt.get(key) ?? 0) - now()
    if (left <= minuteMs) return Math.max(0, left)
    // The clock was set back.
    putLast(zeroAt, key, now() + minuteMs, countedMax)
    return minuteMs
  }

  return {
    waitMs: (key, perMinute) => Math.max(0, leftMs(key) - (perMinute - 1) * stepMs(perMinute)),
    add(key, perMinute) {
      for (const old of zeroAt.keys()) {
        if (leftMs(old) > 0) break
        zeroAt.delete(old)
      }
      putLast(zeroAt, key, now() + Math.min(minuteMs, leftMs(key) + stepMs(perMinute)), countedMax)
    },
    size() {
      for (const key of [...zeroAt.keys()]) if (leftMs(key) === 0) zeroAt.delete(key)
      return zeroAt.size
    },
  }
}

/** Whole milliseconds, so that sums are exact. */
function stepMs(perMinute: number): number {
  return Math.floor(minuteMs / perMinute)
}
