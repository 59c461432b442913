/**
 * Requests and responses of the token issuer, with the names of Login with Amazon and RFC 6749. The schemas only
 * describe: the endpoints accept forms and JSON, and check for themselves.
 */
import * as Type from 'typebox'

/** The scopes that the issuer knows; any other is `invalid_scope`. Source: "Customer Profile", "Manage API Access". */
export const scopes = [
  'alexa::enterprise:management',
  'profile',
  'profile:user_id',
  'postal_code',
  'credential_locker::wifi_management',
  'amazon_communication::service_provider',
  'alexa::ask:skills:readwrite',
  'alexa::skills:account_linking',
] as const

const Scope = Type.String({
  description: `Scopes separated by spaces, of: ${scopes.join(', ')}.`,
  examples: ['alexa::enterprise:management'],
})

export const GrantType = Type.Union(
  [Type.Literal('authorization_code'), Type.Literal('refresh_token'), Type.Literal('client_credentials')],
  { description: 'The way in which the client gets a token.' },
)
export type GrantType = Type.Static<typeof GrantType>

/** The method that derives a code challenge from its verifier. Source: RFC 7636 section 4.2. */
export const CodeChallengeMethod = Type.Union([Type.Literal('S256'), Type.Literal('plain')])
export type CodeChallengeMethod = Type.Static<typeof CodeChallengeMethod>

/** Body of `POST /auth/o2/token`, a form or JSON. HTTP Basic may replace the last two properties. */
export const TokenRequest = Type.Object({
  grant_type: GrantType,
  code: Type.Optional(Type.String({ description: 'For authorization_code.' })),
  redirect_uri: Type.Optional(
    Type.String({
      description: 'For authorization_code: byte for byte that of the authorization request.',
    }),
  ),
  code_verifier: Type.Optional(Type.String({ description: 'For authorization_code with PKCE (RFC 7636).' })),
  refresh_token: Type.Optional(Type.String({ description: 'For refresh_token.' })),
  scope: Type.Optional(Scope),
  client_id: Type.Optional(Type.String()),
  client_secret: Type.Optional(Type.String()),
})

/** Response of `POST /auth/o2/token`. */
export const TokenAnswer = Type.Object({
  access_token: Type.String({ description: 'Begins with "Atza|"; at most 2048 bytes.' }),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer({ description: 'Seconds.' }),
  refresh_token: Type.Optional(
    Type.String({
      description: 'Begins with "Atzr|"; a refresh does not change it; absent with client_credentials.',
    }),
  ),
  scope: Type.String({ description: 'The scopes that were granted.' }),
})
export type TokenAnswer = Type.Static<typeof TokenAnswer>

/** Query of `GET /auth/o2/tokeninfo` and `GET /user/profile`; a header may contain the token instead. */
export const TokenQuery = Type.Object({
  access_token: Type.Optional(
    Type.String({
      description: 'The access token, unless the header Authorization or x-amz-access-token has it.',
    }),
  ),
})

/** Response of `GET /auth/o2/tokeninfo`. */
export const TokenInfo = Type.Object({
  aud: Type.String({ description: 'The client to which the token was issued.' }),
  user_id: Type.String(),
  iss: Type.String(),
  exp: Type.Integer({ description: 'The remaining lifetime of the token, in seconds.' }),
  app_id: Type.String(),
  iat: Type.Integer({ description: 'When the token was issued, in seconds since the epoch.' }),
})
export type TokenInfo = Type.Static<typeof TokenInfo>

/** Response of `GET /user/profile`: name and email only with the scope `profile`. */
export const Profile = Type.Object({
  user_id: Type.String(),
  name: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
})
export type Profile = Type.Static<typeof Profile>

/** Body of `POST /auth/o2/revoke`. Source: RFC 7009 section 2.1. */
export const RevokeRequest = Type.Object({
  token: Type.String({ description: 'An access token or a refresh token of the client.' }),
  token_type_hint: Type.Optional(
    Type.String({ description: 'Not needed: the service recognizes the type of a token.' }),
  ),
  client_id: Type.Optional(Type.String()),
  client_secret: Type.Optional(Type.String()),
})

/** Response of `POST /auth/o2/revoke`: clients ignore the body (RFC 7009, section 2.2), but some parse it as JSON. */
export const RevokeAnswer = Type.Object({})

/** Query of `GET /ap/oa`. Source: RFC 6749 section 4.1.1, RFC 7636. */
export const AuthorizationQuery = Type.Object({
  client_id: Type.String(),
  redirect_uri: Type.String({ description: 'One of the URIs registered for the client, byte for byte.' }),
  response_type: Type.Literal('code'),
  scope: Scope,
  state: Type.Optional(Type.String({ description: 'Returned unchanged.' })),
  code_challenge: Type.Optional(Type.String()),
  code_challenge_method: Type.Optional(CodeChallengeMethod),
})

/** Form of `POST /ap/oa`: the query of the page and the decision. */
export const AuthorizationDecision = Type.Object({
  ...AuthorizationQuery.properties,
  decision: Type.Union([Type.Literal('allow'), Type.Literal('deny')]),
  operator_token: Type.Optional(
    Type.String({ description: "The operator's token; not needed for the clients of the demo catalog." }),
  ),
  email: Type.Optional(Type.String({ description: 'The e-mail address of a person who signs in.' })),
  passphrase: Type.Optional(Type.String({ description: 'The passphrase of that person.' })),
})

/** For pages and programs that ask a person for a code. */
export const AuthorizationUri = Type.String({
  minLength: 1,
  maxLength: 2048,
  description:
    'Where a person signs in to get a code: an https address (http for loopback only), or a path of this service, such as "/ap/oa". The service never calls it.',
})

/** Source: RFC 6749, section 3.3. */
export const ScopeNames = Type.Array(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,256}$' }), {
  maxItems: 100,
  description: 'The scopes to ask for there.',
})
