/** Requests for every operation of the OpenAPI document: good ones, and good ones with something wrong. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { mutated, mutation, odd, type Schema, type Vocabulary, valueFor } from './from-schema.ts'

export interface GeneratedRequest {
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
  readonly contentType: string | undefined
  /** Whose token is sent; `right` is the one that the path asks for. */
  readonly who: 'right' | 'other client' | 'operator' | 'nobody' | 'nonsense'
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Schema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> }
}

const document: {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
} = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'))

const formType = 'application/x-www-form-urlencoded'
/** A little more than the service takes. */
const tooLarge = 1_200_000

export interface Words {
  /** Values that mean something, by the name of a schema or of a property. */
  readonly known: Vocabulary['known']
  /** The same for operations that remove something. */
  readonly expendable: Vocabulary['known']
  /** Bodies that are good, by the ID of the operation. */
  readonly bodies: Readonly<Record<string, readonly unknown[]>>
}

export function requestsOf({ known, expendable, bodies }: Words): fc.Arbitrary<GeneratedRequest> {
  const { schemas } = document.components
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const words = operation.operationId.startsWith('remove') ? { ...known, ...expendable } : known
      // Most of the requests are for the operations of the page.
      const weight = path.startsWith('/v1/') ? 5 : 1
      return { weight, arbitrary: requestOf({ schemas, known: words }, path, method, operation, bodies) }
    }),
  )
  return fc.oneof(...operations)
}

function requestOf(
  vocabulary: Vocabulary,
  path: string,
  method: string,
  operation: Operation,
  bodies: Words['bodies'],
): fc.Arbitrary<GeneratedRequest> {
  const parameters = operation.parameters ?? []
  const values = (place: string) =>
    fc.tuple(
      ...parameters
        .filter((one) => one.in === place)
        .map((one) => fc.tuple(fc.constant(one.name), parameterOf(vocabulary, one))),
    )
  return fc.record({
    operationId: fc.constant(operation.operationId),
    method: fc.oneof(
      { weight: 40, arbitrary: fc.constant(method.toUpperCase()) },
      { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
    ),
    path: values('path').map((found) =>
      found.reduce(
        (text, [name, one]) => text.replace(`{${name}}`, () => encode(one.map(textOf).join('')) || '%20'),
        path,
      ),
    ),
    query: fc
      .tuple(values('query'), seldom(fc.tuple(fc.constantFrom('expand', 'unitId', '', '__proto__'), odd)))
      .map(([found, extra]) => [
        ...found.flatMap(([name, given]) => given.map((one) => [name, textOf(one)] as const)),
        ...(extra ? [[extra[0], textOf(extra[1])] as const] : []),
      ]),
    who: fc.oneof(
      { weight: 20, arbitrary: fc.constant('right' as const) },
      { weight: 3, arbitrary: fc.constantFrom('other client', 'operator', 'nobody', 'nonsense') },
    ),
    ...bodyOf(vocabulary, operation, bodies[operation.operationId] ?? []),
  })
}

/** Once, not at all, twice, or something else. */
function parameterOf(
  vocabulary: Vocabulary,
  { name, required, schema }: { name: string; required: boolean; schema: Schema },
): fc.Arbitrary<readonly unknown[]> {
  const good = valueFor(vocabulary, schema, name)
  return fc.oneof(
    { weight: 40, arbitrary: good.map((one) => [one]) },
    { weight: required ? 1 : 30, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(good, good) },
    { weight: 3, arbitrary: odd.map((one) => [one]) },
  )
}

function bodyOf(vocabulary: Vocabulary, { requestBody }: Operation, examples: readonly unknown[]) {
  const [contentType, media] = Object.entries(requestBody?.content ?? {})[0] ?? []
  if (contentType === undefined || media === undefined) {
    const unwanted = seldom(fc.constantFrom('{}', 'nonsense', 'x'.repeat(tooLarge)))
    return { body: unwanted, contentType: fc.constant(undefined) }
  }
  const generated = valueFor(vocabulary, media.schema)
  const good = examples.length === 0 ? generated : fc.oneof(generated, fc.constantFrom(...examples))
  const write = (value: unknown) =>
    contentType === formType && isRecord(value) ? formOf(value) : textOf(value)
  return {
    contentType: fc.oneof(
      { weight: 8, arbitrary: fc.constant(contentType) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(undefined, 'text/plain', 'application/json', formType, 'a/b; c'),
      },
    ),
    body: fc.oneof(
      { weight: 14, arbitrary: good.map(write) },
      { weight: 6, arbitrary: fc.tuple(good, mutation).map(([value, one]) => write(mutated(value, one))) },
      { weight: 1, arbitrary: good.map((value) => textOf(value)) },
      {
        weight: 2,
        arbitrary: fc.tuple(good, fc.nat(), odd).map(([value, at, one]) => spoil(write(value), at, one)),
      },
      { weight: 1, arbitrary: odd.map(textOf) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          undefined,
          '',
          'x'.repeat(tooLarge),
          '['.repeat(50_000),
          '{"items":[1e999]}',
        ),
      },
    ),
  }
}

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, arbitrary)
}

/** Something is put in the middle of the text, or it ends there. */
function spoil(text: string, at: number, other: unknown): string {
  const place = at % (text.length + 1)
  return other === null ? text.slice(0, place) : text.slice(0, place) + textOf(other) + text.slice(place)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function formOf(value: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(value).map(([name, one]): [string, string] => [name, textOf(one)])
  return new URLSearchParams(fields).toString()
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Half a character has no encoding. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
