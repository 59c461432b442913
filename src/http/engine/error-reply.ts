/**
 * Turns anything that was thrown into a status, headers and a body, in the shape of the route.
 */
import { Refusal, refuse } from '../../model/refusal.ts'
import {
  type BatchErrorBody,
  type ErrorBody,
  type ErrorCode,
  errorStatus,
  type OAuthErrorBody,
  type OAuthErrorCode,
  oauthErrorStatus,
} from '../../protocol/errors.ts'
import { MethodNotAllowed } from './known-paths.ts'
import { oauthErrorBody } from './oauth-error-body.ts'
import type { ErrorShape } from './route-config.ts'

export interface ErrorReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ErrorBody | BatchErrorBody | OAuthErrorBody
  /** The refusal; its `detail` and `cause` are for the log. */
  readonly refusal: Refusal
}

/** Statuses of HTTP for which the vocabulary has no code. */
const methodNotAllowed = 405
const tooSlow = 408
const tooLarge = 413
const headTooLarge = 431
const notHere = 421

/** A request for a host that is not of this service (RFC 9110, section 15.5.20). `message` is for the caller. */
export class Misdirected extends Error {}

export function errorReply(error: unknown, shape: ErrorShape, requestId: string): ErrorReply {
  const refusal = error instanceof Refusal ? error : asRefusal(error)
  const status = httpStatus(error) ?? statusOf(refusal)
  return {
    status,
    headers: { ...headersOf(refusal, status), ...allowedBy(error) },
    body: bodyOf(refusal, status, shape, requestId),
    refusal,
  }
}

/** Turns other errors into a refusal: those of Fastify, of Node's HTTP parser, and faults of the service. */
function asRefusal(error: unknown): Refusal {
  if (error instanceof MethodNotAllowed) return refuse('INVALID_PARAM', error.message, { reason: 'path' })
  if (error instanceof Misdirected) return refuse('INVALID_PARAM', error.message, { reason: 'host' })
  // The message of the error may quote input.
  const options = { cause: error, detail: codeOf(error) || String(error) }
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse('INVALID_PARAM', 'The request body is too large.', options)
    case 'FST_ERR_BAD_URL':
      return refuse('INVALID_PARAM', 'The path of the request is not a valid URL path.', options)
    case 'HPE_HEADER_OVERFLOW':
      return refuse('INVALID_PARAM', 'The request line and headers are too large.', options)
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refuse('INVALID_PARAM', 'The request took too long to arrive.', options)
  }
  return isCallersFault(error)
    ? refuse('INVALID_PARAM', 'The request is malformed.', options)
    : refuse('INTERNAL_ERROR', 'The request could not be handled because of an internal error.', options)
}

function allowedBy(error: unknown): Record<string, string> {
  return error instanceof MethodNotAllowed ? { allow: error.allowed.join(', ') } : {}
}

function httpStatus(error: unknown): number | undefined {
  if (error instanceof MethodNotAllowed) return methodNotAllowed
  if (error instanceof Misdirected) return notHere
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return tooLarge
    case 'HPE_HEADER_OVERFLOW':
      return headTooLarge
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return tooSlow
  }
  return undefined
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Errors that the caller caused: Fastify gives them a status, Node's parser a code HPE_…; a body may also end early. */
function isCallersFault(error: unknown): boolean {
  const code = codeOf(error)
  if (code.startsWith('HPE_') || code === 'ECONNRESET') return true
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0
  return code.startsWith('FST_') && status >= 400 && status < 500
}

function statusOf({ code, items }: Refusal): number {
  if (isOAuthCode(code)) return oauthErrorStatus[code]
  if (items === undefined) return errorStatus[code]
  // If items of a batch differ, INVALID_PARAM decides (ledger, row 33: malformed input comes first).
  return errorStatus[items.some((item) => item.code === 'INVALID_PARAM') ? 'INVALID_PARAM' : 'FORBIDDEN']
}

function isOAuthCode(code: ErrorCode | OAuthErrorCode): code is OAuthErrorCode {
  return Object.hasOwn(oauthErrorStatus, code)
}

function headersOf(refusal: Refusal, status: number): Record<string, string> {
  const headers: Record<string, string> = {}
  if (refusal.retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(refusal.retryAfterMs / 1000)))
  } else if (status === errorStatus.SERVICE_UNAVAILABLE) {
    headers['retry-after'] = '1'
  }
  // RFC 6750, section 3, for invalid tokens; RFC 6749, section 5.2, for clients.
  if (refusal.code === 'INVALID_LWA_TOKEN') headers['www-authenticate'] = 'Bearer realm="skillkeeper"'
  if (refusal.code === 'invalid_client') headers['www-authenticate'] = 'Basic realm="skillkeeper"'
  return headers
}

function bodyOf(refusal: Refusal, status: number, shape: ErrorShape, requestId: string): ErrorReply['body'] {
  const { code, message, items } = refusal
  if (isOAuthCode(code)) return oauthErrorBody(refusal, requestId)
  switch (shape) {
    case 'single':
      return { type: code, message }
    case 'batch':
      if (items === undefined) return { errors: [{ status, errorCode: code, errorDescription: message }] }
      return {
        errors: items.map((item) => ({
          ...(item.itemId === undefined ? {} : { itemId: item.itemId }),
          status: errorStatus[item.code],
          errorCode: item.code,
          errorDescription: item.message,
        })),
      }
    case 'oauth':
      return oauthErrorBody(refusal, requestId)
  }
}
