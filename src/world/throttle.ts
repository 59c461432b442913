import type { Throttle } from '../model/ports/throttle.ts'
import { type Refusal, refuse } from '../model/refusal.ts'
import { putLast } from './put-last.ts'

/** The most clients that are counted. A forgotten client starts with a full bucket. */
const clientsMax = 10_000

/** After this time, in milliseconds, every bucket is full and can be forgotten. */
const fillMs = 1000

interface Bucket {
  tokens: number
  filledAt: number
}

/**
 * Limits each client to `perSecond` requests a second, also all at once: a token bucket for each client, on the given
 * clock. 0 is no limit. Each node counts for itself.
 */
export function createThrottle(now: () => number, perSecond: number): Throttle {
  const buckets = new Map<string, Bucket>()
  const tokensPerMs = perSecond / 1000

  let sweptAt = Number.NEGATIVE_INFINITY

  /** Runs at most once a second, which keeps it cheap. */
  function sweep(at: number): void {
    if (at >= sweptAt && at - sweptAt < fillMs) return
    sweptAt = at
    for (const [clientId, { filledAt }] of buckets) if (at - filledAt >= fillMs) buckets.delete(clientId)
  }

  function count(clientId: string): Refusal | undefined {
    if (perSecond === 0) return undefined
    const at = now()
    sweep(at)
    const known = buckets.get(clientId)
    const bucket = known ?? { tokens: perSecond, filledAt: at }
    if (known === undefined) putLast(buckets, clientId, bucket, clientsMax)
    // A clock that was set back changes nothing.
    const passedMs = Math.max(0, at - bucket.filledAt)
    bucket.tokens = Math.min(perSecond, bucket.tokens + passedMs * tokensPerMs)
    bucket.filledAt = at
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return undefined
    }
    return refuse('TOO_MANY_REQUESTS', `The client may make ${perSecond} requests per second.`, {
      retryAfterMs: (1 - bucket.tokens) / tokensPerMs,
    })
  }

  return {
    count,
    clients() {
      sweep(now())
      return buckets.size
    },
  }
}
