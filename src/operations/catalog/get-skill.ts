import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { otherSpelling, type Skill } from '../../model/skill.ts'
import { findSubscription } from '../../model/subscription.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId } from '../../protocol/identifiers.ts'

/**
 * Returns the skill, from the catalog or pre-defined. Its ID may have either spelling; records are stored under the ID
 * of the returned skill.
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

/**
 * Returns the skill, which must exist in the given stage. Refuses with NOT_FOUND (ledger, row 14: what cannot be found
 * is 404).
 */
export function getSkill(context: Context, skillId: SkillId, stage?: Stage): MaybePromise<Skill> {
  return whenReady(findSkill(context, skillId), (skill) => requireStage(skill, skillId, stage))
}

function requireStage(skill: Skill | undefined, skillId: SkillId, stage: Stage | undefined): Skill {
  if (skill === undefined)
    throw refuse('NOT_FOUND', `The skill ${skillId} can't be found.`, { reason: 'skill' })
  if (stage !== undefined && !skill.stages.includes(stage)) {
    throw refuse('NOT_FOUND', `The skill ${skillId} doesn't exist in the stage ${stage}.`, {
      reason: 'stage',
    })
  }
  return skill
}
