/**
 * The catalog: one schema for the catalog file, for the operator's API, and for the JSON Schema that the program
 * prints. Unlike requests of the page, it refuses unknown properties: with a misspelt `redirectUris`, a client would
 * have none.
 */
import * as Type from 'typebox'
import { CatalogClient, CatalogPerson, closed, RecordName, StoredSecret } from './catalog/principals.ts'
import { Stage } from './enablement.ts'
import { SkillId, UnitId } from './identifiers.ts'
import { AuthorizationUri, ScopeNames } from './lwa.ts'

export {
  CatalogClient,
  CatalogPerson,
  CatalogRole,
  ClientGrants,
  passphraseHashPattern,
} from './catalog/principals.ts'

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
export type Solution = Type.Static<typeof Solution>

export const Country = Type.Union(
  [
    Type.Literal('US'),
    Type.Literal('UK'),
    Type.Literal('FR'),
    Type.Literal('CA'),
    Type.Literal('IT'),
    Type.Literal('DE'),
    Type.Literal('ES'),
    Type.Literal('JP'),
  ],
  { description: 'The country of the organization, spelled as on the page (UK, not GB).' },
)
export type Country = Type.Static<typeof Country>

const unitProperties = { id: UnitId, name: RecordName }

/** A unit of the catalog file with the units below it; at most 15 levels below the organization. */
export interface CatalogUnit {
  id: UnitId
  name: string
  units?: CatalogUnit[]
}

const CatalogUnit = Type.Unsafe<CatalogUnit>(
  Type.Cyclic(
    {
      Unit: Type.Object(
        {
          ...unitProperties,
          units: Type.Optional(Type.Array(Type.Ref('Unit'), { description: 'The units directly below.' })),
        },
        { ...closed, description: 'A unit: a property, a ward or floor, a room.' },
      ),
    },
    'Unit',
  ),
)

/** A unit without the units below it, for a reader that walks the tree without recursion. */
export const CatalogUnitItself = Type.Object(
  { ...unitProperties, units: Type.Optional(Type.Array(Type.Unknown())) },
  closed,
)

/** Tokens of an account link that the organization already holds for a skill. */
export const CatalogDelegatedLink = Type.Object(
  {
    skillId: SkillId,
    accessToken: Type.String({
      minLength: 1,
      maxLength: 8192,
      description: 'The access token that the token server of the skill issued.',
    }),
    refreshToken: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8192,
        description: 'The refresh token that the token server issued with it.',
      }),
    ),
  },
  { ...closed, description: 'An account link for a skill that all units of the organization share.' },
)
export type CatalogDelegatedLink = Type.Static<typeof CatalogDelegatedLink>

const organizationProperties = {
  id: UnitId,
  name: RecordName,
  solution: Solution,
  country: Country,
  requiresSubscription: Type.Optional(
    Type.Boolean({
      description: 'Whether a property needs a subscription before clients can create units below it.',
      default: false,
    }),
  ),
}
const delegatedLinks = Type.Optional(Type.Array(CatalogDelegatedLink))

export const CatalogOrganization = Type.Object(
  {
    ...organizationProperties,
    units: Type.Optional(Type.Array(CatalogUnit, { description: 'The units of level 1: the properties.' })),
    delegatedLinks,
  },
  { ...closed, description: 'A customer of the service: the root of a tree of units.' },
)
export type CatalogOrganization = Type.Static<typeof CatalogOrganization>

/** An organization without its units. */
export const CatalogOrganizationItself = Type.Object(
  { ...organizationProperties, units: Type.Optional(Type.Array(Type.Unknown())), delegatedLinks },
  closed,
)

const uri = {
  minLength: 1,
  maxLength: 2048,
  description:
    'An https address (http for loopback only), or a path of this service, such as "/auth/o2/token".',
}

/**
 * The settings of a skill's account linking. `authenticationScheme`: where the client sends its credentials (RFC 6749
 * section 2.3.1).
 */
export const AccountLinking = Type.Object(
  {
    accessTokenUri: Type.String(uri),
    clientId: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'The client ID of the service at that token server.',
    }),
    clientSecret: Type.Union([
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description: 'The client secret of the service at that token server.',
      }),
      StoredSecret,
    ]),
    authenticationScheme: Type.Union([Type.Literal('HTTP_BASIC'), Type.Literal('REQUEST_BODY_CREDENTIALS')], {
      description: 'Where the client ID and secret are sent.',
    }),
    skipOnEnablement: Type.Optional(
      Type.Boolean({ description: 'Whether the skill may be enabled without linking.', default: false }),
    ),
    revocationUri: Type.Optional(Type.String(uri)),
    authorizationUri: Type.Optional(AuthorizationUri),
    scopes: Type.Optional(ScopeNames),
  },
  {
    ...closed,
    description: "The OAuth 2.0 server of the skill; absent for a skill that doesn't link accounts.",
  },
)

export type AccountLinking = Type.Static<typeof AccountLinking>

export const CatalogSkill = Type.Object(
  {
    id: SkillId,
    name: RecordName,
    stages: Type.Array(Stage, {
      minItems: 1,
      uniqueItems: true,
      description: 'The stages in which the skill exists, each once.',
    }),
    accountLinking: Type.Optional(AccountLinking),
  },
  closed,
)
export type CatalogSkill = Type.Static<typeof CatalogSkill>

/** The catalog file. It is loaded at each start; loading adds or updates by ID and never deletes. */
export const Catalog = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors; ignored.' })),
    organizations: Type.Optional(Type.Array(CatalogOrganization)),
    skills: Type.Optional(Type.Array(CatalogSkill)),
    clients: Type.Optional(Type.Array(CatalogClient)),
    people: Type.Optional(Type.Array(CatalogPerson)),
  },
  {
    ...closed,
    title: 'Skillkeeper catalog',
    description: 'The organizations, units, skills, clients and people of the service.',
  },
)
export type Catalog = Type.Static<typeof Catalog>

const list = Type.Optional(Type.Array(Type.Unknown()))

/** The catalog without a check of its records. */
export const CatalogItself = Type.Object(
  { $schema: Catalog.properties.$schema, organizations: list, skills: list, clients: list, people: list },
  closed,
)
