/** What the routes of the operator's API have in common. */
import type { TSchema } from 'typebox'
import { noContent, ok } from './answer-schema.ts'

/** How a route is logged and who may call it. It is answered also when the service is overloaded. */
export function operator(operation: string) {
  return {
    config: { operation, access: 'operator', shape: 'single', isVital: true },
    tag: 'Operator',
  } as const
}

export function page<Schema extends TSchema>(what: string, schema: Schema) {
  return ok(`A page of the ${what}.`, schema)
}

export const removed = noContent('It is removed.')
