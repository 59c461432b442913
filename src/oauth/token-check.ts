/**
 * The token check of each request, with a cache of verified tokens. A cached result may be out of date for at most
 * `recheckMs`: another node sees a revocation, the end of a session, a changed role or a removed client after that time. The node that makes
 * the change calls `forget` and sees it at once.
 */
import { LRUCache } from 'lru-cache'
import type { Principal } from '../model/access.ts'
import type { Context } from '../model/ports/context.ts'
import type { ForeignIssuer, TokenCheck } from '../model/ports/token-check.ts'
import { refuse } from '../model/refusal.ts'
import {
  demoOnlyOnLoopbackMessage,
  findLiveOperator,
  type VerifiedToken,
  verifyForeignToken,
  verifyToken,
} from '../operations/tokens/verify-token.ts'
import type { OperatorToken } from '../protocol/operator-tokens.ts'

/** The maximum number of cached tokens; the least recently used ones are dropped. */
const tokensMax = 10_000

/** How long the cache may be out of date, in milliseconds. */
const recheckMs = 5000

interface Entry {
  readonly verified: VerifiedToken
  readonly checkedAt: number
  /** The expiry of the token or of the cached result, whichever is earlier. */
  readonly holdsUntil: number
}

/**
 * Creates a check with its own cache. With a foreign issuer, its tokens are valid and those of this service that speak for an
 * operator; otherwise only those of this service. `operatorTokens`: returns those that are valid now.
 */
export function createTokenCheck(
  context: Context,
  operatorTokens: () => readonly OperatorToken[],
  issuer?: ForeignIssuer,
): TokenCheck {
  // `max` would allocate all entries at once, in each world.
  const known = new LRUCache<string, Entry>({ maxSize: tokensMax, sizeCalculation: () => 1 })
  const underWay = new Map<string, Promise<VerifiedToken>>()
  let generation = 0

  async function verify(token: string): Promise<VerifiedToken> {
    const startedIn = generation
    const checkedAt = context.now()
    const verified = issuer
      ? ((await findLiveOperator(context, token, operatorTokens())) ??
        (await verifyForeignToken(context, issuer, token)))
      : await verifyToken(context, token, operatorTokens())
    // A result read before a `forget` may be out of date.
    if (startedIn === generation) {
      const holdsUntil = Math.min(verified.expiresAt, checkedAt + recheckMs)
      known.set(token, { verified, checkedAt, holdsUntil })
    }
    return verified
  }

  /** Concurrent requests with the same token share one verification. */
  function verifyOnce(token: string): Promise<VerifiedToken> {
    const running = underWay.get(token)
    if (running !== undefined) return running
    const started = verify(token).finally(() => {
      if (underWay.get(token) === started) underWay.delete(token)
    })
    underWay.set(token, started)
    return started
  }

  return {
    check(token, isLoopback) {
      const entry = known.get(token)
      if (entry !== undefined) {
        const now = context.now()
        // The clock may also be set back.
        if (now < entry.holdsUntil && now >= entry.checkedAt) return admitted(entry.verified, isLoopback)
      }
      return verifyOnce(token).then((verified) => admitted(verified, isLoopback))
    },
    forget() {
      generation += 1
      known.clear()
      underWay.clear()
    },
  }
}

function admitted(verified: VerifiedToken, isLoopback: boolean): Principal {
  if (verified.isDemo && !isLoopback) throw refuse('INVALID_LWA_TOKEN', demoOnlyOnLoopbackMessage)
  return verified.principal
}
