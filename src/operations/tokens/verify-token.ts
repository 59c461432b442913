import type { Principal } from '../../model/access.ts'
import {
  type AccessToken,
  accessTokenPrefix,
  clockDifferenceMs,
  tokenBytesMax,
  unpackAccessToken,
} from '../../model/access-token.ts'
import type { Client } from '../../model/client.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ForeignIssuer } from '../../model/ports/token-check.ts'
import { refuse } from '../../model/refusal.ts'
import { userIdOf } from '../../model/user-id.ts'

/** A valid token and its expiry for the cache. */
export interface VerifiedToken {
  readonly principal: Principal
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** The token of a demo client: valid on loopback only. */
  readonly isDemo: boolean
}

/** Verifies a token of this service. Refuses with INVALID_LWA_TOKEN. */
export async function verifyToken(context: Context, token: string): Promise<VerifiedToken> {
  const live = await findLiveToken(context, token)
  if (live === undefined) throw refuse('INVALID_LWA_TOKEN', invalidTokenMessage)
  const { client } = live
  return {
    principal: {
      clientId: client.id,
      userId: userIdOf(context, client.id),
      scopes: live.token.scopes,
      roles: client.roles,
    },
    expiresAt: live.token.expiresAt,
    isDemo: client.isDemo,
  }
}

/**
 * Verifies a token of a foreign issuer. The catalog defines the roles: an unknown client has none and may do nothing
 * (ledger, row 16: 403, because the token is valid).
 */
export async function verifyForeignToken(
  context: Context,
  issuer: ForeignIssuer,
  token: string,
): Promise<VerifiedToken> {
  const { clientId, userId, scopes, expiresAt } = await issuer.verify(token)
  const client = await context.storage.catalog.findClient(clientId)
  return {
    principal: { clientId, userId, scopes, roles: client?.roles ?? [] },
    expiresAt,
    isDemo: client?.isDemo ?? false,
  }
}

export const invalidTokenMessage =
  'The access token is expired, revoked, malformed, or invalid for other reasons.'

/** The message for demo clients, whose secret is public, from another machine. */
export const demoOnlyOnLoopbackMessage =
  'The demo client works only on the machine of the service. Load a catalog file with your own client.'

/** A valid access token of this service: not expired, not revoked, and of an existing client. */
export interface LiveToken {
  readonly token: AccessToken
  readonly client: Client
}

export async function findLiveToken(context: Context, text: string): Promise<LiveToken | undefined> {
  const token = readAccessToken(context, text)
  if (token === undefined || !holdsAt(token, context.now())) return undefined
  // An engine in this process fails at once here, when nothing else is under way whose failure nobody would see.
  const found = context.storage.catalog.findClient(token.clientId)
  const [client, isRevoked] = await Promise.all([
    found,
    context.storage.grants.isRevoked(token.id, token.grantId),
  ])
  return isRevoked || client === undefined ? undefined : { token, client }
}

/** A token whose life has not begun comes from a clock that was ahead, and would be valid for too long. */
function holdsAt({ issuedAt, expiresAt }: AccessToken, now: number): boolean {
  return issuedAt <= now + clockDifferenceMs && now < expiresAt
}

/** Reads a token with a valid signature; does not check expiry and revocation. */
export function readAccessToken(context: Context, text: string): AccessToken | undefined {
  if (!text.startsWith(accessTokenPrefix) || text.length > tokenBytesMax) return undefined
  const payload = context.secrets.verify(text.slice(accessTokenPrefix.length), 'access-token')
  return payload === undefined ? undefined : unpackAccessToken(payload)
}
