/**
 * Page tokens: opaque, URL-safe as they are, signed, and good for 24 hours (ledger, row 30). A token says after which
 * record to go on, and for which unit it was given; the caller's right to the unit is checked on every page, so that
 * the unit's organization needs no mention. Nothing is kept on the server.
 */
import type { Context } from '../model/context.ts'
import { refuse } from '../model/refusal.ts'
import type { ListPosition } from '../model/storage.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'

const pageTokenLifeMs = 24 * 3_600_000
const version = 1

export function writePageToken(context: Context, position: ListPosition, unitId: UnitId): string {
  const expiresAt = context.now() + pageTokenLifeMs
  const payload = JSON.stringify([version, unitId, expiresAt, position.createdAt, position.skillId])
  return context.secrets.sign(payload, 'page-token')
}

/** Refuses with INVALID_PARAM a token that was changed, has expired, or was given for another unit. */
export function readPageToken(context: Context, token: string, unitId: UnitId): ListPosition {
  const payload = context.secrets.verify(token, 'page-token')
  const fields: unknown = payload === undefined ? undefined : JSON.parse(payload)
  if (!Array.isArray(fields) || fields[0] !== version || fields[1] !== unitId) {
    throw refuse('INVALID_PARAM', 'nextToken is invalid: it was not given for a list of this unit.')
  }
  if (Number(fields[2]) <= context.now()) {
    throw refuse('INVALID_PARAM', 'nextToken has expired: a continuation token is good for 24 hours.')
  }
  // The signature vouches for the form.
  return { createdAt: Number(fields[3]), skillId: fields[4] as SkillId }
}
