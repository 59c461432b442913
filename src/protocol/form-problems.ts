/**
 * Finds every problem in the form of a value, with its place and a message for the author. Supports the part of JSON
 * Schema that the catalog uses; throws for a schema with other keywords.
 */
import type { Static, TSchema } from 'typebox'
import { absenceDropper } from './absent.ts'

/** A problem and its place: `organizations[0].units[2].id`. The path of the value itself is empty. */
export interface FormProblem {
  readonly path: string
  readonly message: string
}

/** Whether the value has the form; if not, adds the problems. Removes absent properties. */
export function hasForm<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  path: string,
  problems: FormProblem[],
): value is Static<Schema> {
  absenceDropper(schema)(value)
  const found = formProblems(schema, value, path)
  problems.push(...found)
  return found.length === 0
}

/** The supported keywords; others only describe, such as `default`. */
interface Form {
  readonly type?: string
  readonly properties?: Readonly<Record<string, object>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | object
  readonly items?: object
  readonly minItems?: number
  readonly uniqueItems?: boolean
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly anyOf?: readonly { readonly const?: unknown; readonly type?: string }[]
  readonly description?: string
}

function isForm(schema: object): schema is Form {
  return !(
    '$ref' in schema ||
    'allOf' in schema ||
    'oneOf' in schema ||
    'enum' in schema ||
    'format' in schema
  )
}

function formProblems(schema: object, value: unknown, path: string): FormProblem[] {
  if (!isForm(schema)) throw new Error(`The form of ${path} has keywords that cannot be checked.`)
  if (schema.anyOf) return choiceProblems(schema, value, path)
  switch (schema.type) {
    case 'object':
      return objectProblems(schema, value, path)
    case 'array':
      return arrayProblems(schema, value, path)
    case 'string':
      return stringProblems(schema, value, path)
    case 'boolean':
      if ('const' in schema)
        return value === schema.const ? [] : [{ path, message: `must be ${schema.const}.` }]
      return typeof value === 'boolean' ? [] : [{ path, message: 'must be true or false.' }]
    case undefined:
      return []
    default:
      throw new Error(`The form of ${path} has a type that cannot be checked: ${schema.type}.`)
  }
}

function objectProblems(form: Form, value: unknown, path: string): FormProblem[] {
  if (!isObject(value)) return [{ path, message: 'must be an object.' }]
  const properties = form.properties ?? {}
  const problems: FormProblem[] = []
  for (const name of form.required ?? []) {
    if (!Object.hasOwn(value, name)) problems.push({ path: below(path, name), message: 'is missing.' })
  }
  for (const [name, part] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    const schema =
      known ?? (typeof form.additionalProperties === 'object' ? form.additionalProperties : undefined)
    if (schema) problems.push(...formProblems(schema, part, below(path, name)))
    else if (form.additionalProperties === false) {
      const names = Object.keys(properties).filter((property) => property !== '$schema')
      problems.push({ path: below(path, name), message: `is unknown. Known: ${names.join(', ')}.` })
    }
  }
  return problems
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the path of a property as code would write it. */
function below(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}

function arrayProblems(form: Form, value: unknown, path: string): FormProblem[] {
  if (!Array.isArray(value)) return [{ path, message: 'must be an array.' }]
  const problems: FormProblem[] = []
  if (value.length < (form.minItems ?? 0)) problems.push({ path, message: 'must not be empty.' })
  for (const [index, item] of value.entries()) {
    const itemPath = `${path}[${index}]`
    if (form.items) problems.push(...formProblems(form.items, item, itemPath))
    if (form.uniqueItems && value.indexOf(item) < index)
      problems.push({ path: itemPath, message: 'occurs twice.' })
  }
  return problems
}

/** A message never shows the value: it may be a secret. */
function stringProblems(form: Form, value: unknown, path: string): FormProblem[] {
  const explain = (message: string) => [{ path, message: `${message} ${form.description ?? ''}`.trim() }]
  if (typeof value !== 'string') return explain('must be a string.')
  if (value.length < (form.minLength ?? 0)) return explain('must not be empty.')
  if (form.maxLength !== undefined && value.length > form.maxLength) {
    return explain(`is too long: it may have at most ${form.maxLength} characters.`)
  }
  if (form.pattern !== undefined && !new RegExp(form.pattern).test(value))
    return explain('has the wrong form.')
  return []
}

/** One of several values, or a text in whose place an object may stand. */
function choiceProblems(form: Form, value: unknown, path: string): FormProblem[] {
  const choices = form.anyOf ?? []
  const object = choices.find(({ type }) => type === 'object')
  const other = choices.find(({ type }) => type !== 'object')
  if (object && other) return formProblems(isObject(value) ? object : other, value, path)
  if (choices.some((choice) => choice.const === value)) return []
  const allowed = choices.map((choice) => JSON.stringify(choice.const)).join(', ')
  return [{ path, message: `must be one of ${allowed}.` }]
}
