/** Verifies access tokens at a token information endpoint, such as that of Login with Amazon. */
import { LRUCache } from 'lru-cache'
import { managementScope } from '../model/access.ts'
import type { ForeignToken } from '../model/ports/token-check.ts'
import { askIssuer, invalidToken, readJsonObject, unavailable } from './issuer-answers.ts'

/** The maximum number of cached tokens; the least recently used ones are dropped. */
const tokensMax = 10_000

/** How long a valid token is not checked again, in milliseconds. */
const rememberedMs = 60_000

/** The maximum number of concurrent requests: a flood of invalid tokens must not flood the issuer. */
const questionsMax = 64

/**
 * The endpoint returns the client and the expiry of a token, but no scopes. All tokens of a client with a role in the
 * catalog therefore count as tokens for management: the operator granted the role.
 */
export function askTokenInformation(
  endpoint: string,
  now: () => number,
  timeoutMs: number,
): (token: string) => Promise<ForeignToken> {
  const remembered = new LRUCache<string, { token: ForeignToken; until: number }>({ max: tokensMax })
  let questions = 0
  return async (token) => {
    const askedAt = now()
    const known = remembered.get(token)
    if (known !== undefined && askedAt < known.until) return known.token
    if (questions >= questionsMax) throw unavailable('too many tokens are being verified')
    questions += 1
    try {
      const verified = readAnswer(await ask(endpoint, token, timeoutMs), askedAt)
      remembered.set(token, {
        token: verified,
        until: Math.min(verified.expiresAt, askedAt + rememberedMs),
      })
      return verified
    } finally {
      questions -= 1
    }
  }
}

async function ask(endpoint: string, token: string, timeoutMs: number): Promise<Record<string, unknown>> {
  const url = new URL(endpoint)
  url.searchParams.set('access_token', token)
  const response = await askIssuer(url, timeoutMs)
  if (response.status >= 400 && response.status < 500 && response.status !== 429) throw invalidToken()
  if (response.status !== 200) throw unavailable(`the token information endpoint returned ${response.status}`)
  return readJsonObject(response)
}

function readAnswer({ aud, exp, user_id: userId }: Record<string, unknown>, askedAt: number): ForeignToken {
  if (typeof aud !== 'string' || typeof exp !== 'number') {
    throw unavailable('the token information endpoint returned no aud and exp')
  }
  if (exp <= 0) throw invalidToken()
  return {
    clientId: aud,
    userId: typeof userId === 'string' ? userId : aud,
    scopes: [managementScope, 'profile:user_id'],
    expiresAt: askedAt + exp * 1000,
  }
}
