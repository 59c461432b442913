/**
 * What the answer of a token server says (RFC 6749, section 5), read with good will: what is optional and odd counts as
 * absent, since the code or the refresh token is spent by then (decision 0092). Knows no connection and no status.
 */

export interface TokenAnswer {
  /** `undefined`: there is none that can be used, because of the fault. */
  readonly accessToken: string | undefined
  readonly fault: string
  readonly refreshToken: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined
  /** The OAuth error, fit to be shown: printable and short. */
  readonly error: string | undefined
}

/** Characters of a token at most. */
const tokenLengthMax = 65_536

const fieldNames = ['access_token', 'token_type', 'expires_in', 'refresh_token', 'error'] as const
type Fields = Readonly<Partial<Record<(typeof fieldNames)[number], unknown>>>

/** Reads a JSON object or a form, whatever its content type. `now`: milliseconds since the epoch. */
export function readTokenAnswer(text: string, now: number): TokenAnswer {
  const fields = readJson(text) ?? readForm(text)
  const { access_token, token_type, expires_in, refresh_token, error } = fields ?? {}
  const isBearer = isBearerType(token_type)
  return {
    accessToken: isBearer ? tokenIn(access_token) : undefined,
    fault: faultOf(fields, isBearer),
    refreshToken: tokenIn(refresh_token),
    expiresAt: expiryIn(expires_in, now),
    error: errorIn(error),
  }
}

function faultOf(fields: Fields | undefined, isBearer: boolean): string {
  if (fields === undefined) return 'it is neither a JSON object nor a form'
  return isBearer ? 'it lacks an access_token that can be used' : 'its token_type is not bearer'
}

function readJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function readForm(text: string): Fields | undefined {
  const form = text.trim()
  // Printable, without white space, quotes, angle brackets and braces: no page, and no JSON that was cut short.
  if (!/^[!#-;=?-z|~]+$/.test(form) || !form.includes('=')) return undefined
  const values = new URLSearchParams(form)
  const entries = fieldNames.map((name) => {
    const all = values.getAll(name)
    // One that comes twice is a list, as it would be in JSON.
    return [name, all.length > 1 ? all : all[0]] as const
  })
  return Object.fromEntries(entries)
}

function tokenIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '' || value.length > tokenLengthMax) return undefined
  return value
}

/** A type that is named and is another must not be used as a bearer token: RFC 6749 section 7.1. */
function isBearerType(value: unknown): boolean {
  return typeof value !== 'string' || ['', 'bearer'].includes(value.trim().toLowerCase())
}

function expiryIn(value: unknown, now: number): number | undefined {
  const seconds = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value
  // Many say 0 of a token that does not expire.
  if (typeof seconds !== 'number' || !(seconds >= 1)) return undefined
  return Math.min(now + Math.floor(seconds * 1000), Number.MAX_SAFE_INTEGER)
}

function errorIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return value.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)
}
