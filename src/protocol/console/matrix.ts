/** Which skill is on in which room: one character for each skill of a unit. */
import * as Type from 'typebox'
import { Stage } from '../enablement.ts'
import { SkillId, UnitId } from '../identifiers.ts'
import { UnitView } from '../operator.ts'
import { longAfter, paginationContext } from '../operator-pages.ts'

/** The maximum number of skills of a matrix. */
export const matrixSkillsMax = 200
export const rowsMax = 1000

export const MatrixQuery = Type.Object({
  after: longAfter,
  maxResults: Type.Optional(
    Type.Integer({ minimum: 1, maximum: rowsMax, default: rowsMax, description: 'Maximum number of rows.' }),
  ),
  skillId: Type.Optional(
    Type.Array(SkillId, {
      minItems: 1,
      maxItems: matrixSkillsMax,
      description: 'Only these skills, in this order. May occur several times.',
    }),
  ),
})
export type MatrixQuery = Type.Static<typeof MatrixQuery>

export const MatrixSkill = Type.Object({
  id: SkillId,
  name: Type.String(),
  stages: Type.Array(Stage),
  isSubscription: Type.Boolean({ description: 'A pre-defined skill, which a property has.' }),
  hasAccountLinking: Type.Boolean(),
  authorizationUri: Type.Optional(
    Type.String({ description: 'Where a person signs in at the OAuth 2.0 server of the skill.' }),
  ),
  linkClientId: Type.Optional(Type.String({ description: 'The client ID of the skill at that server.' })),
  linkScopes: Type.Optional(Type.Array(Type.String(), { description: 'The scopes to ask for there.' })),
})
export type MatrixSkill = Type.Static<typeof MatrixSkill>

const { organizationId: _, ...rowProperties } = UnitView.properties
export const MatrixRow = Type.Object({
  ...rowProperties,
  cells: Type.String({
    description:
      'One character for each skill, in the order of `skills`. `.`: off. `E`: ENABLED. `e`: ENABLING. `w`: waits for its account link. `!`: ENABLED, but NOT_LINKED where the skill has account linking.',
  }),
  changedAt: Type.Optional(
    Type.String({
      format: 'date-time',
      description:
        'The time of the newest entry of the operations log about the unit itself, in the form of RFC 3339. Absent if the log has none any more.',
    }),
  ),
})
export type MatrixRow = Type.Static<typeof MatrixRow>

export const Matrix = Type.Object({
  position: Type.String({
    description:
      'The ID of the newest entry of the operations log before the page was read; empty if there was none. Every change that the page lacks comes as an event from this position on.',
  }),
  organizationId: UnitId,
  skills: Type.Array(MatrixSkill, {
    description:
      'The skills of the catalog in the order of their names, then the pre-defined ones of the organization.',
  }),
  hasMoreSkills: Type.Optional(
    Type.Literal(true, { description: `There are more than ${matrixSkillsMax} skills. skillId chooses.` }),
  ),
  rows: Type.Array(MatrixRow, {
    description:
      'The unit and all units below it, each before those below it, siblings in the order of creation.',
  }),
  paginationContext,
})
export type Matrix = Type.Static<typeof Matrix>
