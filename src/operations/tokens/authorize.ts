import { allowedGrants, type Client } from '../../model/client.ts'
import { isConsole } from '../../model/console/console-client.ts'
import { personOf, type SignedIn, signInCodeLifeMs } from '../../model/console/session.ts'
import type { Context } from '../../model/ports/context.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { readScopes } from '../../model/scope.ts'
import type { CodeChallengeMethod } from '../../protocol/lwa.ts'
import { type Parameters, required } from './authenticate-client.ts'
import { findClient } from './find-client.ts'
import { addSignInCode } from './live-session.ts'
import { demoOnlyOnLoopbackMessage } from './verify-token.ts'

/** The lifetime of a code, in milliseconds. Source: Login with Amazon, "Authorization Code Grant". */
export const codeLifeMs = 5 * 60_000

/** An authorization request that a person may allow or deny. */
export interface AuthorizationRequest {
  readonly client: Client
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string | undefined
  readonly challenge: { readonly text: string; readonly method: CodeChallengeMethod } | undefined
}

/** A valid request, or an error that the client learns by a redirect. */
export type AuthorizationCheck =
  | { readonly kind: 'ask'; readonly request: AuthorizationRequest }
  | {
      readonly kind: 'redirect'
      readonly location: string
      readonly clientId: string
      readonly refusal: Refusal
    }

/**
 * Checks an authorization request. Refuses with `invalid_request` and `invalid_client` a request that must not be
 * redirected: an unknown client, or a redirect URI that is not registered byte for byte, because the author of the link
 * would choose the target. All other errors go to the client by a redirect. Source: RFC 6749 section 4.1.2.1.
 */
export async function checkAuthorization(
  context: Context,
  parameters: Parameters,
  { isLoopback, hasConsole }: { readonly isLoopback: boolean; readonly hasConsole: boolean },
): Promise<AuthorizationCheck> {
  const client = await findClient(context, required(parameters, 'client_id'))
  if (client === undefined || (isConsole(client) && !hasConsole))
    throw refuse('invalid_request', 'The client_id is unknown.')
  if (client.isDemo && !isLoopback) throw refuse('invalid_client', demoOnlyOnLoopbackMessage)
  const redirectUri = required(parameters, 'redirect_uri')
  if (!client.redirectUris.includes(redirectUri)) {
    throw refuse('invalid_request', 'The redirect_uri is not registered for this client.')
  }
  const state = parameters.get('state')
  try {
    return { kind: 'ask', request: { client, redirectUri, state, ...checkWishes(client, parameters) } }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const location = errorLocation({ redirectUri, state }, error.code, error.message)
    return { kind: 'redirect', location, clientId: client.id, refusal: error }
  }
}

/**
 * Creates the code and returns the redirect address. The tokens speak for a person who has signed in, otherwise for the client. At
 * the console the code becomes a session of whoever has signed in.
 */
export async function allowAuthorization(
  context: Context,
  request: AuthorizationRequest,
  signedIn: SignedIn | undefined,
): Promise<string> {
  const { client, challenge } = request
  if (isConsole(client) && signedIn !== undefined) {
    const asked = { ...signedIn, codeChallenge: challenge?.text }
    return withCode(request, (await addSignInCode(context, asked, signInCodeLifeMs)).code)
  }
  const code = context.secrets.random(24)
  await context.storage.grants.addCode({
    codeHash: context.secrets.hash(code, 'authorization-code'),
    clientId: client.id,
    personId: signedIn && personOf(signedIn),
    redirectUri: request.redirectUri,
    scopes: request.scopes,
    codeChallenge: challenge?.text,
    codeChallengeMethod: challenge?.method,
    expiresAt: context.now() + codeLifeMs,
  })
  return withCode(request, code)
}

function withCode({ redirectUri, state, scopes }: AuthorizationRequest, code: string): string {
  return withQuery(redirectUri, { code, state, scope: scopes.join(' ') })
}

/** The person denies: returns the redirect address. */
export function denyAuthorization(request: AuthorizationRequest): string {
  return errorLocation(request, 'access_denied', 'The request was denied')
}

function checkWishes(
  client: Client,
  parameters: Parameters,
): Pick<AuthorizationRequest, 'scopes' | 'challenge'> {
  const responseType = required(parameters, 'response_type')
  if (responseType !== 'code')
    throw refuse('unsupported_response_type', 'The only supported response_type is code')
  if (!allowedGrants(client).includes('authorization_code'))
    throw refuse('unauthorized_client', 'The client is not allowed to use this grant type')
  return { scopes: readScopes(parameters.get('scope')), challenge: readChallenge(client, parameters) }
}

/** Source: RFC 7636 section 4.3. A public client must send a challenge: otherwise anybody could redeem the code. */
function readChallenge(client: Client, parameters: Parameters): AuthorizationRequest['challenge'] {
  const text = parameters.get('code_challenge') || undefined
  const method = parameters.get('code_challenge_method') || undefined
  if (text === undefined) {
    if (method === undefined && client.secretHash !== undefined) return undefined
    throw refuse('invalid_request', 'The request is missing a required parameter : code_challenge')
  }
  const isPlain = method === undefined || method === 'plain'
  if ((!isPlain && method !== 'S256') || (isPlain && isConsole(client))) {
    throw refuse('invalid_request', 'The code_challenge_method is not supported')
  }
  const form = method === 'S256' ? /^[A-Za-z0-9_-]{43}$/ : /^[A-Za-z0-9._~-]{43,128}$/
  if (!form.test(text)) throw refuse('invalid_request', 'The code_challenge is malformed')
  return { text, method: method ?? 'plain' }
}

function errorLocation(
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  error: string,
  description: string,
): string {
  return withQuery(redirectUri, { error, error_description: description, state })
}

/** Adds parameters to the query of the URI, and leaves the rest as it was registered. */
function withQuery(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
  const fragmentAt = uri.indexOf('#')
  const [base, fragment] = fragmentAt === -1 ? [uri, ''] : [uri.slice(0, fragmentAt), uri.slice(fragmentAt)]
  return `${base}${joiner(base)}${query}${fragment}`
}

function joiner(uri: string): string {
  if (!uri.includes('?')) return '?'
  return uri.endsWith('?') || uri.endsWith('&') ? '' : '&'
}
