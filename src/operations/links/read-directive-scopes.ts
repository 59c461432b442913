import type { OperatorCall } from '../../model/access.ts'
import type { Enablement } from '../../model/enablement.ts'
import type { Context } from '../../model/ports/context.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { skillUserIdOf } from '../../model/user-id.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { DirectiveScope, EnablementScopes } from '../../protocol/operator.ts'
import { getSkill } from '../catalog/get-skill.ts'
import { getCatalogUnit } from '../catalog/read-catalog.ts'
import { freshTokens } from './renew-link.ts'
import { leaveEndedLink } from './settle-links.ts'

/**
 * Returns the scopes for directives to a skill for a unit: one, or one for each partition name, all with the access
 * token of the account link. Renews the token first if it expires soon. Refuses with NOT_FOUND if the unit or the skill
 * is unknown, not enabled or not linked, and as `freshTokens` does.
 */
export async function readDirectiveScopes(
  context: Context,
  wanted: { unitId: UnitId; skillId: SkillId; isForced: boolean },
  call: OperatorCall,
): Promise<EnablementScopes> {
  const { unitId, skillId, isForced } = wanted
  await getCatalogUnit(context, unitId)
  const { accountLinking: linking, id } = await getSkill(context, skillId)
  const enablement = await context.storage.enablements.find(unitId, id)
  if (enablement === undefined) throw refuse('NOT_FOUND', `${skillId} is not enabled for ${unitId}.`)
  if (linking === undefined || !enablement.isLinked || enablement.linkName === undefined) {
    throw refuse('NOT_FOUND', `${skillId} is not linked for ${unitId}: the skill receives no token.`)
  }
  const key = { organizationId: enablement.organizationId, skillId: id, name: enablement.linkName }
  const renewal = { linking, key, isForced, call }
  const { accessToken, expiresAt } = await freshTokens(context, renewal).catch(async (error: unknown) => {
    if (error instanceof Refusal && error.code === 'NOT_FOUND') await leaveEndedLink(context, key, unitId)
    throw error
  })
  return {
    unit: { id: unitId },
    skill: { id: skillId, stage: enablement.stage },
    ...(expiresAt !== undefined && { expiresAt: timeText(expiresAt) }),
    scopes: scopesOf(context, enablement, accessToken),
  }
}

function scopesOf(context: Context, enablement: Enablement, token: string): DirectiveScope[] {
  const { partitionNames, organizationId, skillId } = enablement
  if (partitionNames.length === 0) return [{ type: 'BearerToken', token }]
  const userId = skillUserIdOf(context, organizationId, skillId)
  return partitionNames.map((partition) => ({ type: 'BearerTokenWithPartition', token, partition, userId }))
}

/** A token server may return an expiry that exceeds the range of `Date`. */
function timeText(at: number): string {
  return new Date(Math.min(at, Date.UTC(9999, 11, 31))).toISOString()
}
