/** The clients and people of the catalog, and what all records of the catalog share. */
import * as Type from 'typebox'
import { ClientId, PrincipalId, UnitId } from '../identifiers.ts'
import { GrantType } from '../lwa.ts'
import { namePattern, nameRule } from '../name.ts'
import { RoleName } from '../role.ts'

/** Unknown properties are refused. */
export const closed = { additionalProperties: false }

export const RecordName = Type.String({
  minLength: 1,
  maxLength: 250,
  pattern: namePattern,
  description: `A name for people, ${nameRule}`,
})

/** Stands in the place of a secret that shall stay as it is stored: no answer shows one. */
export const StoredSecret = Type.Object(
  { stored: Type.Literal(true) },
  { ...closed, description: 'The secret stays as it is stored. Refused if none is.' },
)

/** The PHC string format, with the parameters that the service computes: 2^14 to 2^17 rounds of 1,024 bytes. */
export const passphraseHashPattern = '^\\$scrypt\\$ln=1[4-7],r=8,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}$'

/** A role of a client or person. In a catalog it covers its unit and all units below. */
export const CatalogRole = Type.Object({ unitId: UnitId, role: RoleName }, closed)
export type CatalogRole = Type.Static<typeof CatalogRole>

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
    name: Type.Optional(RecordName),
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
export type CatalogClient = Type.Static<typeof CatalogClient>

/** A person. With `email` and `passphraseHash`, the person can sign in on the authorize page. */
export const CatalogPerson = Type.Object(
  {
    id: PrincipalId,
    name: RecordName,
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
export type CatalogPerson = Type.Static<typeof CatalogPerson>
