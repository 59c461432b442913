import type { Context } from '../model/context.ts'
import { refuse } from '../model/refusal.ts'
import type { Skill } from '../model/skill.ts'
import type { Stage } from '../protocol/enablement.ts'
import type { SkillId } from '../protocol/identifiers.ts'

/** The skill, which must exist in the stage if one is given. Refuses with NOT_FOUND (ledger, row 14). */
export async function getSkill(context: Context, skillId: SkillId, stage?: Stage): Promise<Skill> {
  const skill = await context.storage.catalog.findSkill(skillId)
  if (skill === undefined) throw refuse('NOT_FOUND', `The skill ${skillId} can't be found.`)
  if (stage !== undefined && !skill.stages.includes(stage)) {
    throw refuse('NOT_FOUND', `The skill ${skillId} doesn't exist in the stage ${stage}.`)
  }
  return skill
}
