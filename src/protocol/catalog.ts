/**
 * The catalog: one schema for the catalog file, for the operator's API, and for the JSON Schema that the program
 * prints. Unlike requests of the page, it refuses unknown properties: with a misspelt `redirectUris`, a client would
 * have none.
 */
import Type, { type Static } from 'typebox'
import { Stage } from './enablement.ts'
import { ClientId, PrincipalId, SkillId, UnitId } from './identifiers.ts'
import { AuthorizationUri, GrantType, ScopeNames } from './lwa.ts'
import { namePattern, nameRule } from './name.ts'
import { RoleName } from './role.ts'

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
    Type.Literal('ES'),
    Type.Literal('JP'),
  ],
  { description: 'The country of the organization, spelled as on the page (UK, not GB).' },
)
export type Country = Static<typeof Country>

const closed = { additionalProperties: false }

/** The PHC string format, with the parameters that the service computes: 2^14 to 2^17 rounds of 1,024 bytes. */
export const passphraseHashPattern = '^\\$scrypt\\$ln=1[4-7],r=8,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}$'

const Name = Type.String({
  minLength: 1,
  maxLength: 250,
  pattern: namePattern,
  description: `A name for people, ${nameRule}`,
})

const unitProperties = { id: UnitId, name: Name }

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
export type CatalogDelegatedLink = Static<typeof CatalogDelegatedLink>

const organizationProperties = {
  id: UnitId,
  name: Name,
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
export type CatalogOrganization = Static<typeof CatalogOrganization>

/** An organization without its units. */
export const CatalogOrganizationItself = Type.Object(
  { ...organizationProperties, units: Type.Optional(Type.Array(Type.Unknown())), delegatedLinks },
  closed,
)

/** Stands in the place of a secret that shall stay as it is stored: no answer shows one. */
const StoredSecret = Type.Object(
  { stored: Type.Literal(true) },
  { ...closed, description: 'The secret stays as it is stored. Refused if none is.' },
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

export type AccountLinking = Static<typeof AccountLinking>

export const CatalogSkill = Type.Object(
  {
    id: SkillId,
    name: Name,
    stages: Type.Array(Stage, {
      minItems: 1,
      uniqueItems: true,
      description: 'The stages in which the skill exists, each once.',
    }),
    accountLinking: Type.Optional(AccountLinking),
  },
  closed,
)
export type CatalogSkill = Static<typeof CatalogSkill>

/** A role of a client or person. In a catalog it covers its unit and all units below. */
export const CatalogRole = Type.Object({ unitId: UnitId, role: RoleName }, closed)
export type CatalogRole = Static<typeof CatalogRole>

/** The grant types that a client may use. */
export const ClientGrants = Type.Array(GrantType, {
  minItems: 1,
  uniqueItems: true,
  description: 'The ways in which the client may get tokens.',
})

const RefreshToken = Type.String({
  pattern: '^Atzr\\|[\\x21-\\x7e]{8,2000}$',
  description: 'A refresh token that the client already has: "Atzr|" and 8 to 2,000 printable characters.',
})

/** A client. Without `secret` it is a public client, which must use PKCE and gets no client credentials. */
export const CatalogClient = Type.Object(
  {
    id: ClientId,
    name: Type.Optional(Name),
    secret: Type.Optional(
      Type.Union([
        Type.String({
          minLength: 1,
          maxLength: 1024,
          description: 'A client without a secret is public and must use PKCE.',
        }),
        StoredSecret,
      ]),
    ),
    refreshToken: Type.Optional(RefreshToken),
    refreshTokens: Type.Optional(
      Type.Array(Type.Object({ refreshToken: RefreshToken, personId: PrincipalId }, closed), {
        description: 'Refresh tokens that people gave the client: its tokens then speak for the person.',
      }),
    ),
    redirectUris: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), {
        description: 'Absolute addresses without a fragment; compared exactly.',
      }),
    ),
    roles: Type.Optional(
      Type.Array(CatalogRole, {
        description: 'The rights of the client on units. Without a role it may do nothing.',
      }),
    ),
    grants: Type.Optional({
      ...ClientGrants,
      description:
        'The ways in which the client may get tokens. Default: all three, except client_credentials for a client without `secret`, and for a client without a role that a skill uses to link accounts at this service.',
    }),
  },
  { ...closed, description: 'An OAuth 2.0 client: a Login with Amazon security profile.' },
)
export type CatalogClient = Static<typeof CatalogClient>

/** A person. With `email` and `passphraseHash`, the person can sign in on the authorize page. */
export const CatalogPerson = Type.Object(
  {
    id: PrincipalId,
    name: Name,
    email: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 254,
        pattern: '^[^@\\s\\x00-\\x1f\\x7f]+@[^@\\s\\x00-\\x1f\\x7f]+$',
        description: 'An e-mail address; the person signs in with it.',
      }),
    ),
    passphraseHash: Type.Optional(
      Type.Union([
        Type.String({
          pattern: passphraseHashPattern,
          description:
            'The passphrase as `skillkeeper people hash` prints it: $scrypt$ln=…,r=…,p=…$salt$hash.',
        }),
        StoredSecret,
      ]),
    ),
    subject: Type.Optional(
      Type.String({
        pattern: '^[\\x21-\\x7e]{1,255}$',
        description: 'The `sub` of the person at the OpenID issuer of the service.',
      }),
    ),
    roles: Type.Optional(
      Type.Array(CatalogRole, {
        description: 'On which units the person may do what. None: what the Role API gives.',
      }),
    ),
  },
  { ...closed, description: 'A person: a Login with Amazon account.' },
)
export type CatalogPerson = Static<typeof CatalogPerson>

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
export type Catalog = Static<typeof Catalog>

const list = Type.Optional(Type.Array(Type.Unknown()))

/** The catalog without a check of its records. */
export const CatalogItself = Type.Object(
  { $schema: Catalog.properties.$schema, organizations: list, skills: list, clients: list, people: list },
  closed,
)
