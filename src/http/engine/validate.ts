import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { refuse } from '../../model/refusal.ts'
import { absenceDropper } from '../../protocol/absent.ts'
import { problemFinder } from '../../protocol/problem.ts'

/**
 * Checks the parts of a request against the schemas of its route. A query has only text, so its integers are converted
 * first. What counts as absent is removed. Refuses with INVALID_PARAM, naming the property.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const findProblem = problemFinder(schema, httpPart === 'body' ? 'The request body' : 'The request')
  const dropAbsent = absenceDropper(schema, httpPart === 'querystring')
  const integers = httpPart === 'querystring' ? integerProperties(schema) : []
  return (value: unknown) => {
    dropAbsent(value)
    for (const name of integers) convertInteger(value, name)
    const problem = findProblem(value)
    if (problem === undefined) return true
    return { error: refuse('INVALID_PARAM', repeatedProperty(value) ?? problem) }
  }
}

function integerProperties(schema: TSchema): string[] {
  const properties: unknown = Reflect.get(schema, 'properties')
  return Object.entries(properties ?? {}).flatMap(([name, property]) =>
    property.type === 'integer' ? [name] : [],
  )
}

/** What is no integer stays text, for the check to refuse. */
function convertInteger(query: unknown, name: string): void {
  if (!isRecord(query)) return
  const text = query[name]
  if (typeof text === 'string' && /^-?(?:0|[1-9]\d{0,14})$/.test(text)) query[name] = Number(text)
}

/** Fastify makes an array of a query parameter that comes twice. */
function repeatedProperty(query: unknown): string | undefined {
  if (!isRecord(query) || Object.getPrototypeOf(query) === Object.prototype) return undefined
  const name = Object.keys(query).find((key) => Array.isArray(query[key]))
  return name && `${name} is invalid: it may be given only once.`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
