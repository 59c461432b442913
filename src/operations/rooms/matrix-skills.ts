/** The skills that are columns of a matrix. */
import type { Context } from '../../model/ports/context.ts'
import type { CellSkills } from '../../model/ports/room-storage.ts'
import type { Skill } from '../../model/skill.ts'
import { findSubscription, subscriptions } from '../../model/subscription.ts'
import type { Unit } from '../../model/unit.ts'
import { type MatrixSkill, matrixSkillsMax } from '../../protocol/console/matrix.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { getSkill } from '../catalog/get-skill.ts'

/** The maximum number of skills of the catalog that are put in order. */
const skillsMax = 10_000

export interface Columns {
  readonly skills: readonly Skill[]
  /** There are more skills in the catalog. */
  readonly hasMore: boolean
}

/**
 * Returns the chosen skills in their order, or else those of the catalog by name, then the subscriptions that the organization can
 * have. Refuses with NOT_FOUND an unknown skill.
 */
export async function columnsOf(
  context: Context,
  { solution, country }: Unit,
  chosen: readonly SkillId[] | undefined,
): Promise<Columns> {
  if (chosen !== undefined) {
    const found = new Map<SkillId, Skill>()
    for (const id of chosen) {
      const skill = await getSkill(context, id)
      found.set(skill.id, skill)
    }
    return { skills: [...found.values()], hasMore: false }
  }
  const names = await context.storage.rooms.listSkillNames(skillsMax)
  const inOrder = names.map((skill) => ({ ...skill, key: skill.name.toLowerCase() })).sort(byName)
  const predefined = subscriptions.filter((one) => one.solution === solution && one.country === country)
  const skills: Skill[] = []
  for (const { id } of inOrder.slice(0, matrixSkillsMax)) {
    const skill = await context.storage.catalog.findSkill(id)
    // It may have been removed meanwhile.
    if (skill !== undefined) skills.push(skill)
  }
  skills.push(...predefined.map(({ skill }) => skill))
  const hasMore = names.length + predefined.length > matrixSkillsMax
  return { skills: skills.slice(0, matrixSkillsMax), hasMore }
}

interface Named {
  readonly id: SkillId
  readonly key: string
}

/** The same order in every place, whatever the language of a database. */
function byName(one: Named, other: Named): number {
  const [first, second] = one.key === other.key ? [one.id, other.id] : [one.key, other.key]
  return first < second ? -1 : 1
}

export function cellSkills({ skills, hasMore }: Columns, areChosen: boolean): CellSkills {
  return {
    skills: skills.map(({ id, accountLinking }) => ({ id, hasAccountLinking: accountLinking !== undefined })),
    areAll: !hasMore && !areChosen,
  }
}

export function skillColumn({ id, name, stages, accountLinking }: Skill): MatrixSkill {
  return {
    id,
    name,
    stages: [...stages],
    isSubscription: findSubscription(id) !== undefined,
    hasAccountLinking: accountLinking !== undefined,
    ...(accountLinking?.authorizationUri !== undefined && {
      authorizationUri: accountLinking.authorizationUri,
      linkClientId: accountLinking.clientId,
    }),
    ...(accountLinking?.scopes !== undefined && { linkScopes: [...accountLinking.scopes] }),
  }
}
