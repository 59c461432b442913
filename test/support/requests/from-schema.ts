/** Values of a schema of the OpenAPI document, most of them fitting, and what to put where nothing fits. */
import fc from 'fast-check'

/** The part of JSON Schema that the document uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

export interface Vocabulary {
  readonly schemas: Readonly<Record<string, Schema>>
  /** Values that mean something to the service, by the name of a schema or of a property. */
  readonly known: Readonly<Record<string, readonly string[]>>
}

/** Lists and objects deeper than this are left out: a schema may refer to itself. */
const depthMax = 4
const lengthMax = 40

export function valueFor(
  vocabulary: Vocabulary,
  schema: Schema,
  name = '',
  depth = 0,
): fc.Arbitrary<unknown> {
  const { known, schemas } = vocabulary
  if (schema.$ref !== undefined) {
    const target = schema.$ref.split('/').at(-1) ?? ''
    return valueFor(vocabulary, schemas[target] ?? {}, known[name] ? name : target, depth)
  }
  const words = known[name] ?? known[nameByPattern(vocabulary, schema)]
  const plain = plainValueOf(vocabulary, schema, depth)
  return words === undefined ? plain : fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...words) }, plain)
}

/** A parameter has the schema itself where a body refers to it by name. */
function nameByPattern({ schemas }: Vocabulary, { pattern }: Schema): string {
  if (pattern === undefined) return ''
  return Object.keys(schemas).find((name) => schemas[name]?.pattern === pattern) ?? ''
}

function plainValueOf(vocabulary: Vocabulary, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) {
    return fc.oneof(...schema.anyOf.map((one) => valueFor(vocabulary, one, '', depth)))
  }
  switch (schema.type) {
    case 'string':
      return textOf(schema)
    case 'integer': {
      const { minimum = -1000, maximum = 1000 } = schema
      return fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) })
    }
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'boolean':
      return fc.boolean()
    case 'array': {
      const maxLength = depth < depthMax ? 4 : 0
      return fc.array(valueFor(vocabulary, schema.items ?? {}, '', depth + 1), { maxLength })
    }
    case 'object':
      return objectOf(vocabulary, schema, depth)
    default:
      return fc.jsonValue({ maxDepth: 1 })
  }
}

function textOf({ pattern, minLength = 0, maxLength = lengthMax }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: 'small' })
  return fc.string({
    minLength,
    maxLength: Math.max(minLength, Math.min(maxLength, lengthMax)),
    unit: 'binary',
  })
}

function objectOf(vocabulary: Vocabulary, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema
  const names = Object.keys(properties).filter((name) => depth < depthMax || required.includes(name))
  const model = Object.fromEntries(
    names.map((name) => [name, valueFor(vocabulary, properties[name] ?? {}, name, depth + 1)]),
  )
  return fc.record(model, { requiredKeys: names.filter((name) => required.includes(name)) })
}

/** What no schema expects. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    -(2 ** 53),
    2 ** 53,
    '',
    ' ',
    '\u0000',
    '\ud800',
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [{}],
    [null],
    'null',
    '[]',
    '{}',
    '../..',
    '%00',
    "' or 1=1 --",
    '<b>',
  ),
  fc.constant<unknown>(JSON.parse('{"__proto__":{"items":[]},"constructor":1,"toString":null}')),
  fc.constant<unknown>('x'.repeat(5000)),
  fc.constant<unknown>(Array(200).fill(null)),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Where to put what: the place is counted through the value, so that any number means one. */
export interface Mutation {
  readonly place: number
  readonly change: 'replace' | 'remove' | 'add'
  readonly value: unknown
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(50),
  change: fc.constantFrom('replace', 'replace', 'remove', 'add'),
  value: odd,
})

export function mutated(value: unknown, { place, change, value: other }: Mutation): unknown {
  let left = place % countPlaces(value)
  const walk = (at: unknown): unknown => {
    if (left-- === 0 && (change === 'replace' || typeof at !== 'object' || at === null)) return other
    if (Array.isArray(at)) {
      const items = at.map(walk)
      return left === -1 && change === 'add' ? [...items, other] : items
    }
    if (typeof at !== 'object' || at === null) return at
    const entries = Object.entries(at).flatMap(([name, one]): [string, unknown][] => {
      if (left === 0 && change === 'remove') {
        left = -1
        return []
      }
      return [[name, walk(one)]]
    })
    return Object.fromEntries(entries)
  }
  return walk(value)
}

function countPlaces(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, one) => sum + countPlaces(one), 1)
}
