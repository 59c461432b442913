/**
 * Access tokens of another issuer: one that tells about a token when asked (Amazon's token information endpoint), or
 * any OpenID issuer, by its published keys. Knows nothing of roles: those are the catalog's.
 */
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { LRUCache } from 'lru-cache'
import { managementScope } from '../model/access.ts'
import { type Refusal, refuse } from '../model/refusal.ts'
import { type ForeignIssuer, type ForeignToken, invalidTokenMessage } from '../operations/verify-token.ts'
import { addressFault, boundedFetch } from './bounded-fetch.ts'

export type ForeignIssuerSettings =
  | { readonly kind: 'tokeninfo'; readonly url: string }
  /** `audience`: what the tokens must name; not looked at when it is not given. */
  | { readonly kind: 'openid'; readonly issuer: string; readonly audience?: string }

export interface ForeignIssuerOptions {
  /** Milliseconds since the epoch. */
  now(): number
  /** For one question to the issuer; 4500 unless given. */
  readonly timeoutMs?: number
}

interface Asking extends ForeignIssuerOptions {
  readonly timeoutMs: number
}

/** Throws a plain error when the address must not be used. Asks nobody before the first token comes. */
export function createForeignIssuer(
  settings: ForeignIssuerSettings,
  options: ForeignIssuerOptions,
): ForeignIssuer {
  const address = settings.kind === 'tokeninfo' ? settings.url : settings.issuer
  const fault = addressFault(address)
  if (fault !== undefined) throw new Error(`The token issuer ${address} cannot be used: ${fault}.`)
  const asking: Asking = { now: options.now, timeoutMs: options.timeoutMs ?? 4500 }
  const verify =
    settings.kind === 'tokeninfo' ? askTokenInfo(settings.url, asking) : checkByKeys(settings, asking)
  return {
    async verify(token) {
      if (!/^[\x21-\x7e]{1,16384}$/.test(token)) throw invalidToken()
      return verify(token)
    },
  }
}

// ---- Token information --------------------------------------------------------------------------------------------

/** For so long a token that the endpoint called good is not asked about again, in milliseconds. */
const rememberedMs = 60_000

/** Questions that may be under way: a flood of made-up tokens must not become one of requests to the issuer. */
const questionsMax = 64

/**
 * The endpoint says whom a token was given to and for how long, but not with which scopes. All tokens of a client that
 * the catalog gives a role count as made for management: the role is what the operator granted.
 */
function askTokenInfo(endpoint: string, asking: Asking): (token: string) => Promise<ForeignToken> {
  const remembered = new LRUCache<string, { token: ForeignToken; until: number }>({ max: 10_000 })
  let questions = 0
  return async (token) => {
    const now = asking.now()
    const known = remembered.get(token)
    if (known !== undefined && now < known.until) return known.token
    if (questions >= questionsMax) throw unavailable('too many tokens are being verified')
    questions += 1
    try {
      const verified = readTokenInfo(await getTokenInfo(endpoint, token, asking.timeoutMs), now)
      remembered.set(token, { token: verified, until: Math.min(verified.expiresAt, now + rememberedMs) })
      return verified
    } finally {
      questions -= 1
    }
  }
}

async function getTokenInfo(endpoint: string, token: string, timeoutMs: number): Promise<unknown> {
  const url = new URL(endpoint)
  url.searchParams.set('access_token', token)
  const response = await askIssuer(url, timeoutMs)
  if ([400, 401, 403, 404].includes(response.status)) throw invalidToken()
  if (response.status !== 200) throw unavailable(`the token information endpoint answered ${response.status}`)
  return readJson(response)
}

function readTokenInfo(fields: unknown, now: number): ForeignToken {
  const { aud, exp, user_id: userId } = isObject(fields) ? fields : {}
  if (typeof aud !== 'string' || typeof exp !== 'number') {
    throw unavailable('the token information endpoint answered without aud and exp')
  }
  if (exp <= 0) throw invalidToken()
  return {
    clientId: aud,
    userId: typeof userId === 'string' ? userId : aud,
    scopes: [managementScope, 'profile:user_id'],
    expiresAt: now + exp * 1000,
  }
}

// ---- OpenID -------------------------------------------------------------------------------------------------------

/** Signatures by a key pair only: with a shared secret the issuer's public keys could be used to forge. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

type OpenIdSettings = Extract<ForeignIssuerSettings, { kind: 'openid' }>

function checkByKeys(
  { issuer, audience }: OpenIdSettings,
  asking: Asking,
): (token: string) => Promise<ForeignToken> {
  let discovery: Promise<JWTVerifyGetKey> | undefined
  const findKeys = () => {
    discovery ??= discoverKeys(issuer, asking.timeoutMs).catch((error: unknown) => {
      discovery = undefined
      throw error
    })
    return discovery
  }
  return async (token) => {
    // A text that is no signed token is not worth a question to the issuer.
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw invalidToken()
    const keys = await findKeys()
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        ...(audience !== undefined && { audience }),
        algorithms,
        requiredClaims: ['exp'],
        currentDate: new Date(asking.now()),
      })
      return readClaims(payload)
    } catch (error) {
      throw isTokenFault(error)
        ? invalidToken(error)
        : unavailable('the keys of the issuer cannot be had', error)
    }
  }
}

async function discoverKeys(issuer: string, timeoutMs: number): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await askIssuer(url, timeoutMs)
  const { issuer: named, jwks_uri: keysUri } = response.status === 200 ? await readJson(response) : {}
  if (named !== issuer) throw unavailable('its discovery document is missing or names another issuer')
  if (typeof keysUri !== 'string' || addressFault(keysUri) !== undefined) {
    throw unavailable('its discovery document names no usable jwks_uri')
  }
  return createRemoteJWKSet(new URL(keysUri), { timeoutDuration: timeoutMs, [customFetch]: boundedFetch })
}

/**
 * The client: `client_id` (RFC 9068), `azp` (OpenID), or the names that well-known issuers use instead, `cid` and
 * `appid`; never `sub`, which may be a person. The scopes: `scope`, or `scp` as a text or a list.
 */
function readClaims(claims: JWTPayload): ForeignToken {
  const clientId = [claims.client_id, claims.azp, claims.cid, claims.appid].find(
    (claim) => typeof claim === 'string',
  )
  if (typeof clientId !== 'string' || claims.exp === undefined) throw invalidToken()
  const scope = claims.scope ?? claims.scp
  return {
    clientId,
    userId: claims.sub ?? clientId,
    scopes: Array.isArray(scope) ? scope.map(String) : String(scope ?? '').split(' '),
    expiresAt: claims.exp * 1000,
  }
}

/** Faults of the token; what else goes wrong while it is verified is the issuer's. */
function isTokenFault(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  )
}

// ---- Both ---------------------------------------------------------------------------------------------------------

async function askIssuer(url: string | URL, timeoutMs: number): Promise<Response> {
  try {
    return await boundedFetch(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw unavailable('it cannot be reached', cause)
  }
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  try {
    const fields: unknown = await response.json()
    if (isObject(fields)) return fields
  } catch (cause) {
    throw unavailable('it answered with something that is not JSON', cause)
  }
  throw unavailable('it answered with something that is not an object')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalidToken(cause?: unknown): Refusal {
  return refuse('INVALID_LWA_TOKEN', invalidTokenMessage, { cause })
}

function unavailable(detail: string, cause?: unknown): Refusal {
  return refuse(
    'SERVICE_UNAVAILABLE',
    'The token cannot be verified at the moment: the token issuer does not answer.',
    {
      detail,
      cause,
      retryAfterMs: 1000,
    },
  )
}
