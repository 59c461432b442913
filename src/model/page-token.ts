/**
 * Page tokens: opaque, URL-safe as they are, signed, and good for 24 hours (ledger, row 30). A token says after which
 * record to go on, and for which list it was given; the caller's right to what the list is of is checked on every page,
 * so that its organization needs no mention. Nothing is kept on the server.
 */
import { clockDifferenceMs } from './access-token.ts'
import type { Context } from './ports/context.ts'
import { refuse } from './refusal.ts'

const pageTokenLifeMs = 24 * 3_600_000
const version = 1

/** `list` tells this list from every other; `position` is what `readPageToken` gives back. */
export function writePageToken(
  context: Context,
  list: string,
  position: readonly (string | number)[],
): string {
  const expiresAt = context.now() + pageTokenLifeMs
  return context.secrets.sign(JSON.stringify([version, list, expiresAt, ...position]), 'page-token')
}

/** Refuses with INVALID_PARAM a token that was changed, has expired, or was given for another list. */
export function readPageToken(context: Context, token: string, list: string): readonly unknown[] {
  const payload = context.secrets.verify(token, 'page-token')
  const fields: unknown = payload === undefined ? undefined : JSON.parse(payload)
  if (!Array.isArray(fields) || fields[0] !== version || fields[1] !== list) {
    throw refuse('INVALID_PARAM', 'nextToken is invalid: it was not given for this list.')
  }
  const leftMs = Number(fields[2]) - context.now()
  if (leftMs <= 0 || leftMs > pageTokenLifeMs + clockDifferenceMs) {
    throw refuse('INVALID_PARAM', 'nextToken has expired: a continuation token is good for 24 hours.')
  }
  return fields.slice(3)
}
