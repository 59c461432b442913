/** The OpenAPI document as what both sides promise: operations by path, and the schema of each answer. */
import { readFileSync } from 'node:fs'
import { plainPath } from './call.ts'
import { fieldAt, isRecord, listAt, textAt } from './json.ts'

export interface ContractOperation {
  /** Its `operationId`, such as `enableSkill`. */
  readonly id: string
  /** The parameters of its path, decoded. */
  readonly parameters: Readonly<Record<string, string>>
}

export type Schema = Readonly<Record<string, unknown>>

export interface Contract {
  /** The names of all properties and the values of all closed lists. */
  readonly words: ReadonlySet<string>
  /** `undefined` for a path or a method that the document does not have. HEAD is a get. */
  find(method: string, path: string): ContractOperation | undefined
  /** The schema of the body; `undefined` if the document has none. */
  answer(operationId: string, status: number): Schema | undefined
  /** The names of the headers of the answer, in lower case. */
  headers(operationId: string, status: number): readonly string[]
  /** The schema of a property, or of the items of an array. */
  property(schema: Schema | undefined, name: string): Schema | undefined
  items(schema: Schema | undefined): Schema | undefined
}

interface Entry {
  readonly method: string
  readonly pattern: RegExp
  readonly names: readonly string[]
  readonly id: string
}

/** Reads `openapi.json` of the package. */
export function readContract(): Contract {
  const document: unknown = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'))
  const operations = new Map<string, unknown>()
  const entries: Entry[] = []
  for (const [path, methods] of entriesAt(document, 'paths'))
    for (const [method, operation] of entriesAt(methods)) {
      const id = textAt(operation, 'operationId') ?? `${method} ${path}`
      operations.set(id, operation)
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
      const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`)
      entries.push({ method: method.toUpperCase(), pattern, names, id })
    }
  // A literal path comes before one with parameters.
  entries.sort((one, other) => one.names.length - other.names.length)

  const resolved = (schema: unknown): Schema | undefined => {
    const name = textAt(schema, '$ref')?.split('/').at(-1)
    const found = name === undefined ? schema : fieldAt(document, 'components', 'schemas', name)
    return isRecord(found) ? found : undefined
  }
  const response = (id: string, status: number) => fieldAt(operations.get(id), 'responses', String(status))
  return {
    words: wordsOf(document),
    find(method, path) {
      const plain = plainPath(path)
      const asked = method === 'HEAD' ? 'GET' : method
      for (const entry of entries) {
        const found = entry.method === asked ? entry.pattern.exec(plain) : null
        if (found === null) continue
        const parameters = entry.names.map((name, index) => [name, decoded(found[index + 1] ?? '')])
        return { id: entry.id, parameters: Object.fromEntries(parameters) }
      }
      return undefined
    },
    answer: (id, status) => resolved(fieldAt(response(id, status), 'content', 'application/json', 'schema')),
    headers: (id, status) => entriesAt(response(id, status), 'headers').map(([name]) => name.toLowerCase()),
    property: (schema, name) => resolved(fieldAt(schema, 'properties', name)),
    items: (schema) => resolved(fieldAt(schema, 'items')),
  }
}

/**
 * Whether equal calls have equal values here: closed lists, numbers, and texts with a form, such as IDs. Any other text is
 * for people, or was made for the one answer.
 */
export function isStable(schema: Schema | undefined): boolean {
  if (schema === undefined) return false
  const { type, pattern } = schema
  if (['integer', 'number', 'boolean'].includes(String(type)) || typeof pattern === 'string') return true
  if (Array.isArray(schema['enum']) || Object.hasOwn(schema, 'const')) return true
  return listAt(schema, 'anyOf').some((one) => isRecord(one) && isStable(one))
}

function wordsOf(value: unknown, words = new Set<string>()): Set<string> {
  const inner = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []
  for (const [name] of entriesAt(value, 'properties')) words.add(name)
  for (const one of [...listAt(value, 'enum'), fieldAt(value, 'const')])
    if (typeof one === 'string') words.add(one)
  for (const one of inner) wordsOf(one, words)
  return words
}

/** Whether the schema is a closed list that has the value. */
export function isListed(schema: Schema | undefined, value: unknown): boolean {
  return listAt(schema, 'enum').includes(value)
}

function entriesAt(value: unknown, ...names: readonly string[]): [string, unknown][] {
  const found = fieldAt(value, ...names)
  return isRecord(found) ? Object.entries(found) : []
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
