import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { userIdOf } from '../../model/user-id.ts'
import type { Profile, TokenInfo } from '../../protocol/lwa.ts'
import {
  demoOnlyOnLoopbackMessage,
  findLiveToken,
  invalidTokenMessage,
  type LiveToken,
} from './verify-token.ts'

/**
 * The profile behind an access token. Each client has an account of its own and no person stands behind it, so the name
 * is the client's and the address is one that can never receive mail (RFC 2606). Refuses with `invalid_token` and
 * `insufficient_scope`. Source: Login with Amazon, "Obtain Customer Profile Information".
 */
export async function readProfile(
  context: Context,
  text: string | undefined,
  isLoopback: boolean,
): Promise<Profile> {
  const { token, client } = await getLiveToken(context, text, isLoopback)
  const userId = userIdOf(context, client.id)
  if (token.scopes.includes('profile')) {
    const mailbox = userId.slice('amzn1.account.'.length).toLowerCase()
    return { user_id: userId, name: client.name, email: `${mailbox}@skillkeeper.invalid` }
  }
  if (token.scopes.includes('profile:user_id')) return { user_id: userId }
  throw refuse('insufficient_scope', 'The access token provided does not have access to the required scope.')
}

/**
 * What a token is, for clients that check that it was given to them. Issuer and application are named as Login with
 * Amazon names them, because clients compare them. Refuses with `invalid_token`.
 */
export async function readTokenInfo(
  context: Context,
  text: string | undefined,
  isLoopback: boolean,
): Promise<TokenInfo> {
  const { token, client } = await getLiveToken(context, text, isLoopback)
  return {
    aud: client.id,
    user_id: userIdOf(context, client.id),
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
