/** Requests to a foreign issuer, and their two refusals: the token is invalid, or the issuer cannot be asked. */
import { type Refusal, refuse } from '../model/refusal.ts'
import { invalidTokenMessage } from '../operations/tokens/verify-token.ts'
import { boundedFetch } from './bounded-fetch.ts'

/** Refuses with SERVICE_UNAVAILABLE if no response arrives within the limits of time and size. */
export async function askIssuer(url: string | URL, timeoutMs: number): Promise<Response> {
  try {
    return await boundedFetch(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw unavailable('it cannot be reached', cause)
  }
}

/** Refuses with SERVICE_UNAVAILABLE a response that is not a JSON object. */
export async function readJsonObject(response: Response): Promise<Record<string, unknown>> {
  let fields: unknown
  try {
    fields = await response.json()
  } catch (cause) {
    throw unavailable('its response is not JSON', cause)
  }
  if (isObject(fields)) return fields
  throw unavailable('its response is not an object')
}

export function invalidToken(cause?: unknown): Refusal {
  return refuse('INVALID_LWA_TOKEN', invalidTokenMessage, { cause })
}

export function unavailable(detail: string, cause?: unknown): Refusal {
  return refuse(
    'SERVICE_UNAVAILABLE',
    'The token cannot be verified at the moment: the token issuer does not respond.',
    { detail, cause, reason: 'token', retryAfterMs: 1000 },
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
