import Type, { type Static } from 'typebox'
import { SkillId, UnitId } from './identifiers.ts'

/** Skill stage. Source: "Response body parameters" of "Get a skill enablement record for a unit". */
export const Stage = Type.Union(
  [Type.Literal('development'), Type.Literal('certification'), Type.Literal('live')],
  { description: 'Skill stage: development, certification, or live.' },
)
export type Stage = Static<typeof Stage>
export const stages = ['development', 'certification', 'live'] as const satisfies readonly Stage[]

/** The stages that "Enable a skill for a unit" takes; certification is not among them. */
export const EnableStage = Type.Union([Type.Literal('development'), Type.Literal('live')], {
  description: 'Skill stage: development or live.',
})

export const EnablementStatus = Type.Union([Type.Literal('ENABLING'), Type.Literal('ENABLED')], {
  description: 'Skill enablement status: ENABLING or ENABLED.',
})
export type EnablementStatus = Static<typeof EnablementStatus>

export const AccountLinkStatus = Type.Union([Type.Literal('LINKED'), Type.Literal('NOT_LINKED')], {
  description:
    "Account linking status between the user's Amazon account and their account in the skill's service.",
})
export type AccountLinkStatus = Static<typeof AccountLinkStatus>

const AccountLink = Type.Object({ status: AccountLinkStatus })

/** The record that a skill is on in a unit, as it travels. Source: "Response body parameters" of get and list. */
export const Enablement = Type.Object({
  skill: Type.Object({ stage: Stage, id: SkillId }),
  unit: Type.Object({ id: UnitId }),
  accountLink: AccountLink,
  status: EnablementStatus,
})
export type Enablement = Static<typeof Enablement>

/** What enable answers: `accountLink` only for skills that support account linking (ledger, row 23). */
export const EnableAnswer = Type.Object({
  skill: Enablement.properties.skill,
  unit: Enablement.properties.unit,
  accountLink: Type.Optional(AccountLink),
  status: EnablementStatus,
})
export type EnableAnswer = Static<typeof EnableAnswer>

/** The AccountLinkRequest object. Source: "Request body parameters" of "Enable a skill for a unit". */
export const AccountLinkRequest = Type.Object(
  {
    redirectUri: Type.String({
      minLength: 1,
      maxLength: 2048,
      description:
        'The redirect_uri of the authorization request to the OAuth 2.0 server of the skill; passed through untouched.',
    }),
    authCode: Type.String({ minLength: 1, maxLength: 4096, description: 'An OAuth 2.0 authorization code.' }),
    type: Type.Literal('AUTH_CODE', { description: 'The only supported value is AUTH_CODE.' }),
  },
  { description: 'Account linking request information; required for skills that support account linking.' },
)
export type AccountLinkRequest = Static<typeof AccountLinkRequest>

const PartitionName = Type.String({
  maxLength: 2048,
  description: 'One partition name, or several separated by commas; a name is letters, digits and hyphens.',
  examples: ['Room-101', 'Room101, Room202'],
})

/** Body of "Enable a skill for a unit". */
export const EnableRequest = Type.Object({
  unitId: UnitId,
  stage: EnableStage,
  partitionName: Type.Optional(PartitionName),
  accountLinkRequest: Type.Optional(AccountLinkRequest),
})
export type EnableRequest = Static<typeof EnableRequest>

/** One item of "Enable a skill for multiple units". `itemId` is a safe integer, unique in its request. */
export const BatchItem = Type.Object({
  itemId: Type.Integer({
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'A unique identifier for the request item. Must be unique within the request.',
  }),
  unitId: UnitId,
  stage: Stage,
  partitionName: Type.Optional(PartitionName),
  accountLinkRequest: Type.Optional(AccountLinkRequest),
})
export type BatchItem = Static<typeof BatchItem>

/** Body of "Enable a skill for multiple units": 1 to 100 items unless the service is set otherwise. */
export const BatchEnableRequest = Type.Object({
  items: Type.Array(BatchItem, {
    description: 'A list of request items. Each item represents an enablement request for a single unit.',
  }),
})
export type BatchEnableRequest = Static<typeof BatchEnableRequest>

/** Query of get: the unit. */
export const GetQuery = Type.Object({ unitId: UnitId })

/** Query of disable: the unit and, if the stage matters, the stage that must be the enabled one. */
export const DisableQuery = Type.Object({ unitId: UnitId, stage: Type.Optional(Stage) })

/** Query of list: `maxResults` 1 to 10, default 10; `nextToken` from the page before. */
export const ListQuery = Type.Object({
  unitId: UnitId,
  maxResults: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10,
      default: 10,
      description: 'Maximum number of results to display, from 1 to 10.',
    }),
  ),
  nextToken: Type.Optional(
    Type.String({ maxLength: 2048, description: 'Continuation token of the previous answer.' }),
  ),
})

/** One page of a list; `nextToken` is absent on the last page. */
export const EnablementPage = Type.Object({
  paginationContext: Type.Object({ nextToken: Type.Optional(Type.String()) }),
  items: Type.Array(Enablement),
})
export type EnablementPage = Static<typeof EnablementPage>

export const SkillPath = Type.Object({ skillId: SkillId })
