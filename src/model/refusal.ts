import type { ErrorCode, OAuthErrorCode } from '../protocol/errors.ts'
import type { UnitId } from '../protocol/identifiers.ts'
import type { RefusalReason } from '../protocol/refusals.ts'

/** The refusal of one item of a batch. `itemId` is as received; absent when it was missing. */
export interface ItemRefusal {
  itemId?: number | string
  /** For the log only: absent when the item names no unit. */
  unitId?: UnitId
  code: ErrorCode
  reason: RefusalReason
  message: string
}

interface RefusalOptions {
  /** For the log only. */
  detail?: string
  cause?: unknown
  /** The check that refuses, if the code alone does not show it. */
  reason?: RefusalReason
  /** When to retry, in milliseconds from now; sent as `Retry-After`, rounded up to seconds. */
  retryAfterMs?: number
  /** The refused items of a batch. */
  items?: readonly ItemRefusal[]
}

/**
 * The only error class for what a caller did wrong or must know. `message` is for the caller, `detail` and `cause` are
 * for the log. Any other error is a fault of the service and becomes a logged 500.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode | OAuthErrorCode
  readonly reason: RefusalReason
  readonly detail: string | undefined
  readonly retryAfterMs: number | undefined
  readonly items: readonly ItemRefusal[] | undefined

  constructor(code: ErrorCode | OAuthErrorCode, message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.reason = options.reason ?? usualReasons[code]
    this.detail = options.detail
    this.retryAfterMs = options.retryAfterMs
    this.items = options.items
  }
}

/** Creates the error to throw: `throw refuse('NOT_FOUND', '…')`. */
export function refuse(code: ErrorCode | OAuthErrorCode, message: string, options?: RefusalOptions): Refusal {
  return new Refusal(code, message, options)
}

const usualReasons: Readonly<Record<ErrorCode | OAuthErrorCode, RefusalReason>> = {
  INVALID_PARAM: 'request',
  INVALID_LWA_TOKEN: 'token',
  FORBIDDEN: 'role',
  NOT_FOUND: 'absent',
  TOO_MANY_REQUESTS: 'rate',
  INTERNAL_ERROR: 'fault',
  SERVICE_UNAVAILABLE: 'overload',
  invalid_request: 'request',
  invalid_client: 'client',
  invalid_grant: 'grant',
  unauthorized_client: 'grant',
  unsupported_grant_type: 'grant',
  unsupported_response_type: 'request',
  invalid_scope: 'scope',
  unsupported_token_type: 'token',
  invalid_token: 'token',
  insufficient_scope: 'scope',
}
