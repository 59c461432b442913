/** What the client throws: one class for each kind of failure, all of them a `SkillsError`. None ever holds a secret. */

/** The calls that the client makes; `token` is the one to the token endpoint. */
export type Operation =
  | 'get'
  | 'list'
  | 'enable'
  | 'disable'
  | 'batchGet'
  | 'batchEnable'
  | 'batchDisable'
  | 'createUnit'
  | 'getUnit'
  | 'listUnits'
  | 'updateUnit'
  | 'deleteUnit'
  | 'token'

/** The vocabulary of Skillkeeper. Amazon does not publish its own, so that any other text may come too. */
export type ErrorCode =
  | 'INVALID_PARAM'
  | 'INVALID_LWA_TOKEN'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL_ERROR'
  | 'SERVICE_UNAVAILABLE'
  | (string & {})

/** Where and when an error befell. */
export interface ErrorPlace {
  readonly operation: Operation | undefined
  /** The service's name for the request; absent if there was no answer, or none with a name. */
  readonly requestId?: string | undefined
  readonly cause?: unknown
}

/** Whatever the client throws. */
export class SkillsError extends Error {
  override name = 'SkillsError'
  readonly operation: Operation | undefined
  /** The service's name for the request; absent if there was no answer, or none with a name. */
  readonly requestId: string | undefined
  /** How many times the request was sent, this time included. */
  attempts = 1

  constructor(message: string, { operation, requestId, cause }: ErrorPlace) {
    super(message, cause === undefined ? undefined : { cause })
    this.operation = operation
    this.requestId = requestId
  }
}

/** What an answer with an error says. */
export interface Refused {
  readonly status: number
  readonly code: ErrorCode | undefined
  readonly retryAfterMs: number | undefined
}

/**
 * The service answered with an error: `status` 400 malformed, 401 token, 403 not allowed, 404 not there, 429 too many
 * requests, 500 and 503 the service's own trouble. `message` is the service's.
 */
export class ApiError extends SkillsError {
  override name = 'ApiError'
  readonly status: number
  /** The `type` of the answer, or the `errorCode` of a batch; absent if the answer was not in the form of the API. */
  readonly code: ErrorCode | undefined
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, { status, code, retryAfterMs }: Refused, place: ErrorPlace) {
    super(message, place)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** What the service says of one item of a batch. */
export interface ItemError {
  /** As it was sent; a service may write it as a text. */
  readonly itemId: number | string
  readonly status: number
  readonly errorCode: ErrorCode
  readonly errorDescription: string
}

/** The service refused a batch: nothing of it was accepted. */
export class BatchError extends ApiError {
  override name = 'BatchError'
  /** The items at fault; none if the request was refused as a whole. */
  readonly items: readonly ItemError[]

  constructor(message: string, refused: Refused, place: ErrorPlace, items: readonly ItemError[]) {
    super(message, refused, place)
    this.items = items
  }
}

/** There is no access token: the token endpoint refused, or the function for credentials failed. */
export class TokenError extends SkillsError {
  override name = 'TokenError'
  /** Of the token endpoint's answer. */
  readonly status: number | undefined
  /** The `error` of the answer, for example `invalid_grant` or `invalid_client`. Source: RFC 6749, section 5.2. */
  readonly code: string | undefined
  /** How long the token endpoint asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, refused: Partial<Refused>, place: ErrorPlace) {
    super(message, place)
    this.status = refused.status
    this.code = refused.code
    this.retryAfterMs = refused.retryAfterMs
  }
}

/** No whole answer came: the connection was refused, or broke. Whether the request was carried out is not known. */
export class TransportError extends SkillsError {
  override name = 'TransportError'
}

/** An answer of success came that is not in the form of the API. */
export class AnswerError extends SkillsError {
  override name = 'AnswerError'
}

/** A list that never comes to its end. To ask again is of no use. */
export class EndlessListError extends AnswerError {}

/** The time for the call was over. Whether the request was carried out is not known. */
export class TimeoutError extends SkillsError {
  override name = 'TimeoutError'
}

/** The caller's signal went off; `cause` is its reason. Whether the request was carried out is not known. */
export class AbortError extends SkillsError {
  override name = 'AbortError'
}

/** May be a matter of the moment: no whole answer, a time-out, 429, or the service's own trouble. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiError || error instanceof TokenError) {
    return error.status === 408 || error.status === 429 || (error.status ?? 0) >= 500
  }
  if (error instanceof AnswerError) return !(error instanceof EndlessListError)
  return error instanceof TransportError || error instanceof TimeoutError
}
