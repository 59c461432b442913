import type { ErrorCode, OAuthErrorCode } from '../protocol/errors.ts'

/** What a batch says of one item that it refuses. `itemId` is as received; absent when it was missing. */
export interface ItemRefusal {
  itemId?: number | string
  code: ErrorCode
  message: string
}

interface RefusalOptions {
  /** For the log only. */
  detail?: string
  cause?: unknown
  /** When it is worth trying again, in milliseconds from now; `Retry-After` carries it, rounded up to seconds. */
  retryAfterMs?: number
  /** The bad items of a batch. */
  items?: readonly ItemRefusal[]
}

/**
 * The one error class: what a caller did wrong or must know. `message` is for the caller, `detail` and `cause` are
 * for the log. Whatever else is thrown is a fault of the service and becomes a logged 500.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode | OAuthErrorCode
  readonly detail: string | undefined
  readonly retryAfterMs: number | undefined
  readonly items: readonly ItemRefusal[] | undefined

  constructor(code: ErrorCode | OAuthErrorCode, message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail
    this.retryAfterMs = options.retryAfterMs
    this.items = options.items
  }
}

/** Makes the error to throw: `throw refuse('NOT_FOUND', '…')`. */
export function refuse(code: ErrorCode | OAuthErrorCode, message: string, options?: RefusalOptions): Refusal {
  return new Refusal(code, message, options)
}
