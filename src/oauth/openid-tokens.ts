/** Verifies access tokens of an OpenID issuer: JWTs, checked with its published keys. */
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { ForeignToken } from '../model/ports/token-check.ts'
import { addressFault, boundedFetch } from './bounded-fetch.ts'
import { askIssuer, invalidToken, readJsonObject, unavailable } from './issuer-answers.ts'

export interface OpenIdSettings {
  readonly issuer: string
  /** The required audience of tokens; not checked if absent. */
  readonly audience?: string
}

/**
 * Only asymmetric signatures: with a shared-secret algorithm, the issuer's public keys could be used to forge tokens.
 */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

export function checkByKeys(
  { issuer, audience }: OpenIdSettings,
  now: () => number,
  timeoutMs: number,
): (token: string) => Promise<ForeignToken> {
  let discovery: Promise<JWTVerifyGetKey> | undefined
  function findKeys(): Promise<JWTVerifyGetKey> {
    discovery ??= discoverKeys(issuer, timeoutMs).catch((error: unknown) => {
      discovery = undefined
      throw error
    })
    return discovery
  }
  return async (token) => {
    // A text without the form of a JWT needs no request to the issuer.
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw invalidToken()
    const options = {
      issuer,
      ...(audience !== undefined && { audience }),
      algorithms,
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    }
    const { payload } = await jwtVerify(token, await findKeys(), options).catch((error: unknown) => {
      throw isTokenFault(error) ? invalidToken(error) : unavailable('its keys are not available', error)
    })
    return readClaims(payload)
  }
}

async function discoverKeys(issuer: string, timeoutMs: number): Promise<JWTVerifyGetKey> {
  const response = await askIssuer(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, timeoutMs)
  if (response.status !== 200)
    throw unavailable(`the request for its discovery document returned ${response.status}`)
  const { issuer: named, jwks_uri: keysUri } = await readJsonObject(response)
  if (named !== issuer) throw unavailable('its discovery document names another issuer')
  if (typeof keysUri !== 'string' || addressFault(keysUri) !== undefined) {
    throw unavailable('its discovery document has no valid jwks_uri')
  }
  return createRemoteJWKSet(new URL(keysUri), { timeoutDuration: timeoutMs, [customFetch]: boundedFetch })
}

/**
 * Returns the client and the scopes. The client is `client_id` (RFC 9068), `azp` (OpenID), or `cid` or `appid` of
 * well-known issuers; never `sub`, which may be a person. The scopes are `scope`, or `scp` as a text or a list.
 */
function readClaims(claims: JWTPayload): ForeignToken {
  const names = [claims.client_id, claims.azp, claims.cid, claims.appid]
  const clientId = names.find((claim) => typeof claim === 'string')
  if (typeof clientId !== 'string' || claims.exp === undefined) throw invalidToken()
  const scope = claims.scope ?? claims.scp
  return {
    clientId,
    userId: claims.sub ?? clientId,
    scopes: Array.isArray(scope) ? scope.map(String) : String(scope ?? '').split(' '),
    expiresAt: claims.exp * 1000,
  }
}

/** Whether the token caused the error; the issuer caused all others. */
function isTokenFault(error: unknown): boolean {
  return [
    errors.JWTExpired,
    errors.JWTClaimValidationFailed,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
  ].some((fault) => error instanceof fault)
}
