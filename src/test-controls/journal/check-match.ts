/** Refuses a match that no entry can fit because of its form, with the name that was probably meant. */
import { nearestName } from '../../protocol/name.ts'

export const matchNames = [
  'operation',
  'clientId',
  'requestId',
  'unitId',
  'skillId',
  'method',
  'path',
  'query',
  'headers',
  'body',
  'status',
  'responseHeaders',
  'responseBody',
  'fault',
] as const

/** Returns the problem of a match. `operations`: the names of operations that the service has. */
export function matchProblem(
  match: Readonly<Record<string, unknown>>,
  operations: ReadonlySet<string>,
): string | undefined {
  for (const [name, value] of Object.entries(match)) {
    if (!matchNames.some((known) => known === name))
      return unknown('match has an unknown property', name, matchNames)
    const problem = valueProblem(value, `match.${name}`)
    if (problem !== undefined) return problem
  }
  for (const operation of textsIn(match.operation))
    if (!operations.has(operation))
      return unknown('match.operation is invalid', operation, [...operations].sort())
  return undefined
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const meant = nearestName(name, known)
  return meant === undefined ? `${what}. Known: ${known.join(', ')}.` : `${what}. Did you mean ${meant}?`
}

const patternLengthMax = 1000

function valueProblem(value: unknown, at: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const parts = Object.entries(value)
  const [[name, given] = ['', undefined]] = parts
  if (parts.length === 1 && !Array.isArray(value)) {
    if (name === 'matches' && !isPattern(given))
      return `${at}.matches is invalid: it is no regular expression.`
    if (name === 'anyOf' && !(Array.isArray(given) && given.length > 0))
      return `${at}.anyOf is invalid: it is a list of values.`
    if (name === 'absent' && typeof given !== 'boolean') return `${at}.absent is invalid: true or false.`
  }
  for (const [key, part] of parts) {
    const problem = valueProblem(part, `${at}.${key}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

function isPattern(given: unknown): boolean {
  if (typeof given !== 'string' || given.length > patternLengthMax) return false
  try {
    new RegExp(given, 'u')
    return true
  } catch {
    return false
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  const choices: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'anyOf') : undefined
  return Array.isArray(choices) ? choices.flatMap(textsIn) : []
}
