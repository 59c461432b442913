/** The fields of each kind of record, by their places in a catalog file, and a record as the values of these fields. */
import type { CatalogKind } from '../api/catalog.ts'
import type { Words } from '../words/en.ts'

export type Value = string | boolean | readonly string[]
export type Values = Readonly<Record<string, Value>>
/** A record, or a change of one, as a catalog file has it. */
export type RecordDocument = Readonly<Record<string, unknown>>

export interface RecordField {
  /** The name of the property; a dot leads into an object. */
  readonly path: string
  /** `many`: any number of the options. `lines`: any number of texts. `object`: whether the object is there. */
  readonly form: 'text' | 'secret' | 'one' | 'many' | 'lines' | 'flag' | 'object'
  readonly label: (words: Words) => string
  readonly hint?: (words: Words) => string
  readonly options?: readonly string[]
  /** The text of an option, if it is not the option itself. */
  readonly optionText?: (words: Words, option: string) => string
  readonly isRequired?: boolean
}

const name: RecordField = {
  path: 'name',
  form: 'text',
  label: (words) => words.catalog.heads.name,
  isRequired: true,
}
const linking = (part: string) => `accountLinking.${part}`
const stayHint = (words: Words) => words.catalog.secretStays
const textOf = (texts: Readonly<Record<string, string>>, option: string) => texts[option] ?? option

export const recordFields: Readonly<Record<CatalogKind, readonly RecordField[]>> = {
  organizations: [
    name,
    {
      path: 'solution',
      form: 'one',
      label: (words) => words.catalog.heads.solution,
      options: ['healthcare', 'hospitality', 'residential', 'senior_living', 'core'],
      optionText: (words, option) => textOf(words.solutions, option),
    },
    {
      path: 'country',
      form: 'one',
      label: (words) => words.catalog.heads.country,
      options: ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'],
    },
    {
      path: 'requiresSubscription',
      form: 'flag',
      label: (words) => words.catalog.fields.requiresSubscription,
    },
  ],
  skills: [
    name,
    {
      path: 'stages',
      form: 'many',
      label: (words) => words.catalog.heads.stages,
      options: ['live', 'certification', 'development'],
      optionText: (words, option) => textOf(words.stage, option),
    },
    { path: 'accountLinking', form: 'object', label: (words) => words.catalog.links },
    {
      path: linking('accessTokenUri'),
      form: 'text',
      label: (words) => words.catalog.fields.accessTokenUri,
      isRequired: true,
    },
    {
      path: linking('clientId'),
      form: 'text',
      label: (words) => words.catalog.fields.clientId,
      isRequired: true,
    },
    {
      path: linking('clientSecret'),
      form: 'secret',
      label: (words) => words.catalog.fields.clientSecret,
      hint: stayHint,
    },
    {
      path: linking('authenticationScheme'),
      form: 'one',
      label: (words) => words.catalog.fields.authenticationScheme,
      options: ['HTTP_BASIC', 'REQUEST_BODY_CREDENTIALS'],
    },
    {
      path: linking('authorizationUri'),
      form: 'text',
      label: (words) => words.catalog.fields.authorizationUri,
    },
    { path: linking('revocationUri'), form: 'text', label: (words) => words.catalog.fields.revocationUri },
    { path: linking('scopes'), form: 'lines', label: (words) => words.catalog.fields.scopes },
    {
      path: linking('skipOnEnablement'),
      form: 'flag',
      label: (words) => words.catalog.fields.skipOnEnablement,
    },
  ],
  clients: [
    name,
    { path: 'redirectUris', form: 'lines', label: (words) => words.catalog.fields.redirectUris },
    {
      path: 'grants',
      form: 'many',
      label: (words) => words.catalog.heads.grants,
      options: ['authorization_code', 'refresh_token', 'client_credentials'],
    },
  ],
  people: [
    name,
    { path: 'email', form: 'text', label: (words) => words.catalog.email },
    {
      path: 'passphraseHash',
      form: 'secret',
      label: (words) => words.catalog.passphraseHash,
      hint: (words) => words.catalog.passphraseHint,
    },
    { path: 'subject', form: 'text', label: (words) => words.catalog.fields.subject },
  ],
}

/** Returns what the record has in each field. */
export function valuesOf(kind: CatalogKind, record: RecordDocument): Values {
  return Object.fromEntries(recordFields[kind].map((field) => [field.path, valueIn(field, record)]))
}

function valueIn({ path, form, options }: RecordField, record: RecordDocument): Value {
  const value = path.split('.').reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), record)
  switch (form) {
    case 'text':
      return typeof value === 'string' ? value : ''
    // No answer has one.
    case 'secret':
      return ''
    case 'one':
      return typeof value === 'string' ? value : (options?.[0] ?? '')
    case 'many':
    case 'lines':
      return Array.isArray(value) ? value.map(String) : []
    case 'flag':
      return value === true
    case 'object':
      return isObject(value)
  }
}

/** Returns the record with these values. What is empty is left out. */
export function documentOf(kind: CatalogKind, values: Values): RecordDocument {
  const record = new Map<string, unknown>()
  for (const { path } of fieldsShown(kind, values)) {
    const value = values[path]
    const isEmpty = value === undefined || value === '' || value === false || Object(value).length === 0
    const [first = '', second] = path.split('.')
    if (second === undefined && !isEmpty)
      record.set(first, value === true && isGroup(kind, path) ? {} : value)
    else if (second !== undefined && !isEmpty)
      record.set(first, { ...Object(record.get(first)), [second]: value })
  }
  return Object.fromEntries(record)
}

/** Without the fields of an object that is not there. */
export function fieldsShown(kind: CatalogKind, values: Values): readonly RecordField[] {
  return recordFields[kind].filter(({ path }) => {
    const [first = '', second] = path.split('.')
    return second === undefined || values[first] === true
  })
}

function isGroup(kind: CatalogKind, path: string): boolean {
  return recordFields[kind].some((field) => field.path === path && field.form === 'object')
}

/** Returns the merge patch (RFC 7396) that makes the one of the other. */
export function patchOf(before: RecordDocument, after: RecordDocument): RecordDocument {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return Object.fromEntries(
    [...names].flatMap((name): [string, unknown][] => {
      const [one, other] = [before[name], after[name]]
      if (isObject(one) && isObject(other)) {
        const inner = patchOf(one, other)
        return Object.keys(inner).length === 0 ? [] : [[name, inner]]
      }
      // A client without a list of grants may use all of them. The service refuses an empty one.
      const none = name === 'grants' ? [] : null
      return sameText(one) === sameText(other) ? [] : [[name, other ?? none]]
    }),
  )
}

/** The order in a list of stages or grants has no meaning. */
function sameText(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.toSorted() : (value ?? null))
}

function isObject(value: unknown): value is RecordDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
