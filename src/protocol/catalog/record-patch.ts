/** Changes of one record of the catalog: the properties to change, in the form of the catalog; null removes one. */
import * as Type from 'typebox'
import { AccountLinking, CatalogOrganization, CatalogSkill } from '../catalog.ts'
import { ClientId } from '../identifiers.ts'
import { CatalogClient, CatalogPerson } from './principals.ts'

/** The records that can be changed one by one, by their lists in the catalog. */
const records = {
  organizations: CatalogOrganization,
  skills: CatalogSkill,
  clients: CatalogClient,
  people: CatalogPerson,
} as const
export type RecordKind = keyof typeof records

/** Roles are given and taken one by one, by the Role API; units have paths of their own; loading adds tokens and never replaces them. */
const elsewhere: ReadonlySet<string> = new Set([
  'id',
  'units',
  'delegatedLinks',
  'refreshToken',
  'refreshTokens',
  'roles',
])

/** Returns the names of the properties that a change of the record may name. */
export function patchNames(kind: RecordKind): string[] {
  return Object.keys(records[kind].properties).filter((name) => !elsewhere.has(name))
}

function patchOf(record: Type.TObject, names: readonly string[]): Type.TSchema {
  const properties = names.map((name) => {
    const schema = record.properties[name] ?? Type.Unknown()
    const value = schema === AccountLinkingProperty ? patchOf(AccountLinking, linkingNames) : schema
    const isRequired = record.required?.includes(name)
    const { description } = schema as { description?: string }
    const form = isRequired ? value : Type.Union([value, Type.Null()], description ? { description } : {})
    return [name, Type.Optional(form)]
  })
  return Type.Object(Object.fromEntries(properties), {
    additionalProperties: false,
    description: 'Only what shall change. null removes what is optional.',
  })
}

const AccountLinkingProperty = CatalogSkill.properties.accountLinking
const linkingNames = Object.keys(AccountLinking.properties)

export const OrganizationPatch = patchOf(CatalogOrganization, patchNames('organizations'))
export const SkillPatch = patchOf(CatalogSkill, patchNames('skills'))
export const ClientPatch = patchOf(CatalogClient, patchNames('clients'))
export const PersonPatch = patchOf(CatalogPerson, patchNames('people'))

export const ClientSecret = Type.Object({
  id: ClientId,
  secret: Type.String({ description: 'The new secret. No other answer shows it.' }),
})
export type ClientSecret = Type.Static<typeof ClientSecret>
