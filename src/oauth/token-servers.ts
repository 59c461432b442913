/**
 * The `TokenServers` port: redeems codes and renews and revokes tokens at the OAuth servers of skills. oauth4webapi
 * writes the requests and token-answer.ts reads the responses; this file sets limits and interprets outcomes.
 */
import * as oauth from 'oauth4webapi'
import type { ExchangeOutcome, Secrets, TokenServers } from '../model/ports/context.ts'
import type { AccountLinking } from '../model/skill.ts'
import { AnswerTooLargeError, addressFault, boundedFetch } from './bounded-fetch.ts'
import { readTokenAnswer, type TokenAnswer } from './token-answer.ts'

export interface TokenServersOptions {
  /** Opens the client secrets of the skills. */
  readonly secrets: Pick<Secrets, 'open'>
  /** The address of this service: a URI that is only a path, such as `/auth/o2/token`, refers to it. */
  readonly ownUrl: string
  /** Calls this service itself, if a plain `fetch` cannot. */
  readonly ownFetch?: typeof fetch
  /** Milliseconds since the epoch. */
  now(): number
  /** The total time of one exchange, renewal or revocation, in milliseconds; default 4500. */
  readonly timeoutMs?: number
}

export function createTokenServers(options: TokenServersOptions): TokenServers {
  return {
    async exchange(linking, { authCode, redirectUri }) {
      const form = { code: authCode, redirect_uri: redirectUri }
      const outcome = await requestTokens(options, linking, 'authorization_code', form)
      return outcome.kind === 'linked' ? outcome : { kind: outcome.kind, reason: outcome.reason }
    },

    async renew(linking, refreshToken) {
      const form = { refresh_token: refreshToken }
      const outcome = await requestTokens(options, linking, 'refresh_token', form)
      if (outcome.kind === 'linked') return { kind: 'renewed', tokens: { refreshToken, ...outcome.tokens } }
      const { kind, reason, error } = outcome
      if (outcome.refreshToken !== undefined && outcome.refreshToken !== refreshToken)
        return { kind: 'failed', reason, refreshToken: outcome.refreshToken }
      return { kind: kind === 'refused' && error === 'invalid_grant' ? 'refused' : 'failed', reason }
    },

    async revoke(linking, tokens) {
      if (linking.revocationUri === undefined) return undefined
      const call = openCall(options, linking, linking.revocationUri)
      if (typeof call === 'string') return call
      const { accessToken, refreshToken } = tokens
      const refreshFailure = refreshToken && (await revokeOne(call, refreshToken, 'refresh_token'))
      return refreshFailure || (await revokeOne(call, accessToken, 'access_token'))
    },

    check: uriFault,
  }
}

type TokenOutcome =
  | Extract<ExchangeOutcome, { kind: 'linked' }>
  | {
      readonly kind: 'refused' | 'unreachable'
      readonly reason: string
      /** The OAuth error of the server, if it sent one. */
      readonly error?: string
      /** A refresh token that the response contains in spite of the failure. */
      readonly refreshToken?: string | undefined
    }

const refusalCodes = {
  authorization_code: "The skill's token server refused the code",
  refresh_token: "The skill's token server refused to renew the tokens",
} as const

async function requestTokens(
  options: TokenServersOptions,
  linking: AccountLinking,
  grantType: keyof typeof refusalCodes,
  form: Readonly<Record<string, string>>,
): Promise<TokenOutcome> {
  const call = openCall(options, linking, linking.accessTokenUri)
  if (typeof call === 'string') return { kind: 'refused', reason: call }
  const { server, client, authenticate } = call
  try {
    const response = await oauth.genericTokenEndpointRequest(
      server,
      client,
      authenticate,
      grantType,
      form,
      call.options,
    )
    const answer = readTokenAnswer(await response.text(), options.now())
    return judgeAnswer(response.status, answer, refusalCodes[grantType])
  } catch (error) {
    if (error instanceof AnswerTooLargeError) return unusable('it is too large')
    return { kind: 'unreachable', reason: connectionFault(call) }
  }
}

/** The maximum length of a response, in bytes: large enough for other fields beside the tokens. */
const answerBytesMax = 1_048_576

function fetchAnswer(url: string | URL, init: RequestInit): Promise<Response> {
  return boundedFetch(url, init, answerBytesMax)
}

/** One request: the server, the client and the deadline. */
interface Call {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly authenticate: oauth.ClientAuth
  readonly timeoutMs: number
  readonly options: {
    readonly signal: AbortSignal
    readonly [oauth.customFetch]: typeof fetchAnswer | typeof fetch
    /** The library would also reject loopback addresses without TLS. */
    readonly [oauth.allowInsecureRequests]: true
  }
}

/** Returns the call, or the reason why it cannot be made. */
function openCall(options: TokenServersOptions, linking: AccountLinking, uri: string): Call | string {
  const fault = uriFault(uri)
  if (fault !== undefined) return `The address of the skill's token server cannot be used: ${fault}.`
  const isPath = uri.startsWith('/')
  const endpoint = new URL(isPath ? options.ownUrl + uri : uri).href
  const secret = options.secrets.open(linking.sealedClientSecret, 'skill-secret')
  const timeoutMs = options.timeoutMs ?? 4500
  return {
    server: { issuer: endpoint, token_endpoint: endpoint, revocation_endpoint: endpoint },
    client: { client_id: linking.clientId },
    authenticate:
      linking.authenticationScheme === 'HTTP_BASIC'
        ? authenticateByBasic(secret)
        : oauth.ClientSecretPost(secret),
    timeoutMs,
    options: {
      signal: AbortSignal.timeout(timeoutMs),
      [oauth.customFetch]: isPath && options.ownFetch ? options.ownFetch : fetchAnswer,
      [oauth.allowInsecureRequests]: true,
    },
  }
}

/**
 * Returns why the address cannot be that of a token server, or `undefined`. A URI that begins with `/` must be a path
 * of this service (decision 0091).
 */
export function uriFault(uri: string): string | undefined {
  if (!uri.startsWith('/')) return addressFault(uri)
  return leadsToEachOf(uri, ['http://one.invalid', 'https://two.invalid'])
    ? undefined
    : 'it is neither an https address nor a path of this service'
}

/**
 * Whether the reference stays on each origin against which it is resolved. Only the URL parser can decide that: to it,
 * `/\\host` and `//host`, also with tabs or line breaks inside, name another host.
 */
function leadsToEachOf(reference: string, origins: readonly string[]): boolean {
  return origins.every((origin) => {
    if (!URL.canParse(reference, origin)) return false
    const url = new URL(reference, origin)
    return url.origin === origin && url.hash === ''
  })
}

/**
 * RFC 6749 section 2.3.1 form-encodes both parts. The URL standard's form encoding keeps letters, digits and `*-._`,
 * where the library would also escape these four characters. Servers that forget to decode then still accept most
 * secrets.
 */
function authenticateByBasic(secret: string): oauth.ClientAuth {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return (_server, client, _body, headers) => {
    const credentials = Buffer.from(`${encode(client.client_id)}:${encode(secret)}`).toString('base64')
    headers.set('authorization', `Basic ${credentials}`)
  }
}

/** Judges a response by its status and its fields together. */
function judgeAnswer(status: number, answer: TokenAnswer, refusal: string): TokenOutcome {
  const { accessToken, refreshToken, expiresAt, error } = answer
  const reason = `The skill's token server returned the status ${status}.`
  if (status >= 500 || status === 429) return { kind: 'unreachable', reason, refreshToken }
  const isSuccess = status >= 200 && status < 300
  if (isSuccess && accessToken !== undefined) {
    return {
      kind: 'linked',
      tokens: {
        accessToken,
        ...(refreshToken !== undefined && { refreshToken }),
        ...(expiresAt !== undefined && { expiresAt }),
      },
    }
  }
  if (error !== undefined) return { kind: 'refused', error, reason: `${refusal}: ${error}`, refreshToken }
  if (!isSuccess) return { kind: 'refused', reason, refreshToken }
  return { ...unusable(answer.fault), refreshToken }
}

function unusable(fault: string) {
  const reason = `The response of the skill's token server is invalid: ${fault}.`
  return { kind: 'refused', reason } as const
}

function connectionFault({ options, timeoutMs }: Call): string {
  return options.signal.aborted
    ? `The skill's token server did not respond within ${timeoutMs / 1000} s.`
    : "The skill's token server cannot be reached."
}

async function revokeOne(call: Call, token: string, hint: string): Promise<string | undefined> {
  try {
    const response = await oauth.revocationRequest(call.server, call.client, call.authenticate, token, {
      ...call.options,
      additionalParameters: { token_type_hint: hint },
    })
    if (response.ok) return undefined
    const { error } = readTokenAnswer(await response.text(), 0)
    // A server that cannot revoke this kind of token needs no retry (RFC 7009 section 2.2.1).
    if (error === 'unsupported_token_type') return undefined
    return `The skill's token server responded to the revocation with ${error ?? `the status ${response.status}`}.`
  } catch (error) {
    return error instanceof AnswerTooLargeError ? undefined : connectionFault(call)
  }
}
