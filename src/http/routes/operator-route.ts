/** What the routes of the operator's API have in common. */
import type { TSchema } from 'typebox'
import { emptyAnswer, jsonAnswer, refusals } from './answer-schema.ts'

/** How a route is logged and who may call it. It is answered also when the service is overloaded. */
export function operator(operation: string) {
  return { config: { operation, access: 'operator', shape: 'single', isVital: true } } as const
}

export function described(operationId: string, summary: string) {
  return { operationId, summary, tags: ['Operator'] }
}

export function page<Schema extends TSchema>(what: string, schema: Schema) {
  return { 200: jsonAnswer(`A page of the ${what}.`, schema), ...refusals('single', 401, 429) }
}

export function one<Schema extends TSchema>(what: string, schema: Schema) {
  return { 200: jsonAnswer(`The ${what}.`, schema), ...refusals('single', 401, 404, 429) }
}

export const removed = { 204: emptyAnswer('It is removed.'), ...refusals('single', 401, 404, 413, 429) }
