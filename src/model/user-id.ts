import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import { base32 } from './base32.ts'
import type { Context } from './ports/context.ts'

/**
 * Returns the ID of the account of a client, in the form of Login with Amazon. There are no accounts of persons, so
 * each client has its own, constant account.
 */
export function userIdOf(context: Context, clientId: string): string {
  return `amzn1.account.${hashed(context, clientId)}`
}

/** Returns the ID of an organization for a skill: constant for one skill, and not comparable across skills. */
export function skillUserIdOf(context: Context, organizationId: UnitId, skillId: SkillId): string {
  return `amzn1.ask.account.${hashed(context, `${organizationId} ${skillId}`)}`
}

function hashed(context: Context, text: string): string {
  const bytes = Buffer.from(context.secrets.hash(text, 'user-id'), 'base64url').subarray(0, 28)
  return base32(bytes)
}
