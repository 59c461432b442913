/**
 * Verifies access tokens of another issuer: by Amazon's token information endpoint, or by the published keys of an
 * OpenID issuer. The catalog, not the issuer, defines roles.
 */
import type { ForeignIssuer, ForeignToken } from '../model/ports/token-check.ts'
import { addressFault } from './bounded-fetch.ts'
import { invalidToken } from './issuer-answers.ts'
import type { OpenIdSettings } from './openid-tokens.ts'
import { askTokenInformation } from './token-information.ts'

export type ForeignIssuerSettings =
  | { readonly kind: 'tokeninfo'; readonly url: string }
  | ({ readonly kind: 'openid' } & OpenIdSettings)

export interface ForeignIssuerOptions {
  /** Milliseconds since the epoch. */
  now(): number
  /** The time limit of one request to the issuer, in milliseconds; default 4500. */
  readonly timeoutMs?: number
}

/** Throws a plain error for an address that must not be used. Sends no request before the first token. */
export function createForeignIssuer(
  settings: ForeignIssuerSettings,
  options: ForeignIssuerOptions,
): ForeignIssuer {
  const address = settings.kind === 'tokeninfo' ? settings.url : settings.issuer
  const fault = addressFault(address)
  if (fault !== undefined) throw new Error(`The token issuer ${address} cannot be used: ${fault}.`)
  const now = () => options.now()
  const timeoutMs = options.timeoutMs ?? 4500
  const verify =
    settings.kind === 'tokeninfo'
      ? askTokenInformation(settings.url, now, timeoutMs)
      : checkLater(settings, now, timeoutMs)
  return {
    async verify(token) {
      // Printable, and within the size limit of a request head.
      if (!/^[\x21-\x7e]{1,16384}$/.test(token)) throw invalidToken()
      return verify(token)
    },
  }
}

/** Loads the JWT library with the first token: it would take a sixth of the start time. */
function checkLater(
  settings: OpenIdSettings,
  now: () => number,
  timeoutMs: number,
): (token: string) => Promise<ForeignToken> {
  let check: Promise<(token: string) => Promise<ForeignToken>> | undefined
  return async (token) => {
    check ??= import('./openid-tokens.ts').then((module) => module.checkByKeys(settings, now, timeoutMs))
    return (await check)(token)
  }
}
