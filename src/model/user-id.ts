import type { PrincipalId, SkillId, UnitId } from '../protocol/identifiers.ts'
import { base32 } from './base32.ts'
import type { Context } from './ports/context.ts'

/** Returns the ID of the account of a client, in the form of Login with Amazon: constant, and the client's own. */
export function accountOf(context: Pick<Context, 'secrets'>, clientId: string): PrincipalId {
  // The text has the form of the schema.
  return `amzn1.account.${hashed(context, clientId)}` as PrincipalId
}

/** Returns the ID of an organization for a skill: constant for one skill, and not comparable across skills. */
export function skillUserIdOf(context: Context, organizationId: UnitId, skillId: SkillId): string {
  return `amzn1.ask.account.${hashed(context, `${organizationId} ${skillId}`)}`
}

function hashed(context: Pick<Context, 'secrets'>, text: string): string {
  const bytes = Buffer.from(context.secrets.hash(text, 'user-id'), 'base64url').subarray(0, 28)
  return base32(bytes)
}
