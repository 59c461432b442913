/**
 * What travels, as a program holds it: plain interfaces with plain strings, so that the published declarations need no
 * other package. A type test holds them against the schemas of the service.
 */

/** Skill stage. */
export type Stage = 'development' | 'certification' | 'live'

/** The stages that enable takes; certification is not among them. */
export type EnableStage = 'development' | 'live'

/** The record that a skill is on in a unit. Source: "Response body parameters" of get, list and enable. */
export interface Enablement {
  readonly skill: { readonly stage: Stage; readonly id: string }
  readonly unit: { readonly id: string }
  /** In the answer to enable only for skills that support account linking; get and list always have it. */
  readonly accountLink?: { readonly status: 'LINKED' | 'NOT_LINKED' }
  /** The service enables in the background: `ENABLING`, and after a moment `ENABLED`. */
  readonly status: 'ENABLING' | 'ENABLED'
  /** Only if it was asked for with `expand`, and where there is any. */
  readonly nameFreeInvocation?: NameFreeInvocation
}

/** Where a skill is used without its name. */
export interface NameFreeInvocation {
  /** 1 to 100, such as `en-US`. */
  readonly locales: readonly string[]
}

/** An attribute that get and list add to an enablement if they are asked for it. */
export type Expandable = 'nameFreeInvocation'

/** Required for skills that support account linking, unless the organization has a delegated link. */
export interface AccountLinkRequest {
  /** The `redirect_uri` of the authorization request to the skill's own OAuth 2.0 server, byte for byte; at most 2048 characters. */
  readonly redirectUri: string
  /** The authorization code that this server gave; at most 4096 characters. */
  readonly authCode: string
  readonly type: 'AUTH_CODE'
}

/** Names a skill in a unit. */
export interface Target {
  /** `amzn1.ask.skill.{id}` */
  readonly skillId: string
  /** `amzn1.alexa.unit.did.{id}` */
  readonly unitId: string
}

/** What to get. */
export interface GetRequest extends Target {
  /** If it is given, this stage must be the enabled one. */
  readonly stage?: Stage
  readonly expand?: readonly Expandable[]
}

/** What to disable. */
export interface DisableRequest extends Target {
  /** If it is given, this stage must be the enabled one. */
  readonly stage?: Stage
}

/** How a skill is to be enabled, besides its stage. */
interface Enabling {
  /** One partition name, or several separated by commas; a name is letters, digits and hyphens. */
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest
  readonly nameFreeInvocationRequest?: NameFreeInvocation
}

/** What to enable. */
export interface EnableRequest extends Target, Enabling {
  readonly stage: EnableStage
}

/** Which page of a unit's enablements. */
export interface ListRequest {
  readonly unitId: string
  readonly expand?: readonly Expandable[]
  /** Enablements on a page, 1 to 10; the service takes 10 without it. */
  readonly maxResults?: number
  /** Of the page before. */
  readonly nextToken?: string
}

/** One unit of a batch. */
export interface BatchGetItem {
  /** An integer, unique in its request. */
  readonly itemId: number
  readonly unitId: string
}

/** One unit in which a skill is to be disabled; with a stage only that one. */
export interface BatchDisableItem extends BatchGetItem {
  readonly stage?: Stage
}

/** One unit in which a skill is to be enabled. */
export interface BatchItem extends BatchGetItem, Enabling {
  readonly stage: Stage
}

/** A skill and the units, 1 to 100, in which it is to be enabled. */
export interface BatchEnableRequest {
  readonly skillId: string
  readonly items: readonly BatchItem[]
}

/** A skill and the units, 1 to 100, in which it is to be disabled. */
export interface BatchDisableRequest {
  readonly skillId: string
  readonly items: readonly BatchDisableItem[]
}

/** Which page of the enablements of several units, 1 to 1,000 with Skillkeeper. */
export interface BatchGetRequest {
  readonly items: readonly BatchGetItem[]
  readonly expand?: readonly Expandable[]
  /** Units on a page, 1 to 10; the service takes 10 without it. */
  readonly maxResults?: number
  /** Of the page before. */
  readonly nextToken?: string
}

/** What every result has besides its content. */
export interface Answered {
  /** The service's name for the request, which its log has too; absent if the service sent none. */
  readonly requestId: string | undefined
}

/** One page of many. */
export interface Page extends Answered {
  /** Absent on the last page, however the service says so: no token, `null`, or an empty one. */
  readonly nextToken: string | undefined
}

/** One page of a list. */
export interface EnablementPage extends Page {
  readonly items: readonly Enablement[]
}

/** What is enabled in a unit. */
export interface UnitEnablements {
  readonly unitId: string
  readonly enablements: readonly Enablement[]
}

/** One page of the enablements of several units; those without any are left out. */
export interface UnitEnablementsPage extends Page {
  readonly results: readonly UnitEnablements[]
}

/** A unit to enable; what it says wins over what is said for all. */
export type UnitToEnable = string | ({ readonly unitId: string; readonly stage?: Stage } & Enabling)

/** What to enable in many units. */
export interface EnableManyRequest extends Enabling {
  readonly skillId: string
  readonly stage: Stage
}

/** A unit to disable; a stage of its own wins over that for all. */
export type UnitToDisable = string | { readonly unitId: string; readonly stage?: Stage }

/** What to disable in many units, or to wait for; with a stage only that one. */
export interface SkillRequest {
  readonly skillId: string
  readonly stage?: Stage
}

/** What to wait for; with `stage` only that stage counts. */
export interface WaitRequest extends Target {
  readonly stage?: Stage
}
