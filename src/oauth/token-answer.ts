/**
 * Reads the response of a token server (RFC 6749, section 5) tolerantly: an unusual optional field counts as absent,
 * since the code or the refresh token is already used up (decision 0092). The status is judged elsewhere.
 */

export interface TokenAnswer {
  /** `undefined` if there is no usable token; `fault` gives the reason. */
  readonly accessToken: string | undefined
  readonly fault: string
  readonly refreshToken: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined
  /** The OAuth error, printable and short enough to show. */
  readonly error: string | undefined
}

/** The maximum length of a token, in characters. */
const tokenLengthMax = 65_536

const fieldNames = ['access_token', 'token_type', 'expires_in', 'refresh_token', 'error'] as const
type Fields = Readonly<Partial<Record<(typeof fieldNames)[number], unknown>>>

/** Reads a JSON object or a form, whatever the content type. `now`: milliseconds since the epoch. */
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
  return isBearer ? 'it has no valid access_token' : 'its token_type is not bearer'
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
  // Printable, without white space, quotes, angle brackets and braces: not HTML, and not truncated JSON.
  if (!/^[!#-;=?-z|~]+$/.test(form) || !form.includes('=')) return undefined
  const values = new URLSearchParams(form)
  const entries = fieldNames.map((name) => {
    const all = values.getAll(name)
    // A repeated parameter becomes a list, as in JSON.
    return [name, all.length > 1 ? all : all[0]] as const
  })
  return Object.fromEntries(entries)
}

function tokenIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '' || value.length > tokenLengthMax) return undefined
  return value
}

/** A token of another explicit type must not be used as a bearer token (RFC 6749 section 7.1). */
function isBearerType(value: unknown): boolean {
  return typeof value !== 'string' || ['', 'bearer'].includes(value.trim().toLowerCase())
}

function expiryIn(value: unknown, now: number): number | undefined {
  const seconds = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value
  // Many servers send 0 for a token that does not expire.
  if (typeof seconds !== 'number' || !(seconds >= 1)) return undefined
  return Math.min(now + Math.floor(seconds * 1000), Number.MAX_SAFE_INTEGER)
}

function errorIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return value.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)
}
