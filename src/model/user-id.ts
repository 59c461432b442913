import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import { base32 } from './base32.ts'
import type { Context } from './ports/context.ts'

/**
 * The ID of the account that a client acts for, in the form of Login with Amazon. There are no accounts of persons
 * here, so each client has one of its own, and always the same.
 */
export function userIdOf(context: Context, clientId: string): string {
  return `amzn1.account.${hashed(context, clientId)}`
}

/** The ID of an organization as a skill knows it: always the same for one skill, and not comparable across skills. */
export function skillUserIdOf(context: Context, organizationId: UnitId, skillId: SkillId): string {
  return `amzn1.ask.account.${hashed(context, `${organizationId} ${skillId}`)}`
}

function hashed(context: Context, text: string): string {
  const bytes = Buffer.from(context.secrets.hash(text, 'user-id'), 'base64url').subarray(0, 28)
  return base32(bytes)
}
