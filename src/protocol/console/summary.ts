/** How often something is on. */
import * as Type from 'typebox'
import { SkillId } from '../identifiers.ts'
import { UnitView } from '../operator.ts'
import { after, maxResults, paginationContext } from '../operator-pages.ts'

/** The units whose enablements one answer counts, at most. */
export const countedUnitsMax = 20_000

const counts = {
  on: Type.Integer({ description: 'Enablements, whatever their status.' }),
  enabling: Type.Integer({ description: 'Those that are ENABLING or wait for their account link.' }),
  notLinked: Type.Integer({
    description: 'Those that are ENABLED, but NOT_LINKED where the skill has account linking.',
  }),
}

export const SummaryQuery = Type.Object({ after, maxResults })
export type SummaryQuery = Type.Static<typeof SummaryQuery>

export const SummarySkill = Type.Object({ id: SkillId, name: Type.String(), ...counts })
export const SummaryChild = Type.Object({
  unit: UnitView,
  units: Type.Integer({ description: 'The unit and all units below it.' }),
  ...counts,
})

export const Summary = Type.Object({
  unit: UnitView,
  units: Type.Integer({ description: 'The unit and all units below it that the caller may read.' }),
  skills: Type.Array(SummarySkill, {
    description: 'At most 200 skills, as in the matrix.',
  }),
  children: Type.Array(SummaryChild, { description: 'The units directly below, in the order of creation.' }),
  isPartial: Type.Optional(
    Type.Literal(true, {
      description: `There are more units: only the first ${countedUnitsMax} are counted.`,
    }),
  ),
  paginationContext,
})
export type Summary = Type.Static<typeof Summary>
