import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
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
export function findSkill(context: Context, skillId: SkillId): MaybePromise<Skill | undefined> {
  return whenReady(
    findSpelt(context, skillId),
    (skill) => skill ?? findSpelt(context, otherSpelling(skillId)),
  )
}

function findSpelt(context: Context, skillId: SkillId): MaybePromise<Skill | undefined> {
  return findSubscription(skillId)?.skill ?? context.storage.catalog.findSkill(skillId)
}

/** The skill, which must exist in the stage if one is given. Refuses with NOT_FOUND (ledger, row 14). */
export function getSkill(context: Context, skillId: SkillId, stage?: Stage): MaybePromise<Skill> {
  return whenReady(findSkill(context, skillId), (skill) => requireStage(skill, skillId, stage))
}

function requireStage(skill: Skill | undefined, skillId: SkillId, stage: Stage | undefined): Skill {
  if (skill === undefined)
    throw refuse('NOT_FOUND', `The skill ${skillId} can't be found.`, { reason: 'skill' })
  if (stage !== undefined && !skill.stages.includes(stage)) {
    throw refuse('NOT_FOUND', `The skill ${skillId} doesn't exist in the stage ${stage}.`, {
      reason: 'skill',
    })
  }
  return skill
}
