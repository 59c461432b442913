/** The responses of a route as entries of the `response` of its schema. */
import * as Type from 'typebox'
import { BatchErrorBody, ErrorBody, OAuthErrorBody } from '../../protocol/errors.ts'
import type { ErrorShape } from '../engine/route-config.ts'

/** The response of a success. `Value` is the type that the handler returns. */
export interface Success<Value> {
  readonly status: number
  /** The `response` entry. */
  readonly schema: object
  /** Never set: it binds the type. */
  readonly value?: Value
}

export function ok<Schema extends Type.TSchema>(
  description: string,
  schema: Schema,
): Success<Type.Static<Schema>> {
  return { status: 200, schema: { ...schema, description } }
}

/** A response that is not JSON; refusals of the route are. */
export function okText(description: string, contentType: string): Success<string> {
  const text = Type.String({ description: `A text of type ${contentType}.` })
  return { status: 200, schema: { description, content: { [contentType]: { schema: text } } } }
}

/** `headers`: the headers that only this response has. */
export function created<Schema extends Type.TSchema>(
  description: string,
  schema: Schema,
  headers?: Readonly<Record<string, object>>,
): Success<Type.Static<Schema>> {
  return { status: 201, schema: { ...schema, description, ...(headers && { headers }) } }
}

export function accepted(description: string): Success<void> {
  return { status: 202, schema: empty(description) }
}

/** The response to a call whose work goes on in the background. */
export function begun<Schema extends Type.TSchema>(
  description: string,
  schema: Schema,
): Success<Type.Static<Schema>> {
  return { status: 202, schema: { ...schema, description } }
}

export function noContent(description: string): Success<void> {
  return { status: 204, schema: empty(description) }
}

/** The `response` entry of a response without a body. */
export function empty(description: string): Type.TSchema {
  return Type.Null({ description })
}

/** The meanings of the status codes. Source: "HTTP response codes" under each operation; 413 and 421 come from HTTP. */
const meanings = {
  400: 'The request is malformed or is missing one or more required parameters.',
  401: 'The access token is missing, expired, or invalid.',
  403: "The user doesn't have permission to perform the operation.",
  404: "The requested skill ID or unit ID can't be found.",
  413: 'The request body is too large.',
  421: 'The host of the request is not a name of the service.',
  429: 'The request is throttled.',
  500: "The request couldn't be handled because of an internal service error.",
  503: 'The server is temporarily unavailable.',
} as const

export type RefusalStatus = keyof typeof meanings

const bodies: Readonly<Record<ErrorShape, Type.TSchema>> = {
  single: ErrorBody,
  batch: BatchErrorBody,
  oauth: OAuthErrorBody,
}

/** The `response` entries of refusals. */
export function refusals(shape: ErrorShape, statuses: readonly RefusalStatus[]): Record<number, object> {
  return Object.fromEntries(
    statuses.map((status) => [status, { ...bodies[shape], description: meanings[status] }]),
  )
}
