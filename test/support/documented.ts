/** Holds answers against the committed OpenAPI document: a status that the operation has, and a body of its schema. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Compile, type Validator } from 'typebox/schema'

type Json = Record<string, unknown>

interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
}

const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'))
const paths: [pattern: RegExp, methods: Record<string, Operation>][] = Object.entries(
  document.paths as Record<string, Record<string, Operation>>,
)
  // A literal path comes before one with parameters.
  .sort(([one], [other]) => one.split('{').length - other.split('{').length)
  .map(([path, methods]) => [new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}/?$`), methods])
const validators = new Map<object, Validator>()

export interface Answered {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * Fails unless the answer is as documented. A path that is not in the document must be answered 404; a method that its
 * path does not have, 405, or 204 for OPTIONS.
 */
export function assertDocumented({ method, path, status, headers, text }: Answered): void {
  const what = `${method} ${path} ${status}`
  assert.match(headers.get('x-amzn-requestid') ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, what)
  const operation = findOperation(method, path)
  if (operation === undefined) {
    if (status !== 400) assert.equal(status, findPath(path) ? (method === 'OPTIONS' ? 204 : 405) : 404, what)
    return
  }
  const response = operation.responses[String(status)]
  assert.ok(response, `${what} is not documented`)
  const [type, media] = Object.entries(response.content ?? {})[0] ?? []
  if (type === undefined || media === undefined) {
    assert.equal(text, '', `${what} has a body`)
    return
  }
  assert.ok(headers.get('content-type')?.startsWith(type), `${what} is ${headers.get('content-type')}`)
  if (type === 'application/json') assertFits(JSON.parse(text), media.schema, what)
}

function findPath(path: string): Record<string, Operation> | undefined {
  const [pathname = ''] = path.replace(/^\/+/, '/').split('?')
  return paths.find(([pattern]) => pattern.test(pathname))?.[1]
}

function findOperation(method: string, path: string): Operation | undefined {
  return findPath(path)?.[method === 'HEAD' ? 'get' : method.toLowerCase()]
}

function assertFits(body: unknown, schema: object, what: string): void {
  let validator = validators.get(schema)
  if (validator === undefined) {
    validator = Compile(withDefinitions(schema) as Json)
    validators.set(schema, validator)
  }
  // To find out what does not fit takes a hundred times as long.
  if (validator.Check(body)) return
  assert.fail(`${what}: ${JSON.stringify(validator.Errors(body)[1])} in ${JSON.stringify(body)}`)
}

/** The schema on its own, with what it refers to beside it. */
function withDefinitions(schema: object): object {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas })
  return JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/'))
}
