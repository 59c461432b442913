/** Changes of many units and skills: what is asked, and what became of it. */
import * as Type from 'typebox'
import { Stage } from '../enablement.ts'
import { SkillId, UnitId } from '../identifiers.ts'
import { actorName, after, maxResults, paginationContext } from '../operator-pages.ts'

/** The most units that a request can name, and the most skills. */
export const changeUnitsMax = 10_000
export const changeSkillsMax = 50
/** The most items of a change: units times skills. */
export const changeItemsMax = 100_000

const ChangeAction = Type.Unsafe<'enable' | 'disable'>(Type.String({ enum: ['enable', 'disable'] }))
export type ChangeAction = Type.Static<typeof ChangeAction>

const PartitionText = Type.Object(
  {
    text: Type.String({
      maxLength: 2048,
      pattern: '^ *[A-Za-z0-9-]{1,255} *(, *[A-Za-z0-9-]{1,255} *){0,99}$',
      description: 'The partition names of every unit, as `partitionName` of an enable request.',
    }),
  },
  { additionalProperties: false },
)

export const ChangeRequest = Type.Object(
  {
    action: ChangeAction,
    skillIds: Type.Array(SkillId, {
      minItems: 1,
      maxItems: changeSkillsMax,
      description: `1 to ${changeSkillsMax} skills.`,
    }),
    units: Type.Object(
      {
        ids: Type.Optional(
          Type.Array(UnitId, {
            minItems: 1,
            maxItems: changeUnitsMax,
            description: `1 to ${changeUnitsMax} units. A repeated ID counts once.`,
          }),
        ),
        under: Type.Optional(
          Type.Unsafe<UnitId>({ ...UnitId, description: 'This unit and all units below it.' }),
        ),
        level: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 15,
            description: 'With `under`: only the units of this level.',
          }),
        ),
        name: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 250,
            description: 'With `under`: only the units with this text in their names, whatever its case.',
          }),
        ),
      },
      { additionalProperties: false, description: 'Either `ids`, or `under` with what else must hold.' },
    ),
    stage: Type.Optional(
      Type.Unsafe<Stage>({
        ...Stage,
        description:
          'Enable: development or live, by default live. Disable: only records of this stage, by default of any stage.',
      }),
    ),
    partition: Type.Optional(
      Type.Union([Type.Literal('none'), Type.Literal('unit-name'), PartitionText], {
        description:
          'The partition names of what is enabled: none, the letters, digits and hyphens of the name of the unit, or a text. By default a unit keeps those that it has.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type ChangeRequest = Type.Static<typeof ChangeRequest>

/** The outcomes of an item of a change. */
export const changeOutcomes = ['waiting', 'done', 'already', 'refused', 'gone'] as const
export type ChangeOutcome = (typeof changeOutcomes)[number]
const ChangeOutcome = Type.Unsafe<ChangeOutcome>(
  Type.String({
    enum: [...changeOutcomes],
    description:
      'waiting: not done yet, or never where the change was cancelled. already: nothing was to do. gone: the unit does not exist.',
  }),
)

const changeStatuses = ['running', 'done', 'cancelled', 'undone'] as const
export type ChangeStatus = (typeof changeStatuses)[number]
const ChangeStatus = Type.Unsafe<ChangeStatus>(
  Type.String({
    enum: [...changeStatuses],
    description:
      'undone: another change, undoneBy, takes back what this one did. An undo that ended and did nothing does not count.',
  }),
)

const count = Type.Integer({ minimum: 0 })

export const ChangeView = Type.Object({
  id: Type.String({ description: 'Sorts by time.' }),
  action: ChangeAction,
  title: Type.String({ description: 'For people, in English.' }),
  status: ChangeStatus,
  createdAt: Type.String({ description: 'The time, in the form of RFC 3339.' }),
  finishedAt: Type.Optional(Type.String({ description: 'The time, in the form of RFC 3339.' })),
  actor: Type.String({ description: 'As in the operations log.' }),
  actorName: Type.Optional(actorName),
  requestId: Type.String({ description: 'The X-Amzn-RequestId under which the operations log has it.' }),
  unitId: Type.Optional(
    Type.Unsafe<UnitId>({ ...UnitId, description: 'The lowest unit above all its units, if there is one.' }),
  ),
  counts: Type.Object(
    { total: count, waiting: count, done: count, already: count, refused: count, gone: count },
    { description: 'The items: total is the sum of the others.' },
  ),
  skillIds: Type.Array(SkillId),
  stage: Type.Optional(Stage),
  undoOf: Type.Optional(Type.String({ description: 'The change that this one takes back.' })),
  retryOf: Type.Optional(Type.String({ description: 'The change whose failed items this one tries again.' })),
  undoneBy: Type.Optional(Type.String({ description: 'The change that takes this one back.' })),
})
export type ChangeView = Type.Static<typeof ChangeView>

const reason = Type.Optional(Type.String({ description: 'Why it was refused.' }))

const SkillState = Type.Object({
  isOn: Type.Boolean(),
  stage: Type.Optional(Stage),
  partitionNames: Type.Optional(Type.Array(Type.String())),
  nameFreeLocales: Type.Optional(Type.Array(Type.String())),
  isLinked: Type.Optional(Type.Boolean()),
})

export const ChangeItemView = Type.Object({
  unitId: UnitId,
  unitName: Type.Optional(
    Type.String({ description: 'Absent for a unit that is gone, or that the caller may not read.' }),
  ),
  skillId: SkillId,
  outcome: ChangeOutcome,
  reason,
  before: Type.Optional(
    Type.Unsafe<Type.Static<typeof SkillState>>({
      ...SkillState,
      description: 'What the skill was for the unit, of an item that is done.',
    }),
  ),
})
export type ChangeItemView = Type.Static<typeof ChangeItemView>

export const ChangePreview = Type.Object({
  counts: Type.Object({ willChange: count, already: count, refused: count }),
  warnings: Type.Array(Type.String({ description: 'For people, in English.' })),
  items: Type.Array(
    Type.Object({
      unitId: UnitId,
      unitName: Type.Optional(Type.String()),
      skillId: SkillId,
      outcome: Type.Unsafe<'will_change' | 'already' | 'refused'>(
        Type.String({ enum: ['will_change', 'already', 'refused'] }),
      ),
      reason,
    }),
    { description: 'The first 1,000 items; the counts are of all.' },
  ),
  needsCount: Type.Boolean({
    description:
      'A person should repeat the number of units: there are more than 50, or account links would be lost.',
  }),
})
export type ChangePreview = Type.Static<typeof ChangePreview>

const ChangeId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'The ID of a change.',
})
export const ChangePath = Type.Object({ id: ChangeId })

export const UndoQuery = Type.Object({
  preview: Type.Optional(
    Type.Unsafe<'true' | 'false'>(
      Type.String({
        enum: ['true', 'false'],
        default: 'false',
        description: 'Only shows what would change.',
      }),
    ),
  ),
})

export const ChangesQuery = Type.Object({
  under: Type.Optional(
    Type.Unsafe<UnitId>({
      ...UnitId,
      description:
        'Changes of units of this one and below. Without it the operator gets all, and others get their own.',
    }),
  ),
  status: Type.Optional(ChangeStatus),
  after,
  maxResults,
})
export type ChangesQuery = Type.Static<typeof ChangesQuery>

export const ChangeItemsQuery = Type.Object({
  outcome: Type.Optional(ChangeOutcome),
  after: Type.Optional(
    Type.Integer({ minimum: 0, description: '`paginationContext.after` of the previous page.' }),
  ),
  maxResults: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 1000, description: 'Maximum number of results.' }),
  ),
})
export type ChangeItemsQuery = Type.Static<typeof ChangeItemsQuery>

export const ChangePage = Type.Object({ items: Type.Array(ChangeView), paginationContext })
export const ChangeItemPage = Type.Object({
  items: Type.Array(ChangeItemView),
  paginationContext: Type.Object({
    after: Type.Optional(
      Type.Integer({ description: 'The start of the next page; absent on the last page.' }),
    ),
  }),
})
export type ChangeItemPage = Type.Static<typeof ChangeItemPage>
