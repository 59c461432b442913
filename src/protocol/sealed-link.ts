/** The schemas of the sealed values of an account link: the request to the skill's token server, and its tokens. */
import * as Type from 'typebox'

/** The client's part of a code exchange. */
export const LinkRequest = Type.Object({
  authCode: Type.String({ minLength: 1, description: 'An authorization code.' }),
  redirectUri: Type.String({ description: 'As it was received.' }),
})
export type LinkRequest = Type.Static<typeof LinkRequest>

/** The tokens of the skill's token server. */
export const LinkTokens = Type.Object({
  accessToken: Type.String({ minLength: 1, description: 'An access token.' }),
  refreshToken: Type.Optional(Type.String({ minLength: 1, description: 'A refresh token.' })),
  expiresAt: Type.Optional(
    Type.Number({ description: 'Milliseconds since the epoch; absent when the token server did not say.' }),
  ),
})
export type LinkTokens = Type.Static<typeof LinkTokens>
