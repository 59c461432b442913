/** The settings of a skill's account linking in the catalog. */
import Type from 'typebox'

const uri = {
  minLength: 1,
  maxLength: 2048,
  description:
    'An https address (http for loopback only), or a path of this service, such as "/auth/o2/token".',
}

/** `authenticationScheme`: where the client sends its credentials (RFC 6749 section 2.3.1). */
export const AccountLinking = Type.Object(
  {
    accessTokenUri: Type.String(uri),
    clientId: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'The client ID of the service at that token server.',
    }),
    clientSecret: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'The client secret of the service at that token server.',
    }),
    authenticationScheme: Type.Union([Type.Literal('HTTP_BASIC'), Type.Literal('REQUEST_BODY_CREDENTIALS')], {
      description: 'Where the client ID and secret are sent.',
    }),
    skipOnEnablement: Type.Optional(
      Type.Boolean({ description: 'Whether the skill may be enabled without linking.', default: false }),
    ),
    revocationUri: Type.Optional(Type.String(uri)),
    authorizationUri: Type.Optional(
      Type.String({
        ...uri,
        description: `Where a person signs in to get a code, for pages and programs that ask for one; the service never calls it. ${uri.description}`,
      }),
    ),
    scopes: Type.Optional(
      Type.Array(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,256}$' }), {
        maxItems: 100,
        description: 'The scopes to ask for there.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: "The OAuth 2.0 server of the skill; absent for a skill that doesn't link accounts.",
  },
)
