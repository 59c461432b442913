import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { accountOf } from '../../model/user-id.ts'
import type { Profile, TokenInfo } from '../../protocol/lwa.ts'
import {
  demoOnlyOnLoopbackMessage,
  findLiveToken,
  invalidTokenMessage,
  type LiveToken,
} from './verify-token.ts'

/**
 * Returns the profile behind an access token. A client has an account without a person: the name is that of the client,
 * and the address can never receive mail (RFC 2606). A person without an address gets such a one, too. Refuses with `invalid_token` and `insufficient_scope`.
 * Source: Login with Amazon, "Obtain Customer Profile Information".
 */
export async function readProfile(
  context: Context,
  text: string | undefined,
  isLoopback: boolean,
): Promise<Profile> {
  const { token, client, person } = await getLiveToken(context, text, isLoopback)
  const userId = person?.id ?? accountOf(context, client.id)
  if (token.scopes.includes('profile')) {
    const mailbox = userId.slice('amzn1.account.'.length).toLowerCase()
    const email = person?.email ?? `${mailbox}@skillkeeper.invalid`
    return { user_id: userId, name: (person ?? client).name, email }
  }
  if (token.scopes.includes('profile:user_id')) return { user_id: userId }
  throw refuse('insufficient_scope', 'The access token provided does not have access to the required scope.')
}

/**
 * Returns information on a token, for clients that check their tokens. Issuer and application have the values of Login
 * with Amazon, because clients compare them. Refuses with `invalid_token`.
 */
export async function readTokenInfo(
  context: Context,
  text: string | undefined,
  isLoopback: boolean,
): Promise<TokenInfo> {
  const { token, client, person } = await getLiveToken(context, text, isLoopback)
  return {
    aud: client.id,
    user_id: person?.id ?? accountOf(context, client.id),
    iss: 'https://www.amazon.com',
    exp: Math.ceil((token.expiresAt - context.now()) / 1000),
    app_id: client.id.replace('.application-oa2-client.', '.application.'),
    iat: Math.floor(token.issuedAt / 1000),
  }
}

async function getLiveToken(
  context: Context,
  text: string | undefined,
  isLoopback: boolean,
): Promise<LiveToken> {
  if (text === undefined || text === '') {
    throw refuse('invalid_request', 'The request is missing a required parameter : access_token')
  }
  const live = await findLiveToken(context, text)
  if (live === undefined) throw refuse('invalid_token', invalidTokenMessage)
  if (live.client.isDemo && !isLoopback) throw refuse('invalid_token', demoOnlyOnLoopbackMessage)
  return live
}
