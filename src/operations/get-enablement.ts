import type { Principal } from '../model/access.ts'
import type { Context } from '../model/context.ts'
import { enablementBody } from '../model/enablement.ts'
import { refuse } from '../model/refusal.ts'
import type { Enablement } from '../protocol/enablement.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import { getSkill } from './get-skill.ts'
import { mayManage } from './may-manage.ts'

/** "Get a skill enablement record for a unit". Refuses with NOT_FOUND what is not enabled (ledger, row 24). */
export async function getEnablement(
  context: Context,
  principal: Principal,
  target: { skillId: SkillId; unitId: UnitId },
): Promise<Enablement> {
  await mayManage(context, principal, target.unitId, 'get')
  await getSkill(context, target.skillId)
  const enablement = await context.storage.enablements.find(target.unitId, target.skillId)
  if (enablement === undefined) throw refuse('NOT_FOUND', notEnabledMessage(target))
  return enablementBody(enablement)
}

export function notEnabledMessage(target: { skillId: SkillId; unitId: UnitId }): string {
  return `The skill ${target.skillId} is not enabled for the unit ${target.unitId}.`
}
