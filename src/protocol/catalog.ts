/**
 * The catalog file and the answers of the operator's API that show the catalog. One schema serves the file, the
 * API that changes the catalog, and the JSON Schema that the program prints.
 */
import Type, { type Static } from 'typebox'
import { Stage } from './enablement.ts'
import { ClientId, SkillId, UnitId } from './identifiers.ts'

export const Solution = Type.Union(
  [
    Type.Literal('healthcare'),
    Type.Literal('hospitality'),
    Type.Literal('residential'),
    Type.Literal('senior_living'),
    Type.Literal('core'),
  ],
  { description: 'The Alexa Smart Properties solution of the organization.' },
)
export type Solution = Static<typeof Solution>

export const Country = Type.Union(
  [
    Type.Literal('US'),
    Type.Literal('UK'),
    Type.Literal('FR'),
    Type.Literal('CA'),
    Type.Literal('IT'),
    Type.Literal('DE'),
  ],
  { description: 'The country of the organization, spelled as on the page (UK, not GB).' },
)
export type Country = Static<typeof Country>

const Name = Type.String({ minLength: 1, maxLength: 250 })

/** A unit of the catalog file with the units below it; at most 15 levels below the organization. */
export interface CatalogUnit {
  id: UnitId
  name: string
  units?: CatalogUnit[]
}

export const CatalogUnit = Type.Unsafe<CatalogUnit>(
  Type.Cyclic(
    {
      Unit: Type.Object({
        id: UnitId,
        name: Name,
        units: Type.Optional(Type.Array(Type.Ref('Unit'))),
      }),
    },
    'Unit',
  ),
)

/** Tokens of an account link that the organization already holds for a skill. */
export const CatalogDelegatedLink = Type.Object({
  skillId: SkillId,
  accessToken: Type.String({ minLength: 1, maxLength: 8192 }),
  refreshToken: Type.Optional(Type.String({ minLength: 1, maxLength: 8192 })),
})
export type CatalogDelegatedLink = Static<typeof CatalogDelegatedLink>

export const CatalogOrganization = Type.Object({
  id: UnitId,
  name: Name,
  solution: Solution,
  country: Country,
  units: Type.Optional(Type.Array(CatalogUnit)),
  delegatedLinks: Type.Optional(Type.Array(CatalogDelegatedLink)),
})
export type CatalogOrganization = Static<typeof CatalogOrganization>

const uri = {
  maxLength: 2048,
  description: 'An https address (http for loopback only), or a path of this service, such as "/auth/o2/token".',
}

/** How a skill links accounts. `authenticationScheme`: where the client credentials travel (RFC 6749 section 2.3.1). */
export const AccountLinking = Type.Object({
  accessTokenUri: Type.String(uri),
  clientId: Type.String({ minLength: 1, maxLength: 1024 }),
  clientSecret: Type.String({ minLength: 1, maxLength: 1024 }),
  authenticationScheme: Type.Union([Type.Literal('HTTP_BASIC'), Type.Literal('REQUEST_BODY_CREDENTIALS')]),
  skipOnEnablement: Type.Optional(
    Type.Boolean({ description: 'Whether the skill may be enabled without linking.', default: false }),
  ),
  revocationUri: Type.Optional(Type.String(uri)),
})

export const CatalogSkill = Type.Object({
  id: SkillId,
  name: Name,
  stages: Type.Array(Stage, { minItems: 1, uniqueItems: true }),
  accountLinking: Type.Optional(AccountLinking),
})
export type CatalogSkill = Static<typeof CatalogSkill>

/** The roles that Alexa Smart Properties names. Each holds for its unit and all below. */
export const RoleName = Type.Union([Type.Literal('A4H.OrgAdmin'), Type.Literal('A4P.UnitAdmin')])
export type RoleName = Static<typeof RoleName>

export const CatalogRole = Type.Object({ unitId: UnitId, role: RoleName })

/** A client. Without `secret` it is a public client: it must use PKCE and cannot ask for client credentials. */
export const CatalogClient = Type.Object({
  id: ClientId,
  name: Type.Optional(Name),
  secret: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  refreshToken: Type.Optional(Type.String({ pattern: '^Atzr\\|[\\x21-\\x7e]{8,2000}$' })),
  redirectUris: Type.Optional(Type.Array(Type.String({ format: 'uri', maxLength: 2048 }))),
  roles: Type.Optional(Type.Array(CatalogRole)),
})
export type CatalogClient = Static<typeof CatalogClient>

/** The catalog file. Loaded at each start: adds or updates by ID, never deletes. */
export const Catalog = Type.Object(
  {
    organizations: Type.Optional(Type.Array(CatalogOrganization)),
    skills: Type.Optional(Type.Array(CatalogSkill)),
    clients: Type.Optional(Type.Array(CatalogClient)),
  },
  { title: 'Skillkeeper catalog', description: 'Organizations, units, skills and clients that the service knows.' },
)
export type Catalog = Static<typeof Catalog>
