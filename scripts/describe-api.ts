// Generates the OpenAPI document from the routes of the service. scripts/openapi.ts uses it, and so does the test that
// compares the committed copy.
import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import fastify, { type FastifySchema, type RouteOptions } from 'fastify'
import type { RouteConfig } from '../src/http/engine/route-config.ts'
import { allRoutes, type NodeState } from '../src/http/routes/all-routes.ts'
import { addRoutes, describedSchema, type Route } from '../src/http/routes/route.ts'
import * as catalog from '../src/protocol/catalog.ts'
import * as sessions from '../src/protocol/console/sessions.ts'
import * as enablement from '../src/protocol/enablement.ts'
import * as errors from '../src/protocol/errors.ts'
import * as identifiers from '../src/protocol/identifiers.ts'
import * as lwa from '../src/protocol/lwa.ts'
import * as operator from '../src/protocol/operator.ts'
import * as operatorKeys from '../src/protocol/operator-keys.ts'
import * as refusals from '../src/protocol/refusals.ts'
import * as unit from '../src/protocol/unit.ts'

type Json = { [key: string]: unknown }

/** Returns the document as JSON. The same routes always have the same document. */
export async function describeApi(): Promise<string> {
  const app = fastify({ exposeHeadRoutes: false })
  await app.register(swagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Skillkeeper', version: packageVersion(), description: about },
      servers: [{ url: 'http://127.0.0.1:5337', description: 'Where `npm start` listens.' }],
      tags: [
        { name: 'Skill enablements', description: 'The Skill Management API.' },
        { name: 'Units', description: 'The Property Hierarchy Management API.' },
        { name: 'Roles', description: 'The Role API: who may do what.' },
        { name: 'Rooms', description: 'Reads of rooms, for the operator and for whoever has a role.' },
        { name: 'Sessions', description: 'Signing in at the console, whose sessions buy access tokens.' },
        { name: 'Tokens', description: 'The token issuer, in the manner of Login with Amazon.' },
        {
          name: 'Operator',
          description: 'The catalog, the delegated links, the keys, the operations log and the refusals.',
        },
        { name: 'Service', description: 'Health, numbers and this description.' },
      ],
      components: { securitySchemes },
    },
    transform: ({ schema, url, route }) => ({ schema: complete(schema, configOf(route)), url }),
  })
  app.setSerializerCompiler(() => () => '')
  addRoutes(app, describedRoutes(), describedSchema)
  await app.ready()
  const document = withTitles(withNames(asEnums(JSON.parse(JSON.stringify(app.swagger())))))
  await app.close()
  return `${JSON.stringify(document, null, 2)}\n`
}

const about =
  'An independent implementation of the Alexa Skill Management API, compatible with its clients. Not affiliated with Amazon.'

const securitySchemes = {
  client: { type: 'http', scheme: 'bearer', description: 'An access token of the token issuer.' },
  operator: { type: 'http', scheme: 'bearer', description: 'A token of an operator.' },
} as const

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

const unusedState: NodeState = {
  isIssuer: true,
  followChanges: notCalled,
  hasConsole: true,
  keptOf: notCalled,
  operations: new Set(),
  openapiFile: new URL('../openapi.json', import.meta.url),
  isStopping: notCalled,
  fullForMs: notCalled,
  hasTestControls: false,
  renderMetrics: notCalled,
}

/** The routes of a service that is its own token issuer, whose handlers must not be called. */
export function describedRoutes(): readonly Route[] {
  return allRoutes(unusedState)
}

function notCalled(): never {
  throw new Error('To describe the API nothing is called.')
}

function configOf({ config }: RouteOptions): Partial<RouteConfig> {
  return config ?? {}
}

/** Headers of many responses. */
const headers = {
  'X-Amzn-RequestId': {
    type: 'string',
    format: 'uuid',
    description: 'Unique identifier for the request; it stands in the log, too.',
  },
  'Retry-After': { type: 'integer', description: 'Seconds to wait before the next try.' },
  'WWW-Authenticate': { type: 'string', description: 'The scheme to authenticate with.' },
} as const

const headersOfStatus: Readonly<Record<string, readonly (keyof typeof headers)[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

/** Adds the security and the headers of the responses to a route. */
function complete(schema: FastifySchema, { access }: Partial<RouteConfig>): FastifySchema {
  if (schema.hide) return schema
  const responses = Object.entries(Object(schema.response)).map(([status, response]) => {
    const names = ['X-Amzn-RequestId', ...(headersOfStatus[status] ?? [])] as const
    const ofAnswer = Object.fromEntries(names.map((name) => [name, headers[name]]))
    return [status, { ...Object(response), headers: { ...ofAnswer, ...Object(response).headers } }]
  })
  const security = schemesOf(access).map((scheme) => ({ [scheme]: [] }))
  return { ...schema, security, response: Object.fromEntries(responses) }
}

function schemesOf(access: RouteConfig['access'] | undefined): (keyof typeof securitySchemes)[] {
  if (access === 'either') return ['client', 'operator']
  return access === 'client' || access === 'operator' ? [access] : []
}

/** Writes a choice of strings as `enum`, as OpenAPI's tools expect. */
function asEnums(value: Json): Json {
  return Object.fromEntries(Object.entries(collapse(value)).map(([key, part]) => [key, asEnumsWithin(part)]))
}

function asEnumsWithin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asEnumsWithin)
  return isObject(value) ? asEnums(value) : value
}

function collapse({ anyOf, ...rest }: Json): Json {
  if (!Array.isArray(anyOf)) return anyOf === undefined ? rest : { ...rest, anyOf }
  const texts = anyOf.map((choice: unknown) => (isObject(choice) ? choice['const'] : undefined))
  return texts.every((text) => typeof text === 'string')
    ? { type: 'string', enum: texts, ...rest }
    : { anyOf, ...rest }
}

/** Moves each header, and each schema that has a name in the protocol, to `components` and replaces it with a reference. */
function withNames(document: Json): Json {
  const components = Object(document['components'])
  const parts = new Map<string, { section: string; name: string; content: unknown }>()
  const add = (section: string, name: string, content: Json) =>
    parts.set(textOf(content), { section, name, content })
  for (const [name, { description, ...schema }] of Object.entries(headers)) {
    add('headers', name, { schema, description })
  }
  for (const [name, schema] of [
    enablement,
    errors,
    identifiers,
    lwa,
    operator,
    operatorKeys,
    refusals,
    catalog,
    unit,
    sessions,
  ].flatMap(Object.entries)) {
    if (isSchema(schema) && /^[A-Z]/.test(name) && !/(Query|Path)$/.test(name))
      add('schemas', name, asEnums(plain(schema)))
  }

  const used: Record<string, Json> = { headers: {}, schemas: {} }
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace)
    if (!isObject(value)) return value
    const part = parts.get(textOf(value))
    if (part === undefined) return replaceWithin(value)
    const section = used[part.section] ?? {}
    if (!(part.name in section)) {
      section[part.name] = {}
      section[part.name] = replaceWithin(part.content)
    }
    return { $ref: `#/components/${part.section}/${part.name}` }
  }
  const replaceWithin = (value: unknown): Json =>
    Object.fromEntries(Object.entries(Object(value)).map(([key, part]) => [key, replace(part)]))

  const paths = replace(document['paths'])
  const schemas = { ...replaceWithin(components.schemas), ...used['schemas'] }
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1)))
  return { ...document, paths, components: { ...components, headers: used['headers'], schemas: sorted } }
}

/** Renames recursive schemas, which the generator numbers, to their titles. */
function withTitles(document: Json): Json {
  let text = JSON.stringify(document)
  for (const [name, schema] of Object.entries(Object(Object(document['components']).schemas))) {
    const { title } = Object(schema)
    if (name.startsWith('def-'))
      text = text.replaceAll(`schemas/${name}"`, `schemas/${title}"`).replace(`"${name}":`, `"${title}":`)
  }
  return JSON.parse(text)
}

function plain(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema))
}

/** Returns equal texts for schemas that differ only in their description. */
function textOf(schema: object): string {
  const { description, ...rest } = { description: undefined, ...schema }
  return JSON.stringify(rest)
}

function isSchema(value: unknown): value is Json {
  return isObject(value) && ('type' in value || 'anyOf' in value)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
