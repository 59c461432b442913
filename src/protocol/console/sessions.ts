/** Sessions of the console: signing in, buying tokens, signing out, and what the operator sees of them. */
import * as Type from 'typebox'
import { after, maxResults, paginationContext } from '../operator-pages.ts'

const Time = Type.String({ format: 'date-time' })

const code = Type.String({ pattern: '^[A-Za-z0-9_-]{1,200}$' })

const CodeSignIn = Type.Object({
  code: Type.String({ ...code, description: 'The code of the authorize page.' }),
  codeVerifier: Type.String({
    pattern: '^[A-Za-z0-9._~-]{43,128}$',
    description: 'The verifier of the challenge S256 that was sent there (RFC 7636).',
  }),
  redirectUri: Type.String({
    minLength: 1,
    maxLength: 2048,
    description: 'The redirect URI that was sent there.',
  }),
})

const OneTimeSignIn = Type.Object({
  oneTimeCode: Type.String({
    ...code,
    description: 'A code that the service printed at its start, or that the operator made.',
  }),
  name: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{1,32}$',
      description: 'The name for the operations log, if the operator has none.',
    }),
  ),
})

export const SignInRequest = Type.Union([CodeSignIn, OneTimeSignIn], {
  description: 'Either code, codeVerifier and redirectUri, or oneTimeCode and perhaps a name.',
})
export type SignInRequest = Type.Static<typeof SignInRequest>

const kind = Type.Unsafe<'person' | 'operator'>(
  Type.String({ enum: ['person', 'operator'], description: 'Who has signed in.' }),
)
const name = Type.String({ description: 'The name of the person or of the operator.' })

export const SignedInView = Type.Object({
  expiresAt: Type.String({
    ...Time,
    description: 'The latest end. A session that buys no token for 30 minutes ends earlier.',
  }),
  kind,
  name,
})
export type SignedInView = Type.Static<typeof SignedInView>

export const SessionToken = Type.Object({
  accessToken: Type.String({ description: 'For the header Authorization, as any access token.' }),
  expiresInSeconds: Type.Integer(),
})
export type SessionToken = Type.Static<typeof SessionToken>

export const SignInCodeView = Type.Object({
  code,
  url: Type.String({ description: 'The console with the code. Open it in a browser.' }),
  expiresAt: Time,
})
export type SignInCodeView = Type.Static<typeof SignInCodeView>

export const SessionView = Type.Object({
  id: Type.String({ description: 'Sorts by time.' }),
  kind,
  name,
  actor: Type.String({ description: 'As in the operations log.' }),
  createdAt: Time,
  usedAt: Type.String({ ...Time, description: 'When it last bought a token.' }),
  expiresAt: Time,
})
export type SessionView = Type.Static<typeof SessionView>

export const SessionPage = Type.Object({ items: Type.Array(SessionView), paginationContext })
export const SessionsQuery = Type.Object({ after, maxResults })
export const SessionPath = Type.Object({ id: Type.String({ pattern: '^[\\x21-\\x7e]{1,100}$' }) })
