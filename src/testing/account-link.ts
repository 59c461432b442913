import type { AccountLinkRequest } from '../client/enablement.ts'
import type { Controls } from './controls.ts'
import { TestControlError } from './errors.ts'

/** A client of the catalog by which a skill links accounts at the world's own token issuer. */
export interface LinkedAccount {
  readonly clientId: string
  readonly redirectUri: string
}

/** Allows the client at the authorize page of the world, and returns the ID of the request, too. Rejects with a `TestControlError`. */
export async function authorizeLink(
  { url, token }: Controls,
  { clientId, redirectUri }: LinkedAccount,
): Promise<{ readonly link: AccountLinkRequest; readonly requestId: string }> {
  const address = `${url}/ap/oa`
  const response = await fetch(address, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({
      decision: 'allow',
      response_type: 'code',
      scope: 'profile',
      client_id: clientId,
      redirect_uri: redirectUri,
      operator_token: token,
    }),
  }).catch((cause: unknown) => {
    throw new TestControlError(`POST ${address} got no response.`, { cause })
  })
  await response.body?.cancel()
  const location = response.headers.get('location') ?? ''
  const answer = new URLSearchParams(location.slice(location.indexOf('?') + 1))
  const authCode = answer.get('code')
  const requestId = response.headers.get('x-amzn-requestid') ?? ''
  if (authCode !== null) return { link: { redirectUri, authCode, type: 'AUTH_CODE' }, requestId }
  const reason = answer.get('error_description') ?? `status ${response.status}`
  throw new TestControlError(
    `There is no authorization code for ${clientId} at ${redirectUri}: ${reason}. Does the catalog have the client with this redirect URI?`,
    { status: response.status },
  )
}
