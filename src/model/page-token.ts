/**
 * Page tokens: opaque, URL-safe, signed, and valid for 24 hours (ledger, row 30: as in other APIs of Alexa). A token
 * contains its list and the record after which the next page begins. Every page checks the caller's rights again, so
 * the token needs no organization. The server stores nothing.
 */
import { clockDifferenceMs } from './access-token.ts'
import type { Context } from './ports/context.ts'
import { refuse } from './refusal.ts'

const pageTokenLifeMs = 24 * 3_600_000
const version = 1

/** `list` identifies the list; `readPageToken` returns `position`. */
export function writePageToken(
  context: Context,
  list: string,
  position: readonly (string | number)[],
): string {
  const expiresAt = context.now() + pageTokenLifeMs
  return context.secrets.sign(JSON.stringify([version, list, expiresAt, ...position]), 'page-token')
}

/** Refuses with INVALID_PARAM a token that is altered, expired, or from another list. */
export function readPageToken(context: Context, token: string, list: string): readonly unknown[] {
  const payload = context.secrets.verify(token, 'page-token')
  const fields: unknown = payload === undefined ? undefined : JSON.parse(payload)
  if (!Array.isArray(fields) || fields[0] !== version || fields[1] !== list) {
    throw refuse('INVALID_PARAM', 'nextToken is invalid: it does not belong to this list.')
  }
  const leftMs = Number(fields[2]) - context.now()
  if (leftMs <= 0 || leftMs > pageTokenLifeMs + clockDifferenceMs) {
    throw refuse('INVALID_PARAM', 'nextToken has expired: a continuation token is valid for 24 hours.')
  }
  return fields.slice(3)
}
