import * as Type from 'typebox'
import { SkillId, UnitId } from './identifiers.ts'

/** Skill stage. Source: "Response body parameters" of "Get a skill enablement record for a unit". */
export const Stage = Type.Union(
  [Type.Literal('development'), Type.Literal('certification'), Type.Literal('live')],
  { description: 'Skill stage: development, certification, or live.' },
)
export type Stage = Type.Static<typeof Stage>
export const stages = ['development', 'certification', 'live'] as const satisfies readonly Stage[]

/** The stages that "Enable a skill for a unit" accepts, without certification. */
export const EnableStage = Type.Union([Type.Literal('development'), Type.Literal('live')], {
  description: 'Skill stage: development or live.',
})

export const EnablementStatus = Type.Union([Type.Literal('ENABLING'), Type.Literal('ENABLED')], {
  description: 'Skill enablement status: ENABLING or ENABLED.',
})
export type EnablementStatus = Type.Static<typeof EnablementStatus>

export const AccountLinkStatus = Type.Union([Type.Literal('LINKED'), Type.Literal('NOT_LINKED')], {
  description:
    "Account linking status between the user's Amazon account and their account in the skill's service.",
})
export type AccountLinkStatus = Type.Static<typeof AccountLinkStatus>

const AccountLink = Type.Object({ status: AccountLinkStatus })

/** A language tag in the form of Unicode locale identifiers: BCP 47 without its historic forms. */
const locale =
  '^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[0-9A-WYZa-wyz](-[A-Za-z0-9]{2,8})+)*(-[xX](-[A-Za-z0-9]{1,8})+)?$'

/**
 * The use of a skill without its name. Source: newer editions of the page (ledger, row T6: these name the attribute).
 */
export const NameFreeInvocation = Type.Object(
  {
    locales: Type.Array(
      Type.String({
        pattern: locale,
        maxLength: 100,
        description: 'A locale in the form of BCP 47, such as en-US.',
        examples: ['en-US'],
      }),
      { minItems: 1, maxItems: 100, description: '1 to 100 locales in the form of BCP 47.' },
    ),
  },
  { description: 'The locales in which the skill is used without its name.' },
)
export type NameFreeInvocation = Type.Static<typeof NameFreeInvocation>

/**
 * The record that a skill is enabled for a unit, as the API sends it. `nameFreeInvocation` only on request. Source:
 * "Response body parameters" of get and list.
 */
export const Enablement = Type.Object({
  skill: Type.Object({ stage: Stage, id: SkillId }),
  unit: Type.Object({ id: UnitId }),
  accountLink: AccountLink,
  status: EnablementStatus,
  nameFreeInvocation: Type.Optional(NameFreeInvocation),
})
export type EnablementBody = Type.Static<typeof Enablement>

/**
 * The response of enable. It contains `accountLink` only for skills with account linking (ledger, row 23: as the page
 * says).
 */
export const EnableAnswer = Type.Object({
  skill: Enablement.properties.skill,
  unit: Enablement.properties.unit,
  accountLink: Type.Optional(AccountLink),
  status: EnablementStatus,
})
export type EnableAnswer = Type.Static<typeof EnableAnswer>

/** The AccountLinkRequest object. Source: "Request body parameters" of "Enable a skill for a unit". */
export const AccountLinkRequest = Type.Object(
  {
    redirectUri: Type.String({
      minLength: 1,
      maxLength: 2048,
      description:
        'The redirect_uri of the authorization request to the OAuth 2.0 server of the skill; passed on unchanged.',
    }),
    authCode: Type.String({ minLength: 1, maxLength: 4096, description: 'An OAuth 2.0 authorization code.' }),
    type: Type.Literal('AUTH_CODE', { description: 'The only supported value is AUTH_CODE.' }),
  },
  { description: 'Account linking request information; required for skills that support account linking.' },
)
export type AccountLinkRequest = Type.Static<typeof AccountLinkRequest>

const PartitionName = Type.String({
  maxLength: 2048,
  pattern: '^ *[A-Za-z0-9-]{1,255} *(, *[A-Za-z0-9-]{1,255} *){0,99}$',
  description:
    'One partition name, or several (at most 100) separated by commas; a name is letters, digits and hyphens.',
  examples: ['Room-101', 'Room101, Room202'],
})

/** Body of "Enable a skill for a unit". */
export const EnableRequest = Type.Object({
  unitId: UnitId,
  stage: EnableStage,
  partitionName: Type.Optional(PartitionName),
  accountLinkRequest: Type.Optional(AccountLinkRequest),
  nameFreeInvocationRequest: Type.Optional(NameFreeInvocation),
})
export type EnableRequest = Type.Static<typeof EnableRequest>

/** A safe integer, unique in the request. */
export const ItemId = Type.Integer({
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'A unique identifier for the request item: an integer, unique within the request.',
})

/** One item of "Get skill enablement for multiple units"; the items of the other batches have more. */
export const BatchGetItem = Type.Object({ itemId: ItemId, unitId: UnitId })
export type BatchGetItem = Type.Static<typeof BatchGetItem>

/** One item of "Disable skill for multiple units". With `stage`, only that stage is disabled. */
export const BatchDisableItem = Type.Object({
  ...BatchGetItem.properties,
  stage: Type.Optional(Stage),
})
export type BatchDisableItem = Type.Static<typeof BatchDisableItem>

/** Body of "Disable skill for multiple units": as many items as in batch enable. */
export const BatchDisableRequest = Type.Object({
  items: Type.Array(BatchDisableItem, {
    description: 'A list of request items. Each item asks to disable the skill for a single unit.',
  }),
})
export type BatchDisableRequest = Type.Static<typeof BatchDisableRequest>

/** One item of "Enable a skill for multiple units". */
export const BatchItem = Type.Object({
  ...BatchGetItem.properties,
  stage: Stage,
  partitionName: Type.Optional(PartitionName),
  accountLinkRequest: Type.Optional(AccountLinkRequest),
  nameFreeInvocationRequest: Type.Optional(NameFreeInvocation),
})
export type BatchItem = Type.Static<typeof BatchItem>

/** Body of "Enable a skill for multiple units": 1 to 100 items by default. */
export const BatchEnableRequest = Type.Object({
  items: Type.Array(BatchItem, {
    description: 'A list of request items. Each item represents an enablement request for a single unit.',
  }),
})
export type BatchEnableRequest = Type.Static<typeof BatchEnableRequest>

const expandable = 'nameFreeInvocation'
const Expand = Type.Optional(
  Type.String({
    pattern: `^ *${expandable} *(, *${expandable} *)*$`,
    maxLength: 255,
    description: `Attributes to add to each record, separated by commas. The only one is ${expandable}.`,
    examples: [expandable],
  }),
)

/** Query of get: the unit and, optionally, the stage that must be enabled. */
export const GetQuery = Type.Object({ unitId: UnitId, stage: Type.Optional(Stage), expand: Expand })

/** Query of disable: the unit and, optionally, the stage that must be enabled. */
export const DisableQuery = Type.Object({ unitId: UnitId, stage: Type.Optional(Stage) })

/** `maxResults` 1 to 10, default 10; `nextToken` of the previous page. */
const PageRequest = Type.Object({
  maxResults: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10,
      default: 10,
      description: 'Maximum number of results to display, from 1 to 10.',
    }),
  ),
  nextToken: Type.Optional(
    Type.String({ maxLength: 2048, description: 'Continuation token of the previous response.' }),
  ),
})

/** Query of list: the unit and the page. */
export const ListQuery = Type.Object({ unitId: UnitId, expand: Expand, ...PageRequest.properties })

/** `nextToken` is absent on the last page. */
const PaginationContext = Type.Object({ nextToken: Type.Optional(Type.String()) })

/** One page of a list. */
export const EnablementPage = Type.Object({
  paginationContext: PaginationContext,
  items: Type.Array(Enablement),
})
export type EnablementPage = Type.Static<typeof EnablementPage>

/** The properties of the body of "Get skill enablement for multiple units" other than its items. */
export const BatchGetOptions = Type.Object({
  paginationContext: Type.Optional(PageRequest),
  expand: Type.Optional(
    Type.Array(Type.Literal(expandable, { description: `The only attribute is ${expandable}.` }), {
      maxItems: 100,
      description: `Attributes to add to each record. The only one is ${expandable}.`,
    }),
  ),
})
export type BatchGetOptions = Type.Static<typeof BatchGetOptions>

/** Body of "Get skill enablement for multiple units": 1 to 1,000 items. */
export const BatchGetRequest = Type.Object({
  items: Type.Array(BatchGetItem, { description: 'A list of request items, 1 to 1,000. Each names a unit.' }),
  ...BatchGetOptions.properties,
})
export type BatchGetRequest = Type.Static<typeof BatchGetRequest>

/** The enablements of the unit of an item: at least one. After 100 records, the next page continues the unit. */
export const EnablementsOfUnit = Type.Object({
  ...BatchGetItem.properties,
  enablements: Type.Array(Enablement),
})
export type EnablementsOfUnit = Type.Static<typeof EnablementsOfUnit>

/** One page of "Get skill enablement for multiple units". A page counts units and leaves out those without records. */
export const EnablementsOfUnitsPage = Type.Object({
  paginationContext: PaginationContext,
  results: Type.Array(EnablementsOfUnit),
})
export type EnablementsOfUnitsPage = Type.Static<typeof EnablementsOfUnitsPage>

export const SkillPath = Type.Object({ skillId: SkillId })
