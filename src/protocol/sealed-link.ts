/** The forms of the values that are sealed with an account link: for the skill's token server, and from it. */
import Type, { type Static } from 'typebox'

/** The part of a code exchange that the client brings. */
export const LinkRequest = Type.Object({
  authCode: Type.String({ minLength: 1, description: 'An authorization code.' }),
  redirectUri: Type.String({ description: 'As it was received.' }),
})
export type LinkRequest = Static<typeof LinkRequest>

/** The tokens of the skill's token server. */
export const LinkTokens = Type.Object({
  accessToken: Type.String({ minLength: 1, description: 'An access token.' }),
  refreshToken: Type.Optional(Type.String({ minLength: 1, description: 'A refresh token.' })),
  expiresAt: Type.Optional(
    Type.Number({ description: 'Milliseconds since the epoch; absent when the token server did not say.' }),
  ),
})
export type LinkTokens = Static<typeof LinkTokens>
