/** The journal of a world has this of each request. Plain types, so that the declarations need no other package. */
import type { Stage } from '../client/enablement.ts'

/** One check of a decision. */
export interface DecisionStep {
  readonly step: string
  readonly ok: boolean
  readonly detail?: string
  /** The item of a batch. */
  readonly itemId?: number
  /** The row of the ledger of fidelity that the check follows. */
  readonly rule?: string
}

/** One request to the world and its response. Secrets are replaced by marks, equal secrets by equal marks. */
export interface JournalEntry {
  /** Counts the requests of the world from 1. */
  readonly seq: number
  /** The time of the world. */
  readonly at: string
  /** The time of the machine. */
  readonly realAt: string
  readonly world: string
  readonly requestId: string
  readonly clientId?: string
  /** Such as `enable`, `batch_get` or `token`. */
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
    /** 0 if the connection ended without a response. */
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
  }
  readonly durationMs: number
  readonly why: readonly DecisionStep[]
  /** The ID of the fault rule that struck. */
  readonly fault: string | null
  /** The client came before the end of `Retry-After`. */
  readonly tooEarly?: boolean
  /** Such as `clock is frozen`. */
  readonly note?: string
  /** The enablements that changed; `null` where there was or is none. */
  readonly changed: readonly {
    readonly unitId: string
    readonly skillId: string
    readonly stage: Stage
    readonly from: Standing
    readonly to: Standing
  }[]
}

type Standing = 'ENABLING' | 'ENABLED' | null

/** Which entries: all properties that are present must be equal. */
export interface JournalFilter {
  readonly operation?: string
  readonly unitId?: string
  readonly skillId?: string
  readonly clientId?: string
  readonly status?: number
  /** Only entries with a greater `seq`. */
  readonly after?: number
}

type Matched<T> =
  | T
  | { readonly matches: string }
  | { readonly anyOf: readonly T[] }
  | { readonly absent: boolean }

/**
 * A partial entry. Of objects, only the properties that are present are compared. A value may also be
 * `{ matches: 'REGEXP' }`, `{ anyOf: […] }` or `{ absent: true }`.
 */
export interface JournalMatch {
  readonly operation?: Matched<string>
  readonly clientId?: Matched<string>
  readonly requestId?: Matched<string>
  readonly unitId?: Matched<string>
  readonly skillId?: Matched<string>
  readonly method?: Matched<string>
  readonly path?: Matched<string>
  readonly query?: Readonly<Record<string, unknown>>
  /** The headers of the request, with names in lower case. */
  readonly headers?: Readonly<Record<string, Matched<string>>>
  /** The body of the request. */
  readonly body?: unknown
  readonly status?: Matched<number>
  readonly responseHeaders?: Readonly<Record<string, Matched<string>>>
  readonly responseBody?: unknown
  /** The ID of the fault rule that struck; `null` for requests that none struck. */
  readonly fault?: Matched<string | null>
}
