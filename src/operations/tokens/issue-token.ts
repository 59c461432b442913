import { createHash, timingSafeEqual } from 'node:crypto'
import {
  type AccessToken,
  accessTokenLifeMs,
  accessTokenPrefix,
  clockDifferenceMs,
  packAccessToken,
  refreshTokenPrefix,
  tokenBytesMax,
} from '../../model/access-token.ts'
import { allowedGrants, type Client } from '../../model/client.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Guesses } from '../../model/ports/guesses.ts'
import type { AuthorizationCode, Grant } from '../../model/ports/storage.ts'
import type { TokenCheck } from '../../model/ports/token-check.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import { narrowScopes, readScopes } from '../../model/scope.ts'
import type { PrincipalId } from '../../protocol/identifiers.ts'
import type { GrantType, TokenAnswer } from '../../protocol/lwa.ts'
import { authenticateClient, type ClientRequest, type Parameters, required } from './authenticate-client.ts'
import { codeLifeMs } from './authorize.ts'
import { refreshTokenOf, revocationEnd } from './revoke-token.ts'

/** The result of a grant type: scopes, and the grant behind them. */
interface Permit {
  readonly scopes: readonly string[]
  readonly grantId?: string
  /** The person for whom the token speaks; `undefined` if it speaks for the client. */
  readonly personId?: PrincipalId | undefined
  readonly refreshToken?: string
}

type Permitting = (attempt: Attempt) => Promise<Permit>

interface Attempt {
  readonly context: Context
  readonly tokens: TokenCheck
  readonly client: Client
  readonly parameters: Parameters
  readonly guesses: Guesses
  readonly now: number
}

const grantTypes: Readonly<Record<GrantType, Permitting>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
  client_credentials: useClientCredentials,
}

/**
 * Issues an access token. Refuses with the codes of RFC 6749 section 5.2. Clears the cache of `tokens` when a code is
 * used twice, because that revokes the tokens of its first use.
 */
export async function issueToken(
  context: Context,
  tokens: TokenCheck,
  request: ClientRequest,
): Promise<TokenAnswer> {
  const grantType = required(request.parameters, 'grant_type')
  if (!isGrantType(grantType)) {
    throw refuse(
      'unsupported_grant_type',
      'The authorization grant type is not supported by the authorization server',
    )
  }
  // Read before the query: a token must not outlive a revocation that is written after the grant is read.
  const now = context.now()
  const client = await authenticateClient(context, request)
  if (!allowedGrants(client).includes(grantType)) {
    throw refuse('unauthorized_client', 'The client is not allowed to use this grant type')
  }
  const { parameters, caller: guesses } = request
  const permit = await grantTypes[grantType]({ context, tokens, client, parameters, guesses, now })
  return {
    access_token: signAccessToken(context, {
      clientId: client.id,
      grantId: permit.grantId,
      personId: permit.personId,
      scopes: permit.scopes,
      issuedAt: now,
      expiresAt: now + accessTokenLifeMs,
    }),
    token_type: 'bearer',
    expires_in: accessTokenLifeMs / 1000,
    ...(permit.refreshToken !== undefined && { refresh_token: permit.refreshToken }),
    scope: permit.scopes.join(' '),
  }
}

function isGrantType(text: string): text is GrantType {
  return Object.hasOwn(grantTypes, text)
}

/** Returns the token with a new ID, signed. */
export function signAccessToken(context: Context, token: Omit<AccessToken, 'id'>): string {
  const text = packAccessToken({ id: context.newId(), ...token })
  return accessTokenPrefix + context.secrets.sign(text, 'access-token')
}

// ---- Client credentials -------------------------------------------------------------------------------------------

async function useClientCredentials({ parameters }: Attempt): Promise<Permit> {
  return { scopes: readScopes(parameters.get('scope')) }
}

// ---- Refresh token ------------------------------------------------------------------------------------------------

async function refresh({ context, client, parameters, guesses }: Attempt): Promise<Permit> {
  const refreshToken = required(parameters, 'refresh_token')
  if (refreshToken.length > tokenBytesMax) throw invalidRefreshToken()
  const grant = await context.storage.grants.findGrant(context.secrets.hash(refreshToken, 'refresh-token'))
  guesses.judgeGuess(refreshTokenOf(client), grant !== undefined)
  if (grant === undefined || grant.clientId !== client.id || grant.revokedAt !== undefined)
    throw invalidRefreshToken()
  const { id: grantId, personId } = grant
  return { scopes: narrowScopes(parameters.get('scope'), grant.scopes), grantId, personId, refreshToken }
}

function invalidRefreshToken(): Refusal {
  return invalidGrant("refresh_token. User may have revoked or didn't grant the permission.")
}

// ---- Authorization code -------------------------------------------------------------------------------------------

async function redeemCode({ context, tokens, client, parameters, guesses, now }: Attempt): Promise<Permit> {
  const codeHash = context.secrets.hash(required(parameters, 'code'), 'authorization-code')
  const redirectUri = required(parameters, 'redirect_uri')
  const code = await context.storage.grants.findCode(codeHash)
  guesses.judgeGuess(`code of ${client.id}`, code !== undefined)
  if (code === undefined || code.clientId !== client.id || !holdsAt(code, now)) throw invalidGrant('code')
  if (code.redirectUri !== redirectUri) throw invalidGrant('redirect_uri')
  requireVerifier(code, parameters.get('code_verifier') || undefined)

  const refreshToken = refreshTokenPrefix + context.secrets.random(48)
  const grant: Grant = {
    id: context.newId(),
    clientId: client.id,
    personId: code.personId,
    scopes: code.scopes,
    refreshTokenHash: context.secrets.hash(refreshToken, 'refresh-token'),
    createdAt: now,
    revokedAt: undefined,
  }
  const { kind } = await context.storage.grants.redeemCode(codeHash, grant, revocationEnd(context))
  if (kind === 'reused') tokens.forget()
  if (kind !== 'redeemed') throw invalidGrant('code')
  const mayRefresh = allowedGrants(client).includes('refresh_token')
  return {
    scopes: code.scopes,
    grantId: grant.id,
    personId: code.personId,
    ...(mayRefresh && { refreshToken }),
  }
}

/** A remaining lifetime above the maximum comes from a clock that was ahead. */
function holdsAt({ expiresAt }: AuthorizationCode, now: number): boolean {
  return now < expiresAt && expiresAt <= now + codeLifeMs + clockDifferenceMs
}

/**
 * A challenge requires its verifier. A verifier without a challenge is refused, too: somebody may have removed the
 * challenge. Source: RFC 7636 section 4.6, RFC 9700 section 2.1.1.
 */
function requireVerifier(code: AuthorizationCode, verifier: string | undefined): void {
  if (code.codeChallenge === undefined) {
    if (verifier !== undefined) throw invalidGrant('code_verifier')
    return
  }
  if (verifier === undefined) {
    throw refuse('invalid_request', 'The request is missing a required parameter : code_verifier')
  }
  const hash = createHash('sha256').update(verifier)
  const challenge = code.codeChallengeMethod === 'S256' ? hash.digest('base64url') : verifier
  const isRight = areEqual(challenge, code.codeChallenge)
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || !isRight) throw invalidGrant('code_verifier')
}

function areEqual(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The error in the words of Login with Amazon. */
function invalidGrant(parameter: string): Refusal {
  return refuse('invalid_grant', `The request has an invalid grant parameter : ${parameter}`)
}
