/**
 * The requests and responses of the API as plain interfaces with plain strings: the published declarations need no other
 * package. A type test compares them with the schemas of the service.
 */

/** Skill stage. */
export type Stage = 'development' | 'certification' | 'live'

/** The stages that enable accepts. */
export type EnableStage = 'development' | 'live'

/** The record of a skill that is enabled for a unit. Source: "Response body parameters" of get, list and enable. */
export interface Enablement {
  readonly skill: { readonly stage: Stage; readonly id: string }
  readonly unit: { readonly id: string }
  /** Always present in the results of get and list. In that of enable only for skills that support account linking. */
  readonly accountLink?: { readonly status: 'LINKED' | 'NOT_LINKED' }
  /** The service enables in the background: first `ENABLING`, then `ENABLED`. */
  readonly status: 'ENABLING' | 'ENABLED'
  /** Present if `expand` requested it and the unit has it. */
  readonly nameFreeInvocation?: NameFreeInvocation
}

/** The locales in which guests can use the skill without its name. */
export interface NameFreeInvocation {
  /** 1 to 100, such as `en-US`. */
  readonly locales: readonly string[]
}

/** An attribute that get and list add to an enablement on request. */
export type Expandable = 'nameFreeInvocation'

/** Required for skills that support account linking, unless the organization has a delegated link. */
export interface AccountLinkRequest {
  /** The `redirect_uri` of the authorization request to the skill's own OAuth 2.0 server, byte for byte; at most 2048 characters. */
  readonly redirectUri: string
  /** The authorization code that this server issued; at most 4096 characters. */
  readonly authCode: string
  readonly type: 'AUTH_CODE'
}

/** A skill and a unit. */
export interface Target {
  /** `amzn1.ask.skill.{id}` */
  readonly skillId: string
  /** `amzn1.alexa.unit.did.{id}` */
  readonly unitId: string
}

/** A request for one enablement. */
export interface GetRequest extends Target {
  /** If present, this stage must be the enabled one. */
  readonly stage?: Stage
  readonly expand?: readonly Expandable[]
}

/** A request to disable a skill for a unit. */
export interface DisableRequest extends Target {
  /** If present, this stage must be the enabled one. */
  readonly stage?: Stage
}

/** Parameters of enabling, besides the stage. */
interface Enabling {
  /** One partition name, or several separated by commas; a name is letters, digits and hyphens. */
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest
  readonly nameFreeInvocationRequest?: NameFreeInvocation
}

/** A request to enable a skill for a unit. */
export interface EnableRequest extends Target, Enabling {
  readonly stage: EnableStage
}

/** A request for a page of a unit's enablements. */
export interface ListRequest {
  readonly unitId: string
  readonly expand?: readonly Expandable[]
  /** Enablements per page, 1 to 10 (10). */
  readonly maxResults?: number
  /** The `nextToken` of the previous page. */
  readonly nextToken?: string
}

/** One unit of a batch. */
export interface BatchGetItem {
  /** An integer, unique in the request. */
  readonly itemId: number
  readonly unitId: string
}

/** One unit of a batch to disable. With a stage, only that stage is disabled. */
export interface BatchDisableItem extends BatchGetItem {
  readonly stage?: Stage
}

/** One unit of a batch to enable. */
export interface BatchItem extends BatchGetItem, Enabling {
  readonly stage: Stage
}

/** A request to enable a skill for 1 to 100 units. */
export interface BatchEnableRequest {
  readonly skillId: string
  readonly items: readonly BatchItem[]
}

/** A request to disable a skill for 1 to 100 units. */
export interface BatchDisableRequest {
  readonly skillId: string
  readonly items: readonly BatchDisableItem[]
}

/** A request for a page of the enablements of several units, 1 to 1,000 with Skillkeeper. */
export interface BatchGetRequest {
  readonly items: readonly BatchGetItem[]
  readonly expand?: readonly Expandable[]
  /** Units per page, 1 to 10 (10). */
  readonly maxResults?: number
  /** The `nextToken` of the previous page. */
  readonly nextToken?: string
}

/** Every result has these properties. */
export interface Answered {
  /** The ID that the service and its log use for the request; absent if the service sent none. */
  readonly requestId: string | undefined
}

/** One page of many. */
export interface Page extends Answered {
  /** Absent on the last page: the service sent no token, `null`, or an empty one. */
  readonly nextToken: string | undefined
}

/** One page of a list. */
export interface EnablementPage extends Page {
  readonly items: readonly Enablement[]
}

/** The enablements of a unit. */
export interface UnitEnablements {
  readonly unitId: string
  readonly enablements: readonly Enablement[]
}

/** One page of the enablements of several units. Units without enablements are left out. */
export interface UnitEnablementsPage extends Page {
  readonly results: readonly UnitEnablements[]
}

/** A unit to enable. Its own properties override those of the request. */
export type UnitToEnable = string | ({ readonly unitId: string; readonly stage?: Stage } & Enabling)

/** A request to enable a skill for many units. */
export interface EnableManyRequest extends Enabling {
  readonly skillId: string
  readonly stage: Stage
}

/** A unit to disable. Its own stage overrides that of the request. */
export type UnitToDisable = string | { readonly unitId: string; readonly stage?: Stage }

/** A skill to disable, or to wait for, in many units. With a stage, only that stage counts. */
export interface SkillRequest {
  readonly skillId: string
  readonly stage?: Stage
}

/** A skill and a unit to wait for. With `stage`, only that stage counts. */
export interface WaitRequest extends Target {
  readonly stage?: Stage
}
