/**
 * The content of an access token, and its compact form. The token is self-contained: whoever can check the signature can
 * read it without a look at storage. Signing and checking are the `Secrets` port's.
 */

/** How long an access token holds, in milliseconds. Source: Login with Amazon, "Access Token". */
export const accessTokenLifeMs = 3_600_000

/**
 * By how much the clocks of two nodes may differ, in milliseconds. What begins later than that from now was made by a
 * clock that was wrong, and counts for nothing.
 */
export const clockDifferenceMs = 300_000

/** Bytes that a token may have at most. Source: Login with Amazon, "Access Token" and "Refresh Token". */
export const tokenBytesMax = 2048

export const accessTokenPrefix = 'Atza|'
export const refreshTokenPrefix = 'Atzr|'

export interface AccessToken {
  readonly id: string
  readonly clientId: string
  /** The grant that it was given for; `undefined` for client credentials. */
  readonly grantId: string | undefined
  readonly scopes: readonly string[]
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The token as the text that is signed: a JSON array, the first element tells the version of the format. */
export function packAccessToken(token: AccessToken): string {
  return JSON.stringify([
    1,
    token.id,
    token.clientId,
    token.grantId ?? '',
    token.scopes.join(' '),
    token.issuedAt,
    token.expiresAt - token.issuedAt,
  ])
}

/** Reads what `packAccessToken` wrote; `undefined` for another version. Call it only with a text whose signature holds. */
export function unpackAccessToken(text: string): AccessToken | undefined {
  const fields: unknown = JSON.parse(text)
  if (!Array.isArray(fields) || fields[0] !== 1) return undefined
  const [, id, clientId, grantId, scopes, issuedAt, lifeMs] = fields
  return {
    id: String(id),
    clientId: String(clientId),
    grantId: grantId === '' ? undefined : String(grantId),
    scopes: String(scopes).split(' '),
    issuedAt: Number(issuedAt),
    expiresAt: Number(issuedAt) + Number(lifeMs),
  }
}
