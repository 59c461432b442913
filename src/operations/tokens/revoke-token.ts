import {
  accessTokenLifeMs,
  clockDifferenceMs,
  refreshTokenPrefix,
  tokenBytesMax,
} from '../../model/access-token.ts'
import type { Client } from '../../model/client.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Guesses } from '../../model/ports/guesses.ts'
import type { TokenCheck } from '../../model/ports/token-check.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import { authenticateClient, type ClientRequest, required } from './authenticate-client.ts'
import { readAccessToken } from './verify-token.ts'

/**
 * Revokes a refresh token with all access tokens of its grant, or one access token. An unknown, expired or revoked
 * token counts as revoked. Refuses with `invalid_client`, and with `unauthorized_client` for the token of another
 * client. Source: RFC 7009 section 2.
 */
export async function revokeToken(
  context: Context,
  tokens: TokenCheck,
  request: ClientRequest,
): Promise<void> {
  const client = await authenticateClient(context, request)
  const token = required(request.parameters, 'token')
  if (token.length > tokenBytesMax) return
  if (token.startsWith(refreshTokenPrefix)) await revokeRefreshToken(context, client, token, request.caller)
  else await revokeAccessToken(context, client, token)
  tokens.forget()
}

/** Returns how long a revocation must be kept that is written now: no affected token lives longer. */
export function revocationEnd(context: Context): number {
  return context.now() + accessTokenLifeMs + clockDifferenceMs
}

/** The name under which wrong refresh tokens of a client are counted. */
export function refreshTokenOf(client: Client): string {
  return `refresh token of ${client.id}`
}

async function revokeRefreshToken(
  context: Context,
  client: Client,
  token: string,
  guesses: Guesses,
): Promise<void> {
  const { grants } = context.storage
  const grant = await grants.findGrant(context.secrets.hash(token, 'refresh-token'))
  guesses.judgeGuess(refreshTokenOf(client), grant !== undefined)
  if (grant === undefined) return
  if (grant.clientId !== client.id) throw notYours()
  if (grant.revokedAt === undefined) await grants.revokeGrant(grant.id, context.now(), revocationEnd(context))
}

async function revokeAccessToken(context: Context, client: Client, text: string): Promise<void> {
  const token = readAccessToken(context, text)
  if (token === undefined || token.expiresAt <= context.now()) return
  if (token.clientId !== client.id) throw notYours()
  await context.storage.grants.revokeAccessToken(token.id, revocationEnd(context))
}

function notYours(): Refusal {
  return refuse('unauthorized_client', 'The token was issued to another client')
}
