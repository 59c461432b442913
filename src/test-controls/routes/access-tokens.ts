import {
  accessTokenLifeMs,
  accessTokenPrefix,
  packAccessToken,
  tokenBytesMax,
  unpackAccessToken,
} from '../../model/access-token.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Storage } from '../../model/ports/storage.ts'
import type { World } from '../../model/ports/world.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { readScopes } from '../../model/scope.ts'
import type { ReadToken, TestToken, TestTokenRequest } from '../../protocol/test-controls/clients.ts'
import { instantText } from './control.ts'

/**
 * An access token as the token endpoint issues it, without the secret of the client or the passphrase of the person. Throws NOT_FOUND
 * for an unknown client or person.
 */
export async function mintToken(
  { now, newId, secrets }: Context,
  { catalog }: Storage,
  { clientId, personId, scopes, expired = false }: TestTokenRequest,
): Promise<TestToken> {
  const client =
    clientId === undefined ? (await catalog.listClients('', 1))[0] : await catalog.findClient(clientId)
  if (client === undefined) {
    throw refuse(
      'NOT_FOUND',
      clientId === undefined ? 'The world has no clients.' : `There is no client ${clientId}.`,
    )
  }
  if (personId !== undefined && (await catalog.findPerson(personId)) === undefined)
    throw refuse('NOT_FOUND', `There is no person ${personId}.`)
  const issuedAt = expired ? now() - accessTokenLifeMs : now()
  const expiresAt = issuedAt + accessTokenLifeMs
  const text = packAccessToken({
    id: newId(),
    clientId: client.id,
    grantId: undefined,
    personId,
    scopes: scopes === undefined ? defaultScopes : readScopes(scopes.join(' ')),
    issuedAt,
    expiresAt,
  })
  return {
    accessToken: accessTokenPrefix + secrets.sign(text, 'access-token'),
    clientId: client.id,
    ...(personId !== undefined && { personId }),
    expiresAt: instantText(expiresAt),
  }
}

/** Returns what an access token of the world says. Throws INVALID_PARAM for any other text. */
export async function readToken(
  { secrets }: Context,
  { tokens }: Pick<World, 'tokens'>,
  text: string,
): Promise<ReadToken> {
  const payload =
    text.startsWith(accessTokenPrefix) && text.length <= tokenBytesMax
      ? secrets.verify(text.slice(accessTokenPrefix.length), 'access-token')
      : undefined
  const token = payload === undefined ? undefined : unpackAccessToken(payload)
  if (token === undefined)
    throw refuse('INVALID_PARAM', 'accessToken is invalid: this world has not issued it.')
  const { clientId, personId, operator, scopes, issuedAt, expiresAt } = token
  return {
    clientId,
    ...(personId !== undefined && { personId }),
    ...(operator !== undefined && { operator }),
    scopes: [...scopes],
    issuedAt: instantText(issuedAt),
    expiresAt: instantText(expiresAt),
    isAccepted: await isAccepted(tokens, text),
  }
}

async function isAccepted(tokens: World['tokens'], text: string): Promise<boolean> {
  try {
    await tokens.check(text, true)
    return true
  } catch (error) {
    if (error instanceof Refusal && error.code === 'INVALID_LWA_TOKEN') return false
    throw error
  }
}

const defaultScopes = readScopes('alexa::enterprise:management')
