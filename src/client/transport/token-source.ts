/** Where access tokens come from: given, asked of a function, or fetched at the token endpoint and kept. */

import { isPassing, TokenError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Send, TokenSource } from './call.ts'
import type { ClientCredentials, Credentials, TokenFunction } from './credentials.ts'
import { isRecord, readNumber } from './read-answer.ts'

const defaultScope = 'alexa::enterprise:management'
/** A token is renewed so long before its end, or after half its life if that is shorter. */
const renewalMs = 60_000
/** For answers that do not say how long a token lives, or nothing that can be meant. Source: Login with Amazon, "Access Token". */
const lifeSecondsDefault = 3600
/** A token that is said to live for longer is renewed after a day. */
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

/** Keeps a token until shortly before its end; asks for one at a time, whoever waits. */
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
      throw new TokenError(
        'The token endpoint answered without a token.',
        {},
        { operation: 'token', requestId },
      )
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
        // The old one still holds for a moment, in which the issuer may be back.
        if (good && clock.now() < good.endsAt && isPassing(error)) return good.token
        throw error
      }
    },
  }
}

/** A number of at least 1, also as a text. Otherwise each call would ask for a token of its own. */
function lifeSecondsOf(said: unknown): number {
  const seconds = readNumber(said)
  return seconds !== undefined && seconds >= 1 ? Math.min(seconds, lifeSecondsMax) : lifeSecondsDefault
}

/** The token if a header can carry it. Otherwise `fetch` would refuse, in words that contain the token. */
function sound(token: unknown): string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
  throw new TokenError(
    'The access token is empty or no text, or has characters that a header cannot carry.',
    {},
    {
      operation: 'token',
    },
  )
}
