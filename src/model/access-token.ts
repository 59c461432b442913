/**
 * The content of an access token, and its compact form. The token is self-contained: a node that can check the
 * signature reads it without a query. The `Secrets` port signs and verifies.
 */
import type { PrincipalId } from '../protocol/identifiers.ts'

/** The lifetime of an access token, in milliseconds. Source: Login with Amazon, "Access Token". */
export const accessTokenLifeMs = 3_600_000

/**
 * The largest accepted difference between the clocks of two nodes, in milliseconds. A time that is further ahead comes
 * from a wrong clock and is ignored.
 */
export const clockDifferenceMs = 300_000

/** The maximum length of a token, in bytes. Source: Login with Amazon, "Access Token" and "Refresh Token". */
export const tokenBytesMax = 2048

export const accessTokenPrefix = 'Atza|'
export const refreshTokenPrefix = 'Atzr|'

export interface AccessToken {
  readonly id: string
  readonly clientId: string
  /** The ID of its grant; `undefined` for client credentials. */
  readonly grantId: string | undefined
  /** The person for whom it speaks; `undefined` if it speaks for the client. */
  readonly personId: PrincipalId | undefined
  /** The operator for whom it speaks, as the operations log names it; `undefined` for any other token. */
  readonly operator?: string | undefined
  readonly scopes: readonly string[]
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/**
 * Returns the text to sign: a JSON array whose first element is the version of the format. A node of an earlier release
 * rejects version 2, that of a person, and version 3, that of an operator: it would take the token for the client's.
 */
export function packAccessToken(token: AccessToken): string {
  const { personId, operator } = token
  const [version, holder] =
    operator !== undefined ? [3, operator] : personId !== undefined ? [2, personId] : [1]
  return JSON.stringify([
    version,
    token.id,
    token.clientId,
    token.grantId ?? '',
    token.scopes.join(' '),
    token.issuedAt,
    token.expiresAt - token.issuedAt,
    ...(holder === undefined ? [] : [holder]),
  ])
}

/** Reads the text of `packAccessToken`; returns `undefined` for another version. Verify the signature first. */
export function unpackAccessToken(text: string): AccessToken | undefined {
  const fields: unknown = JSON.parse(text)
  if (!Array.isArray(fields) || ![1, 2, 3].includes(fields[0])) return undefined
  const [version, id, clientId, grantId, scopes, issuedAt, lifeMs, holder] = fields
  return {
    id: String(id),
    clientId: String(clientId),
    grantId: grantId === '' ? undefined : String(grantId),
    // The signature guarantees the form.
    personId: version === 2 ? (String(holder) as PrincipalId) : undefined,
    ...(version === 3 && { operator: String(holder) }),
    scopes: String(scopes).split(' '),
    issuedAt: Number(issuedAt),
    expiresAt: Number(issuedAt) + Number(lifeMs),
  }
}
