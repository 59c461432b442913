/** The types of `skillkeeper/testing`: plain interfaces, so that the declarations need no other package. */
import type { Enablement, Stage } from '../client/enablement.ts'
import type { ErrorCode } from '../client/errors.ts'
import type { SkillsClient } from '../client/skills-client.ts'

/** A service with test controls. Dispose of it, or call `stop`, when the tests are over. */
export interface TestService extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:49152`. */
  readonly url: string
  /** The operator's token, which the test controls need: for `connectTestService` in other processes. */
  readonly token: string
  /** Creates a world: a service with a state of its own. Rejects with a `TestControlError`. */
  world(options?: WorldOptions): Promise<World>
  /** Stops a service that this process started. One that was connected to goes on. */
  stop(): Promise<void>
}

export interface WorldOptions {
  /** Lower-case letters, digits and hyphens; drawn at random without it. */
  readonly id?: string
  /** A catalog as in a catalog file, or a scenario of `hospital()`; the demo catalog without it. */
  readonly catalog?: object
  /** What the world has in the beginning, in the place of what the service had when it was ready. */
  readonly from?: Snapshot | World
  /** `running` (the default), or frozen at a time. */
  readonly clock?: 'running' | { readonly frozenAt: Date | string }
  readonly settings?: WorldSettings
  /** A port that serves this world alone; 0 for any free one. */
  readonly port?: number
}

export interface WorldSettings {
  /** How long an enablement stays `ENABLING`, in milliseconds (200). */
  readonly activationDelayMs?: number
  /** The maximum number of items in a batch. */
  readonly batchItemsMax?: number
  /** Requests per second and client; 0 (the default) is no limit. */
  readonly rateLimit?: number
}

/** A whole service with a state, a clock, faults and a journal of its own. Dispose of it when the test is over. */
export interface World extends AsyncDisposable {
  readonly id: string
  /** A base URL: nothing else is needed to use the world. */
  readonly url: string
  /** The base URL at a port of its own, if the world was created with `port`. */
  readonly portUrl: string | undefined
  readonly clock: WorldClock
  readonly activation: ActivationControl
  readonly faults: Faults
  readonly journal: Journal
  /** A client whose requests come from the client `as` of the catalog; from its first client without it. */
  client(options?: TestClientOptions): SkillsClient
  accessToken(options?: AccessTokenOptions): Promise<string>
  snapshot(options?: { readonly name?: string; readonly faults?: boolean }): Promise<Snapshot>
  restore(snapshot: Snapshot): Promise<void>
  /** Back to what the world had when it was created, or to the same without enablements (`empty`). */
  reset(to?: 'start' | 'empty'): Promise<void>
  /** The stored record, past every fault; `undefined` if the skill is not enabled for the unit. */
  enablement(unitId: string, skillId: string): Promise<StoredEnablement | undefined>
  /** Removes the world. */
  remove(): Promise<void>
}

export interface TestClientOptions {
  /** The ID of a client of the catalog. */
  readonly as?: string
  /**
   * How the client waits between attempts: on the clock of the world (`world`, the default: a frozen clock has to be
   * advanced), on that of the machine (`real`), or by advancing the clock of the world itself (`advance`).
   */
  readonly sleep?: 'world' | 'real' | 'advance'
}

export interface AccessTokenOptions {
  readonly as?: string
  readonly scopes?: readonly string[]
  readonly expired?: boolean
}

export interface Snapshot {
  readonly id: string
  readonly name: string | undefined
  readonly bytes: number
  /** Forgets the snapshot. */
  remove(): Promise<void>
}

export interface StoredEnablement {
  readonly unitId: string
  readonly skillId: string
  readonly stage: Stage
  readonly status: Enablement['status']
  readonly accountLink: 'LINKED' | 'NOT_LINKED'
  /** When it becomes `ENABLED`; absent while it waits for its account link or is held. */
  readonly enabledFrom?: string
  readonly createdAt: string
  readonly partitionNames: readonly string[]
  readonly nameFreeLocales: readonly string[]
}

/** An ISO 8601 duration such as `PT1H`, or its parts; they add up. */
export type DurationLike =
  | string
  | {
      readonly days?: number
      readonly hours?: number
      readonly minutes?: number
      readonly seconds?: number
      readonly milliseconds?: number
    }

/** The clock of a world. It never runs backwards, except when a snapshot is restored. */
export interface WorldClock {
  now(): Promise<Date>
  state(): Promise<ClockState>
  freeze(at?: Date | string): Promise<void>
  run(options?: { readonly offset?: DurationLike; readonly rate?: number }): Promise<void>
  /** Moves the clock and resolves when everything that became due on the way is done. */
  advance(by: DurationLike): Promise<Settled>
  advanceTo(at: Date | string): Promise<Settled>
  /** To the next time at which background work or an activation is due. */
  toNextDue(): Promise<Settled>
}

export interface ClockState {
  readonly mode: 'frozen' | 'running'
  readonly now: string
  readonly rate?: number
  readonly nextDue?: { readonly at: string; readonly what: string }
  readonly settled: boolean
}

export interface Settled {
  readonly now: string
  readonly steps: number
}

/** When enablements that are written from now on become `ENABLED`. */
export type Activation =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'immediate' }
  | { readonly kind: 'reads'; readonly count: number }
  | { readonly kind: 'held' }

export interface ActivationControl {
  set(activation: Activation): Promise<void>
  get(): Promise<Activation>
  /** Lets held enablements become `ENABLED` now, and returns how many. */
  release(which?: { readonly unitId?: string; readonly skillId?: string }): Promise<number>
}

/** The operations that a fault can strike. */
export type FaultOperation =
  | 'get'
  | 'list'
  | 'enable'
  | 'disable'
  | 'batch_enable'
  | 'batch_disable'
  | 'batch_get'
  | 'create_unit'
  | 'get_unit'
  | 'list_units'
  | 'rename_unit'
  | 'delete_unit'
  | 'token'
  | 'token_server'
  | 'storage'

type OneOrMore<T> = T | readonly T[]

export interface FaultMatch {
  readonly operation?: OneOrMore<FaultOperation>
  readonly unitId?: OneOrMore<string>
  /** This unit and all units below it. */
  readonly under?: string
  readonly skillId?: OneOrMore<string>
  readonly clientId?: OneOrMore<string>
  readonly stage?: Stage
}

export interface FaultWhen {
  /** So many matches pass before the first strike. */
  readonly after?: number
  /** How many times it strikes; always without it. */
  readonly times?: number
  /** Strikes each so-manieth match only. */
  readonly every?: number
  readonly probability?: number
  readonly seed?: number
  /** Strikes only a client that makes more than this many a second. */
  readonly abovePerSecond?: number
  readonly from?: string
  readonly until?: string
}

type Latency = number | { readonly p50: number; readonly p99: number }

/** The errors of the token issuer (RFC 6749), for the operation `token`. */
export type TokenError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'unsupported_token_type'
  | 'invalid_token'
  | 'insufficient_scope'

/** At most one of `error`, `items`, `status`, `connection`, `link` and `storage`, and `latencyMs` with any or alone. */
export interface FaultEffect {
  readonly error?: ErrorCode | TokenError
  readonly retryAfterSeconds?: number
  readonly message?: string
  /** Refuses the items of a batch that fit the match: those with these IDs, and of them each so-manieth. */
  readonly items?: {
    readonly error: 'FORBIDDEN' | 'INVALID_PARAM'
    readonly ids?: readonly number[]
    readonly every?: number
  }
  /** What a proxy in front would say, from 400 to 599. */
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly latencyMs?: Latency
  readonly connection?: 'reset' | 'empty' | 'hang' | 'truncate' | 'dribble'
  /** With `truncate`: so many bytes of the body arrive. */
  readonly bytes?: number
  /** With `dribble`. */
  readonly bytesPerSecond?: number
  /** What token servers of skills do. */
  readonly link?: 'refused' | 'unreachable'
  readonly storage?: 'down' | 'full'
}

export interface FaultRule {
  readonly id?: string
  readonly match?: FaultMatch
  readonly when?: FaultWhen
  readonly effect: FaultEffect
  /** `before` (the default): nothing was done. `after`: it was done and stored, and the answer is lost or replaced. */
  readonly at?: 'before' | 'after'
  readonly early?: boolean
  readonly enforceRetryAfter?: boolean
}

export type FaultPreset = 'flaky' | 'slow' | 'throttled' | 'token-server-down' | 'dying-proxy' | 'amazon-like'

export interface FaultHandle extends AsyncDisposable {
  readonly id: string
  /** Why the rule cannot strike as it stands. */
  readonly warning: string | undefined
  /** How many requests failed by it. */
  struck(): Promise<number>
  setEnabled(enabled: boolean): Promise<void>
  remove(): Promise<void>
}

export interface Faults {
  add(rule: FaultRule): Promise<FaultHandle>
  preset(name: FaultPreset, options?: { readonly seed?: number }): Promise<FaultHandle>
  clear(): Promise<void>
}

export interface DecisionStep {
  readonly step: string
  readonly ok: boolean
  readonly detail?: string
  readonly itemId?: number
  readonly rule?: string
}

/** One request to the world and its response; secrets are replaced. */
export interface JournalEntry {
  readonly seq: number
  readonly at: string
  readonly realAt: string
  readonly world: string
  readonly requestId: string
  readonly clientId?: string
  readonly operation: string
  readonly skillId?: string
  /** The units that the request names; of a batch, one for each item. */
  readonly unitIds: readonly string[]
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query: Readonly<Record<string, unknown>>
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
  }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
  }
  readonly durationMs: number
  readonly why: readonly DecisionStep[]
  readonly fault: string | null
  readonly tooEarly?: boolean
  readonly note?: string
  readonly changed: readonly {
    readonly unitId: string
    readonly skillId: string
    readonly stage: Stage
    readonly from: Enablement['status'] | null
    readonly to: Enablement['status'] | null
  }[]
}

export interface JournalFilter {
  readonly operation?: string
  readonly unitId?: string
  readonly skillId?: string
  readonly clientId?: string
  readonly status?: number
  /** Only entries with a greater `seq`. */
  readonly after?: number
}

/**
 * A partial entry: `operation`, `clientId`, `requestId`, `unitId`, `skillId`, `method`, `path`, `query`, `headers`, `body`,
 * `status`, `responseHeaders`, `responseBody`, `fault`. A value may be `{ matches: 'REGEXP' }`, `{ anyOf: […] }` or `{ absent: true }`.
 */
export type JournalMatch = Readonly<Record<string, unknown>>

export interface Expectation {
  /** Each rejects with a `VerificationError` that shows the nearest entries and what differs. */
  times(count: number): Promise<void>
  atLeast(count: number): Promise<void>
  never(): Promise<void>
}

export interface Journal {
  entries(filter?: JournalFilter): Promise<readonly JournalEntry[]>
  /** The first entry that fits, waiting for it up to `timeoutMs` (5,000) of real time. */
  waitFor(filter: JournalFilter, options?: { readonly timeoutMs?: number }): Promise<JournalEntry>
  expect(match: JournalMatch): Expectation
  /** Rejects if there are requests that no expectation of this journal has met. */
  expectNothingElse(): Promise<void>
}
