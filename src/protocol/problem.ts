import type { TSchema } from 'typebox'
// `typebox/compile` also loads conversions and defaults.
import { Compile } from 'typebox/schema'
import { nearestName } from './name.ts'

/** Returns a message if the value is invalid, `undefined` otherwise. */
export type ProblemFinder = (value: unknown) => string | undefined

/**
 * Compiles a schema into a check. Its message names the invalid property and the expected form, in the words of the
 * page: `unitId is missing or invalid: Unit ID, in the format …`. `whole` names the value itself.
 */
export function problemFinder(schema: TSchema, whole: string): ProblemFinder {
  let validator: ReturnType<typeof Compile<TSchema>> | undefined
  return (value) => {
    validator ??= Compile(schema)
    if (validator.Check(value)) return undefined
    const [, errors] = validator.Errors(value)
    // A property that is missing may only be misspelt.
    const unknown = errors.find(({ keyword }) => keyword === 'additionalProperties')
    return (unknown && unknownName(schema, unknown)) ?? invalidPart(schema, errors[0], value, whole)
  }
}

type FormError = ReturnType<ReturnType<typeof Compile<TSchema>>['Errors']>[1][number]

function invalidPart(schema: TSchema, error: FormError | undefined, value: unknown, whole: string): string {
  const path = (error?.instancePath ?? '').split('/').slice(1)
  const missing = error?.keyword === 'required' ? error.params.requiredProperties[0] : undefined
  if (missing !== undefined) path.push(missing)
  const given = child(value, path)
  const allowed = error?.keyword === 'enum' ? error.params.allowedValues.map(String) : []
  const meant = typeof given === 'string' ? nearestName(given, allowed) : undefined
  return `${describe(schema, path, whole)}${meant === undefined ? '' : ` Did you mean ${meant}?`}`
}

/** Returns nothing if it is not clear which properties are known, as in a union. */
function unknownName(schema: TSchema, error: FormError): string | undefined {
  const path = error.instancePath.split('/').slice(1)
  const [name = ''] = error.keyword === 'additionalProperties' ? error.params.additionalProperties : []
  const known = Object.keys(Object(child(placeOf(schema, path), ['properties'])))
  if (known.length === 0) return undefined
  const meant = nearestName(name, known)
  const where = path.length === 0 ? '' : ` in ${nameOf(path)}`
  const advice = meant === undefined ? `Known: ${known.join(', ')}.` : `Did you mean ${meant}?`
  return `A property${where} is unknown. ${advice}`
}

function describe(schema: TSchema, path: readonly string[], whole: string): string {
  const place = placeOf(schema, path)
  const description = child(place, ['description'])
  const values = child(place, ['enum'])
  const oneOf = Array.isArray(values) ? `: one of ${values.join(', ')}.` : '.'
  const expected = typeof description === 'string' ? `: ${description}` : oneOf
  return `${path.length === 0 ? whole : nameOf(path)} is missing or invalid${expected}`
}

const isIndex = (key: string) => /^\d+$/.test(key)

/** Returns the path as code would write it. */
function nameOf(path: readonly string[]): string {
  return path.map((key, index) => (isIndex(key) ? `[${key}]` : index === 0 ? key : `.${key}`)).join('')
}

function placeOf(schema: TSchema, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (place, key) => child(place, isIndex(key) ? ['items'] : ['properties', key]),
    schema,
  )
}

function child(place: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    place,
  )
}
