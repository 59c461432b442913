/** A difference between two answers, without what is particular to one call, so that the same one is found again. */
import * as Type from 'typebox'

/**
 * - `status`: another status
 * - `missing`: the upstream has a field, a header or an element, and Skillkeeper does not
 * - `extra`: the other way round
 * - `type`: another JSON type
 * - `value`: another value where the values have to be equal
 * - `order`: the same elements in another order, where that counts
 */
const Kind = Type.Union([
  Type.Literal('status'),
  Type.Literal('missing'),
  Type.Literal('extra'),
  Type.Literal('type'),
  Type.Literal('value'),
  Type.Literal('order'),
])

export const Difference = Type.Object({
  /** The `operationId`; for what the OpenAPI document does not have, the method and the path without its IDs. */
  operation: Type.String(),
  /** The status of the upstream. */
  status: Type.Integer(),
  kind: Kind,
  /** `items[].skill.id`, `header retry-after`; empty for the status and for the whole body. */
  place: Type.String(),
  /** The upstream's. */
  expected: Type.String(),
  /** Skillkeeper's. */
  actual: Type.String(),
})
export type Difference = Type.Static<typeof Difference>

/** Two differences with the same identity are one. */
export function identityOf(one: Difference): string {
  return JSON.stringify([one.operation, one.status, one.kind, one.place, one.expected, one.actual])
}

const textMax = 120

/** A value for people: without the particular part of IDs, and not longer than a line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'none' : (JSON.stringify(value) ?? 'none')
  const general = withoutIds(text)
  return general.length > textMax ? `${general.slice(0, textMax)}…` : general
}

export function withoutIds(text: string): string {
  return text.replace(/\b(amzn1\.[a-z]+\.(?:skill|unit)\.(?:did\.)?)[\w-]+/g, '$1…')
}
