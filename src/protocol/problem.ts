import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

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
    const [error] = validator.Errors(value)
    const path = (error?.instancePath ?? '').split('/').slice(1)
    const missing = error?.keyword === 'required' ? error.params.requiredProperties[0] : undefined
    if (missing !== undefined) path.push(missing)
    return describe(schema, path, whole)
  }
}

function describe(schema: TSchema, path: readonly string[], whole: string): string {
  let name = ''
  let place: unknown = schema
  for (const key of path) {
    name += /^\d+$/.test(key) ? `[${key}]` : `${name === '' ? '' : '.'}${key}`
    place = child(place, /^\d+$/.test(key) ? ['items'] : ['properties', key])
  }
  const description = child(place, ['description'])
  const expected = typeof description === 'string' ? `: ${description}` : '.'
  return `${name === '' ? whole : name} is missing or invalid${expected}`
}

function child(place: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    place,
  )
}
