/** One call and its answer. In a recording they have no secrets (`redact.ts`). */
import * as Type from 'typebox'

const Headers = Type.Record(Type.String(), Type.String())

/** Why a body is not in a recording: nothing in it can be compared, or its secrets cannot be found. */
const Omission = Type.Union([Type.Literal('not JSON'), Type.Literal('too large'), Type.Literal('too deep')])

const Body = Type.Optional(
  Type.Union([Type.Object({ json: Type.Unknown() }), Type.Object({ omitted: Omission })]),
)

export const RecordedRequest = Type.Object({
  method: Type.String({ pattern: '^[A-Z]+$' }),
  /** With its query. */
  path: Type.String({ pattern: '^/' }),
  headers: Headers,
  body: Body,
})
export type RecordedRequest = Type.Static<typeof RecordedRequest>

export const RecordedResponse = Type.Object({
  status: Type.Integer({ minimum: 100, maximum: 599 }),
  headers: Headers,
  body: Body,
})
export type RecordedResponse = Type.Static<typeof RecordedResponse>

/** A line of a recording. It has a response, or the reason why there is none. */
export const Exchange = Type.Object({
  /** When the request came in, as in `2027-01-01T12:00:00.000Z`. */
  at: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }),
  request: RecordedRequest,
  response: Type.Optional(RecordedResponse),
  failure: Type.Optional(Type.String()),
})
export type Exchange = Type.Static<typeof Exchange>

/** The first line of a recording. */
export const RecordingHead = Type.Object({
  format: Type.Literal('skillkeeper-conform'),
  version: Type.Integer(),
  upstream: Type.String(),
  at: Type.String(),
  allowsWrites: Type.Boolean(),
})
export type RecordingHead = Type.Static<typeof RecordingHead>

/** A call as it came over the network: with its secrets. It must not be written. */
export interface RawExchange {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly request: RawMessage & { readonly method: string; readonly path: string }
  readonly response?: RawMessage & { readonly status: number }
  readonly failure?: string
}

export interface RawMessage {
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** `too large` if it was not read to its end. */
  readonly body: Buffer | 'too large'
}

/** The body as JSON; `undefined` if there is none, or none that is JSON. */
export function jsonOf(message: RecordedRequest | RecordedResponse | undefined): unknown {
  const body = message?.body
  return body !== undefined && 'json' in body ? body.json : undefined
}
