import type { Principal } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { requireDisablable } from '../../model/subscription.ts'
import { writeStamp } from '../../model/write-stamp.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { getSkill } from '../catalog/get-skill.ts'
import { admitUnit } from '../units/admit-unit.ts'
import { notEnabledMessage } from './get-enablement.ts'

/**
 * "Disable a skill for a unit". A given stage must be the enabled one; otherwise, and without a record, NOT_FOUND
 * (ledger, rows 25 and 26: 404 for what does not exist). The background destroys the tokens of a link without
 * enablements (row 27: to disable a skill is to unlink it).
 */
export async function disableSkill(
  context: Context,
  principal: Principal,
  target: { skillId: SkillId; unitId: UnitId; stage?: Stage; requestId: string },
): Promise<void> {
  await admitUnit(context, principal, 'disable', target.unitId)
  const { id } = await getSkill(context, target.skillId)
  requireDisablable(id)
  const stamp = writeStamp(context, principal, target.requestId)
  const wasEnabled = await context.storage.enablements.disable(target.unitId, id, target.stage, stamp)
  if (!wasEnabled) throw refuse('NOT_FOUND', notEnabledMessage(target))
  context.workIsDue(stamp.now)
}
