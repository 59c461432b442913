import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { otherSpelling, type Skill } from '../../model/skill.ts'
import { findSubscription } from '../../model/subscription.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId } from '../../protocol/identifiers.ts'

/**
 * The skill, whether it is in the catalog or pre-defined. Its ID may be written in either way: what is stored is stored
 * under the ID of the skill that this returns.
 */
export async function findSkill(context: Context, skillId: SkillId): Promise<Skill | undefined> {
  return (await findSpelt(context, skillId)) ?? (await findSpelt(context, otherSpelling(skillId)))
}

async function findSpelt(context: Context, skillId: SkillId): Promise<Skill | undefined> {
  return findSubscription(skillId)?.skill ?? (await context.storage.catalog.findSkill(skillId))
}

/** The skill, which must exist in the stage if one is given. Refuses with NOT_FOUND (ledger, row 14). */
export async function getSkill(context: Context, skillId: SkillId, stage?: Stage): Promise<Skill> {
  const skill = await findSkill(context, skillId)
  if (skill === undefined)
    throw refuse('NOT_FOUND', `The skill ${skillId} can't be found.`, { reason: 'skill' })
  if (stage !== undefined && !skill.stages.includes(stage)) {
    throw refuse('NOT_FOUND', `The skill ${skillId} doesn't exist in the stage ${stage}.`, {
      reason: 'skill',
    })
  }
  return skill
}
