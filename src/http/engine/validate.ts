import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { refuse } from '../../model/refusal.ts'
import { absenceDropper } from '../../protocol/absent.ts'
import { problemFinder } from '../../protocol/problem.ts'

/**
 * Checks the parts of a request against the schemas of its route. Converts the numbers and lists of a query first, removes
 * what counts as absent, and refuses with INVALID_PARAM that names the property.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const findProblem = problemFinder(schema, httpPart === 'body' ? 'The request body' : 'The request')
  const dropAbsent = absenceDropper(schema, httpPart === 'querystring')
  const lists = httpPart === 'querystring' ? listProperties(schema) : []
  const numbers = httpPart === 'querystring' ? numberProperties(schema) : []
  return (value: unknown) => {
    dropAbsent(value)
    for (const name of lists) makeList(value, name)
    for (const { name, form } of numbers) convertNumber(value, name, form)
    const problem = findProblem(value)
    if (problem === undefined) return true
    return { error: refuse('INVALID_PARAM', repeatedProperty(value, lists) ?? problem) }
  }
}

/** How a number is written in a query: an integer, or one that may have a fraction. */
const numberForms: Readonly<Record<string, RegExp>> = {
  integer: /^-?(?:0|[1-9]\d{0,14})$/,
  number: /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/,
}

function numberProperties(schema: TSchema): { name: string; form: RegExp }[] {
  const properties: unknown = Reflect.get(schema, 'properties')
  return Object.entries(properties ?? {}).flatMap(([name, property]) => {
    const form = numberForms[property.type]
    return form === undefined ? [] : [{ name, form }]
  })
}

function listProperties(schema: TSchema): string[] {
  const properties: unknown = Reflect.get(schema, 'properties')
  return Object.entries(properties ?? {}).flatMap(([name, { type }]) => (type === 'array' ? [name] : []))
}

/** Makes a list of what occurs once and may occur several times. */
function makeList(query: unknown, name: string): void {
  if (isRecord(query) && typeof query[name] === 'string') query[name] = [query[name]]
}

/** Keeps other text, which the check then refuses. */
function convertNumber(query: unknown, name: string, form: RegExp): void {
  if (!isRecord(query)) return
  const text = query[name]
  if (typeof text === 'string' && form.test(text)) query[name] = Number(text)
}

/** Fastify turns a repeated query parameter into an array. */
function repeatedProperty(query: unknown, lists: readonly string[]): string | undefined {
  if (!isRecord(query) || Object.getPrototypeOf(query) === Object.prototype) return undefined
  const name = Object.keys(query).find((key) => Array.isArray(query[key]) && !lists.includes(key))
  return name && `${name} is invalid: it may occur only once.`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
