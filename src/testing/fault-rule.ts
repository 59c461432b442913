/** Which requests of a world fail, when, and how. Plain types, so that the declarations need no other package. */
import type { Stage } from '../client/enablement.ts'

/**
 * The targets of a fault: requests for an operation of the API, requests for a token (`token`), calls to the token servers of
 * skills (`token_server`), and the storage.
 */
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
  | 'list_roles'
  | 'get_role'
  | 'list_role_assignments'
  | 'list_principal_assignments'
  | 'assign_role'
  | 'revoke_role'
  | 'batch_assign_role'
  | 'batch_revoke_role'
  | 'read_rooms'
  | 'token'
  | 'token_server'
  | 'storage'

/** The code of a refusal: one of the API, or for the operation `token` one of RFC 6749. */
export type FaultErrorCode =
  | 'INVALID_PARAM'
  | 'INVALID_LWA_TOKEN'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL_ERROR'
  | 'SERVICE_UNAVAILABLE'
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

type OneOrMore<T> = T | readonly T[]

/** Which requests: every property that is present must fit. */
export interface FaultMatch {
  readonly operation?: OneOrMore<FaultOperation>
  readonly unitId?: OneOrMore<string>
  /** This unit and all units below it. */
  readonly under?: string
  readonly skillId?: OneOrMore<string>
  readonly clientId?: OneOrMore<string>
  readonly stage?: Stage
}

/** Which of the requests that match: all of them without it. Times are those of the world, as in RFC 3339. */
export interface FaultWhen {
  /** The number of matches that pass before the first strike. */
  readonly after?: number
  /** The maximum number of strikes. */
  readonly times?: number
  /** Strikes only every nth match. */
  readonly every?: number
  /** From 0 to 1. Depends only on `seed` and the number of matches. */
  readonly probability?: number
  /** The service draws one if it is absent. */
  readonly seed?: number
  /** Strikes only clients that make more requests than this in a second. */
  readonly abovePerSecond?: number
  readonly from?: string
  readonly until?: string
}

/** One of `error`, `items`, `status`, `connection`, `link` and `storage`; `latencyMs` with any of them or alone. */
export interface FaultEffect {
  /** The service refuses with this code, in the form of the operation. */
  readonly error?: FaultErrorCode
  /** The header `Retry-After` of `error` or `status`. */
  readonly retryAfterSeconds?: number
  /** The message of `error` or `items`. */
  readonly message?: string
  /** Refuses items of a batch: those with the IDs, or every nth. The whole batch is refused and lists them. */
  readonly items?: {
    readonly error: 'FORBIDDEN' | 'INVALID_PARAM'
    readonly ids?: readonly number[]
    readonly every?: number
  }
  /** A response of a proxy in front of the service, 400 to 599, with `body` and `headers`. */
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Delays the response, in real milliseconds; p50 and p99 describe a distribution. */
  readonly latencyMs?: number | { readonly p50: number; readonly p99: number }
  /** The connection is: closed with RST, closed without a response, silent, cut in the body, slow. */
  readonly connection?: 'reset' | 'empty' | 'hang' | 'truncate' | 'dribble'
  /** With `truncate`: the number of bytes of the body that arrive. */
  readonly bytes?: number
  /** With `dribble`. */
  readonly bytesPerSecond?: number
  /** The behaviour of a token server. */
  readonly link?: 'refused' | 'unreachable'
  /** The behaviour of the storage. */
  readonly storage?: 'down' | 'full'
}

/** A fault. Of all rules that match, the first one that strikes wins; latencies add up. */
export interface FaultRule {
  /** Letters, digits, `_` and `-`. The service chooses one if it is absent. */
  readonly id?: string
  readonly match?: FaultMatch
  readonly when?: FaultWhen
  readonly effect: FaultEffect
  /** `before` (the default): nothing is done. `after`: the work is done and stored, and its response is lost or replaced. */
  readonly at?: 'before' | 'after'
  /** Strikes before the token is checked; only with `status` or `connection`. */
  readonly early?: boolean
  /** Refuses a client that returns before the end of `Retry-After`. The journal marks its request `tooEarly`. */
  readonly enforceRetryAfter?: boolean
}

/** Rules that are ready to use; docs/testing.md describes them. */
export type FaultPreset = 'flaky' | 'slow' | 'throttled' | 'token-server-down' | 'dying-proxy' | 'amazon-like'
