/** The common parts of the routes of the operator's API. */
import type { TSchema } from 'typebox'
import { noContent, ok } from './answer-schema.ts'

/** The common configuration. These routes also respond while the service is overloaded. */
export function operator(operation: string) {
  return {
    config: { operation, access: 'operator', shape: 'single', isVital: true },
    tag: 'Operator',
  } as const
}

/** The same for reads that are open to whoever has a role; during overload, only to operators. */
export function shared(operation: string) {
  return {
    config: { operation, access: 'either', shape: 'single', isVital: true },
    tag: 'Operator',
  } as const
}

export function page<Schema extends TSchema>(what: string, schema: Schema) {
  return ok(`A page of the ${what}.`, schema)
}

export const removed = noContent('The record is removed.')
