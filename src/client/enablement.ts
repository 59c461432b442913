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
}

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

/** What to disable. */
export interface DisableRequest extends Target {
  /** If it is given, this stage must be the enabled one. */
  readonly stage?: Stage
}

/** What to enable. */
export interface EnableRequest extends Target {
  readonly stage: EnableStage
  /** One partition name, or several separated by commas; a name is letters, digits and hyphens. */
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest
}

/** Which page of a unit's enablements. */
export interface ListRequest {
  readonly unitId: string
  /** Enablements on a page, 1 to 10; the service takes 10 without it. */
  readonly maxResults?: number
  /** Of the page before. */
  readonly nextToken?: string
}

/** One unit of a batch. */
export interface BatchItem {
  /** An integer, unique in its request. */
  readonly itemId: number
  readonly unitId: string
  readonly stage: Stage
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest
}

/** A skill and the units, 1 to 100, in which it is to be enabled. */
export interface BatchEnableRequest {
  readonly skillId: string
  readonly items: readonly BatchItem[]
}

/** What every result has besides its content. */
export interface Answered {
  /** The service's name for the request, which its log has too; absent if the service sent none. */
  readonly requestId: string | undefined
}

/** One page of a list. */
export interface EnablementPage extends Answered {
  readonly items: readonly Enablement[]
  /** Absent on the last page, however the service says so: no token, `null`, or an empty one. */
  readonly nextToken: string | undefined
}

/** A unit to enable; what it says wins over what is said for all. */
export type UnitToEnable =
  | string
  | {
      readonly unitId: string
      readonly stage?: Stage
      readonly partitionName?: string
      readonly accountLinkRequest?: AccountLinkRequest
    }

/** What to enable in many units. */
export interface EnableManyRequest {
  readonly skillId: string
  readonly stage: Stage
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest
}

/** What to wait for; with `stage` only that stage counts. */
export interface WaitRequest extends Target {
  readonly stage?: Stage
}
