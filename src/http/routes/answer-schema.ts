import Type, { type TSchema } from 'typebox'
import { BatchErrorBody, ErrorBody, OAuthErrorBody } from '../../protocol/errors.ts'
import type { ErrorShape } from '../engine/route-config.ts'

/** What the status codes mean. Source: "HTTP response codes" under each operation; 413 and 421 are HTTP's own. */
const meanings = {
  400: 'The request is malformed or is missing one or more required parameters.',
  401: 'The access token is missing, expired, or invalid.',
  403: "The user doesn't have permission to perform the operation.",
  404: "The requested skill ID or unit ID can't be found.",
  413: 'The request body is too large.',
  421: 'The request is for a host that the service does not know as its own.',
  429: 'The request is throttled.',
  500: "The request couldn't be handled because of an internal service error.",
  503: 'The server is temporarily unavailable.',
} as const

export type RefusalStatus = keyof typeof meanings

const bodies: Readonly<Record<ErrorShape, TSchema>> = {
  single: ErrorBody,
  batch: BatchErrorBody,
  oauth: OAuthErrorBody,
}

/** The `response` entries of a route for what it refuses; what nearly every route refuses is always among them. */
export function refusals(shape: ErrorShape, ...statuses: RefusalStatus[]): Record<number, TSchema> {
  return { ...entries(shape, [...statuses, 500, 503]), ...misaddressed(shape) }
}

/** What every route refuses: a request that is malformed, comes from where it may not, or is for another host. */
export function misaddressed(shape: ErrorShape): Record<number, TSchema> {
  return entries(shape, [400, 403, 421])
}

function entries(shape: ErrorShape, statuses: readonly RefusalStatus[]): Record<number, TSchema> {
  return Object.fromEntries(
    statuses.map((status) => [status, { ...bodies[shape], description: meanings[status] }]),
  )
}

/** The `response` entry of an answer with a body. */
export function jsonAnswer<Schema extends TSchema>(description: string, schema: Schema): Schema {
  return { ...schema, description }
}

/** The `response` entry of an answer without a body. */
export function emptyAnswer(description: string): TSchema {
  return Type.Null({ description })
}
