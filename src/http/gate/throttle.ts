import { type Refusal, refuse } from '../../model/refusal.ts'

/** Clients that are remembered at most. One that was forgotten starts again with a full bucket. */
const clientsMax = 10_000

export interface Throttle {
  /** Counts a request of the client: a refusal TOO_MANY_REQUESTS with the time to wait, or `undefined`. */
  count(clientId: string): Refusal | undefined
  /** Clients that are remembered; each is forgotten when it could again make a second's worth of requests. */
  clients(): number
}

/** After so long a bucket is full again, and like one that is not there. */
const fillMs = 1000

interface Bucket {
  tokens: number
  filledAt: number
}

/**
 * Lets each client make `perSecond` requests a second, all of a second's worth at once if it likes: a bucket of tokens
 * for each client, on the given clock. 0 lets everything through. The counters are this node's own.
 */
export function createThrottle(now: () => number, perSecond: number): Throttle {
  const buckets = new Map<string, Bucket>()
  const tokensPerMs = perSecond / 1000

  let sweptAt = Number.NEGATIVE_INFINITY

  /** At most once a second, so that it costs a request next to nothing. */
  function sweep(at: number): void {
    if (at >= sweptAt && at - sweptAt < fillMs) return
    sweptAt = at
    for (const [clientId, { filledAt }] of buckets) if (at - filledAt >= fillMs) buckets.delete(clientId)
  }

  function count(clientId: string): Refusal | undefined {
    if (perSecond === 0) return undefined
    const at = now()
    sweep(at)
    const bucket = buckets.get(clientId) ?? addBucket(buckets, clientId, { tokens: perSecond, filledAt: at })
    // The clock may be set back: that gives nothing and takes nothing.
    const passedMs = Math.max(0, at - bucket.filledAt)
    bucket.tokens = Math.min(perSecond, bucket.tokens + passedMs * tokensPerMs)
    bucket.filledAt = at
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return undefined
    }
    return refuse('TOO_MANY_REQUESTS', `The client may make ${perSecond} requests a second.`, {
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

function addBucket(buckets: Map<string, Bucket>, clientId: string, bucket: Bucket): Bucket {
  if (buckets.size === clientsMax) {
    for (const oldest of buckets.keys()) {
      buckets.delete(oldest)
      break
    }
  }
  buckets.set(clientId, bucket)
  return bucket
}
