/** The errors of the client: one class for each kind of failure, all derived from `SkillsError`. None contains a secret. */

/** The operations that the client calls; `token` is the request to the token endpoint. */
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
  | 'listRoles'
  | 'getRole'
  | 'listRoleAssignments'
  | 'listPrincipalAssignments'
  | 'assignRole'
  | 'revokeRole'
  | 'batchAssignRole'
  | 'batchRevokeRole'
  | 'previewChange'
  | 'startChange'
  | 'getChange'
  | 'listChanges'
  | 'listChangeItems'
  | 'cancelChange'
  | 'retryChange'
  | 'undoChange'
  | 'me'
  | 'matrix'
  | 'summary'
  | 'findUnits'
  | 'events'
  | 'token'

/** The codes of Skillkeeper. Amazon does not publish its codes, so any other text is possible. */
export type ErrorCode =
  | 'INVALID_PARAM'
  | 'INVALID_LWA_TOKEN'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL_ERROR'
  | 'SERVICE_UNAVAILABLE'
  | (string & {})

/** The context of an error. */
export interface ErrorPlace {
  readonly operation: Operation | undefined
  /** The service's ID of the request; absent if there was no response, or it had none. */
  readonly requestId?: string | undefined
  readonly cause?: unknown
}

/** The base class of all errors of the client. */
export class SkillsError extends Error {
  override name = 'SkillsError'
  readonly operation: Operation | undefined
  /** The service's ID of the request; absent if there was no response, or it had none. */
  readonly requestId: string | undefined
  /** The number of times that the request was sent. */
  attempts = 1

  constructor(message: string, { operation, requestId, cause }: ErrorPlace) {
    super(message, cause === undefined ? undefined : { cause })
    this.operation = operation
    this.requestId = requestId
  }
}

/** The content of an error response. */
export interface Refused {
  readonly status: number
  readonly code: ErrorCode | undefined
  readonly retryAfterMs: number | undefined
}

/**
 * The service returned an error: `status` 400 malformed request, 401 token, 403 not allowed, 404 not found, 429 too many
 * requests, 500 and 503 failures of the service. `message` is the service's.
 */
export class ApiError extends SkillsError {
  override name = 'ApiError'
  readonly status: number
  /** The `type` of the response, or the `errorCode` of a batch; absent if the response does not have the form of the API. */
  readonly code: ErrorCode | undefined
  /** The service's `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, { status, code, retryAfterMs }: Refused, place: ErrorPlace) {
    super(message, place)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** The service's error for one item of a batch. */
export interface ItemError {
  /** The ID that was sent; a service may return it as a string. */
  readonly itemId: number | string
  readonly status: number
  readonly errorCode: ErrorCode
  readonly errorDescription: string
}

/** The service refused a batch: it accepted no item. */
export class BatchError extends ApiError {
  override name = 'BatchError'
  /** The items at fault; empty if the service refused the whole request. */
  readonly items: readonly ItemError[]

  constructor(message: string, refused: Refused, place: ErrorPlace, items: readonly ItemError[]) {
    super(message, refused, place)
    this.items = items
  }
}

/** There is no access token: the token endpoint refused, or the function for credentials failed. */
export class TokenError extends SkillsError {
  override name = 'TokenError'
  /** The status of the token endpoint's response. */
  readonly status: number | undefined
  /** The `error` of the response, for example `invalid_grant` or `invalid_client`. Source: RFC 6749, section 5.2. */
  readonly code: string | undefined
  /** The token endpoint's `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, refused: Partial<Refused>, place: ErrorPlace) {
    super(message, place)
    this.status = refused.status
    this.code = refused.code
    this.retryAfterMs = refused.retryAfterMs
  }
}

/** There was no complete response: the connection was refused, or broke. It is unknown whether the request was executed. */
export class TransportError extends SkillsError {
  override name = 'TransportError'
}

/** A successful response does not have the form of the API. */
export class AnswerError extends SkillsError {
  override name = 'AnswerError'
}

/** A list does not end. A retry does not help. */
export class EndlessListError extends AnswerError {}

/** The call exceeded its time limit. It is unknown whether the request was executed. */
export class TimeoutError extends SkillsError {
  override name = 'TimeoutError'
}

/** The caller's signal was aborted; `cause` is its reason. It is unknown whether the request was executed. */
export class AbortError extends SkillsError {
  override name = 'AbortError'
}

/** Whether the error may be temporary: no complete response, a time-out, 408, 429, or 5xx. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiError || error instanceof TokenError) {
    return error.status === 408 || error.status === 429 || (error.status ?? 0) >= 500
  }
  if (error instanceof AnswerError) return !(error instanceof EndlessListError)
  return error instanceof TransportError || error instanceof TimeoutError
}
