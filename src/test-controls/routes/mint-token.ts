import { accessTokenLifeMs, accessTokenPrefix, packAccessToken } from '../../model/access-token.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Storage } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { readScopes } from '../../model/scope.ts'
import type { TestToken, TestTokenRequest } from '../../protocol/test-controls/clients.ts'

/** An access token as the token endpoint issues it, without the secret of the client. Throws NOT_FOUND for an unknown client. */
export async function mintToken(
  { now, newId, secrets }: Context,
  { catalog }: Storage,
  { clientId, scopes, expired = false }: TestTokenRequest,
): Promise<TestToken> {
  const client =
    clientId === undefined ? (await catalog.listClients('', 1))[0] : await catalog.findClient(clientId)
  if (client === undefined) {
    throw refuse(
      'NOT_FOUND',
      clientId === undefined ? 'The world has no clients.' : `There is no client ${clientId}.`,
    )
  }
  const issuedAt = expired ? now() - accessTokenLifeMs : now()
  const expiresAt = issuedAt + accessTokenLifeMs
  const text = packAccessToken({
    id: newId(),
    clientId: client.id,
    grantId: undefined,
    personId: undefined,
    scopes: scopes === undefined ? defaultScopes : readScopes(scopes.join(' ')),
    issuedAt,
    expiresAt,
  })
  return {
    accessToken: accessTokenPrefix + secrets.sign(text, 'access-token'),
    clientId: client.id,
    expiresAt: new Date(expiresAt).toISOString(),
  }
}

const defaultScopes = readScopes('alexa::enterprise:management')
