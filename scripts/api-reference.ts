// Generates docs/api.md, the reference of the API, from the OpenAPI document. scripts/openapi.ts uses it, and so does the
// test that compares the committed page.

/** The part of an OpenAPI document that the page shows. */
interface Document {
  readonly info: { readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly headers: Readonly<Record<string, { readonly description?: string }>>
  }
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, Response>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly example?: unknown
  readonly schema: Schema
}

interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Content
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly pattern?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** Returns the page as Markdown. `openapi` is the document as JSON. */
export function apiReference(openapi: string): string {
  const document: Document = JSON.parse(openapi)
  const operations = Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod)
      .filter(([method]) => methods.includes(method))
      .map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = document.tags.map(({ name, description }) => {
    const ofTag = operations.filter(({ operation }) => operation.tags.includes(name))
    const rows = ofTag.map(
      ({ path, method, operation }) =>
        `| ${link(operation.summary, titleOf(operation))} | ${code(`${method.toUpperCase()} ${path}`)} |`,
    )
    return {
      contents: `**${name}.** ${description}\n\n| operation | request |\n|---|---|\n${rows.join('\n')}\n`,
      text: `## ${name}\n\n${ofTag.map(showOperation).join('\n')}`,
    }
  })
  return [
    `# The API\n\n${document.info.description}\n`,
    'Every path, parameter, answer and body. `npm run openapi` makes this page from the routes, as it makes',
    '[`openapi.json`](../openapi.json), which a running service serves at `/openapi.json`. What the published page leaves open is decided in the',
    '[ledger](fidelity.md). Every answer has the header `X-Amzn-RequestId`.\n',
    ...sections.map(({ contents }) => contents),
    ...sections.map(({ text }) => text),
    `## Bodies\n\n${Object.entries(document.components.schemas).map(showSchema).join('\n')}`,
  ].join('\n')
}

interface Placed {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

function showOperation({ path, method, operation }: Placed): string {
  const { description, parameters = [], requestBody, responses } = operation
  const access = operation.security.flatMap(Object.keys)
  const shownParameters = parameters.map(
    ({ name, in: place, required, schema, description: what, example }) =>
      row([
        code(name),
        place,
        required ? 'yes' : 'no',
        typeOf(schema),
        sentences(what, limitsOf(schema), exampleOf(example)),
      ]),
  )
  const answers = Object.entries(responses).map(([status, response]) =>
    row([status, bodyOf(response.content), sentences(response.description, headersOf(response))]),
  )
  return [
    `### ${titleOf(operation)}\n`,
    `${code(`${method.toUpperCase()} ${path}`)}, ${accessText(access)}.\n`,
    ...(description === undefined ? [] : [`${description}\n`]),
    ...table(['parameter', 'in', 'required', 'type', 'what it is'], shownParameters),
    ...(requestBody === undefined ? [] : [`Body: ${bodyOf(requestBody.content)}.\n`]),
    ...table(['status', 'body', 'when'], answers),
  ].join('\n')
}

function titleOf({ summary, operationId }: Operation): string {
  return `${summary} (${operationId})`
}

function accessText(access: readonly string[]): string {
  const isForClients = access.includes('client')
  if (access.includes('operator'))
    return `with ${isForClients ? 'an access token or ' : ''}the operator's token`
  return isForClients ? 'with an access token' : 'without a token in `Authorization`'
}

function showSchema([name, schema]: [name: string, schema: Schema]): string {
  const what = sentences(schema.description, limitsOf(schema))
  const rows = rowsOf(schema, '')
  const form = rows.length > 0 ? [] : [`${typeOf(schema)}.${what && ' '}${what}\n`]
  const about = rows.length > 0 && what !== '' ? [`${what}\n`] : []
  return [
    `### ${name}\n`,
    ...form,
    ...about,
    ...table(['property', 'required', 'type', 'what it is'], rows),
  ].join('\n')
}

/** The rows for the properties of a schema, including those of nested objects. */
function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    const what = sentences(property.description, limitsOf(property), exampleOf(property.examples?.[0]))
    const own = row([code(prefix + name), required.includes(name) ? 'yes' : 'no', typeOf(property), what])
    return [
      own,
      ...rowsOf(property, `${prefix}${name}.`),
      ...rowsOf(property.items ?? {}, `${prefix}${name}[].`),
    ]
  })
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return link(name, name)
  }
  if (schema.enum !== undefined) return schema.enum.map(literal).join(', ')
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`
  return schema.format === undefined ? (schema.type ?? 'anything') : `${schema.type} (${schema.format})`
}

/** The limits of a value. */
function limitsOf(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema
  return [
    range('from', minimum, maximum, ''),
    range('', minLength, maxLength, ' characters'),
    range('', minItems, maxItems, ' items'),
    pattern === undefined ? '' : `Pattern ${code(pattern)}`,
    schema.default === undefined ? '' : `Default ${literal(schema.default)}`,
  ]
    .filter((limit) => limit !== '')
    .join('. ')
}

function range(before: string, min: number | undefined, max: number | undefined, unit: string): string {
  if (max === undefined) return min === undefined ? '' : `At least ${min}${unit}`
  return min === undefined ? `At most ${max}${unit}` : `${before ? 'From ' : ''}${min} to ${max}${unit}`
}

function headersOf({ headers = {} }: Response): string {
  const own = Object.keys(headers).filter((name) => name !== 'X-Amzn-RequestId')
  return own.length === 0 ? '' : `With ${own.map(code).join(', ')}`
}

function bodyOf(content: Content | undefined): string {
  if (content === undefined) return 'none'
  const types = Object.keys(content)
  const schemas = new Set(Object.values(content).map(({ schema }) => typeOf(schema)))
  const isJson = types.length === 1 && types[0] === 'application/json'
  return `${[...schemas].join(' or ')}${isJson ? '' : ` as ${types.map(code).join(' or ')}`}`
}

function exampleOf(example: unknown): string {
  return example === undefined ? '' : `Example: ${literal(example)}`
}

function sentences(...texts: readonly (string | undefined)[]): string {
  return texts
    .map((text) => (text ?? '').trim())
    .filter((text) => text !== '')
    .map((text) => (/[.:!?]$/.test(text) ? text : `${text}.`))
    .join(' ')
}

function table(heads: readonly string[], rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [[row(heads), `|${'---|'.repeat(heads.length)}`, ...rows, ''].join('\n')]
}

/** A bar inside a cell is escaped, because it separates cells. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function literal(value: unknown): string {
  return code(typeof value === 'string' ? value : JSON.stringify(value))
}

function code(text: string): string {
  return `\`${text}\``
}

/** A link to a heading, with the anchor that Markdown viewers generate for it. */
function link(text: string, heading: string): string {
  const anchor = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
  return `[${text}](#${anchor})`
}
