/** The sources of access tokens: a fixed token, a function of the caller, or the token endpoint. */

import { isPassing, TokenError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Send, TokenSource } from './call.ts'
import type { ClientCredentials, Credentials, TokenFunction } from './credentials.ts'
import { isRecord, readNumber } from './read-answer.ts'

const defaultScope = 'alexa::enterprise:management'
/** A token is renewed this long before it expires, or after half its lifetime if that is shorter. */
const renewalMs = 60_000
/** The lifetime if the response has none or an invalid one. Source: Login with Amazon, "Access Token". */
const lifeSecondsDefault = 3600
/** The longest lifetime: a token is renewed after a day at the latest. */
const lifeSecondsMax = 86_400

export function tokenSource(credentials: Credentials, settings: Settings, send: Send): TokenSource {
  if (typeof credentials === 'string') {
    return { isRenewable: false, token: async () => sound(credentials) }
  }
  if (typeof credentials === 'function') {
    return { isRenewable: true, token: (rejectedToken) => askFunction(credentials, rejectedToken) }
  }
  return keptTokens(credentials, settings, send)
}

async function askFunction(give: TokenFunction, rejectedToken: string | undefined): Promise<string> {
  const asked = (async () => give({ rejectedToken }))()
  const token = await asked.catch((cause: unknown) => {
    throw new TokenError('The function for credentials failed.', {}, { operation: 'token', cause })
  })
  return sound(token)
}

/** Keeps a token until shortly before it expires. All callers share one request for a new token. */
function keptTokens(credentials: ClientCredentials, { clock, tokenUrl }: Settings, send: Send): TokenSource {
  let refreshToken = credentials.refreshToken
  let kept: { readonly token: string; readonly renewAt: number; readonly endsAt: number } | undefined
  let flight: Promise<string> | undefined

  async function renew(): Promise<string> {
    const startedAt = clock.now()
    const { clientId, clientSecret, scope = defaultScope } = credentials
    const form = new URLSearchParams({ client_id: clientId, client_secret: clientSecret })
    if (refreshToken === undefined) {
      form.set('grant_type', 'client_credentials')
      form.set('scope', scope)
    } else {
      form.set('grant_type', 'refresh_token')
      form.set('refresh_token', refreshToken)
    }
    const { body, requestId } = await send({
      operation: 'token',
      method: 'POST',
      url: credentials.tokenUrl ?? tokenUrl,
      body: form.toString(),
      contentType: 'application/x-www-form-urlencoded',
      isRepeatable: true,
      secrets: [clientSecret, ...(refreshToken === undefined ? [] : [refreshToken])],
    })
    const answered = isRecord(body) ? body : {}
    const token = answered['access_token']
    if (typeof token !== 'string') {
      throw new TokenError('The token endpoint returned no token.', {}, { operation: 'token', requestId })
    }
    const nextRefreshToken = answered['refresh_token']
    if (typeof nextRefreshToken === 'string' && nextRefreshToken !== '') refreshToken = nextRefreshToken
    const lifeMs = 1000 * lifeSecondsOf(answered['expires_in'])
    kept = {
      token: sound(token),
      renewAt: startedAt + lifeMs - Math.min(renewalMs, lifeMs / 2),
      endsAt: startedAt + lifeMs,
    }
    return kept.token
  }

  return {
    isRenewable: true,
    async token(rejectedToken) {
      const now = clock.now()
      const good = kept?.token === rejectedToken ? undefined : kept
      if (good && now < good.renewAt) return good.token
      flight ??= renew().finally(() => {
        flight = undefined
      })
      try {
        return await flight
      } catch (error) {
        // The old token is still valid for a moment, and the issuer may recover in that time.
        if (good && clock.now() < good.endsAt && isPassing(error)) return good.token
        throw error
      }
    },
  }
}

/** Accepts a number of at least 1, also as a string. With less, each call would request a new token. */
function lifeSecondsOf(said: unknown): number {
  const seconds = readNumber(said)
  return seconds !== undefined && seconds >= 1 ? Math.min(seconds, lifeSecondsMax) : lifeSecondsDefault
}

/** Returns the token if it is valid in a header. Otherwise `fetch` would throw an error that contains the token. */
function sound(token: unknown): string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
  throw new TokenError(
    'The access token is not a string, is empty, or has characters that a header cannot contain.',
    {},
    {
      operation: 'token',
    },
  )
}
