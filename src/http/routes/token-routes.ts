/** The token issuer as routes. Source: behaviour, "Tokens". */
import type { FastifyReply } from 'fastify'
import { issueToken } from '../../operations/tokens/issue-token.ts'
import { readProfile, readTokenInfo } from '../../operations/tokens/read-profile.ts'
import { revokeToken } from '../../operations/tokens/revoke-token.ts'
import { OAuthErrorBody } from '../../protocol/errors.ts'
import {
  Profile,
  RevokeAnswer,
  RevokeRequest,
  TokenAnswer,
  TokenInfo,
  TokenQuery,
  TokenRequest,
} from '../../protocol/lwa.ts'
import { worldOf } from '../engine/exchange.ts'
import { callerOf } from '../gate/caller.ts'
import { ok } from './answer-schema.ts'
import { readClientRequest, readShownToken } from './oauth-parameters.ts'
import { type Route, route } from './route.ts'

/** Real clients use both spellings. The OpenAPI document has only the usual one. */
const folders = [
  { path: '/auth/o2', isHidden: false },
  { path: '/auth/O2', isHidden: true },
] as const

/** These routes have no schema for requests: the parameters have several spellings, and their reader checks them. */
function issuer(operation: string) {
  return { config: { operation, access: 'anyone', shape: 'oauth' }, tag: 'Tokens' } as const
}

/** A route whose body is a form or JSON. */
function clientRequest(operation: string) {
  const { config, tag } = issuer(operation)
  return {
    config: { ...config, body: 'text' },
    tag,
    method: 'POST',
    consumes: ['application/x-www-form-urlencoded', 'application/json'],
    refuses: [429],
    otherAnswers: {
      401: {
        ...OAuthErrorBody,
        description: 'The client is unknown, or its secret is missing or wrong.',
      },
    },
  } as const
}

function folderRoutes({ path, isHidden }: (typeof folders)[number]): readonly Route[] {
  return [
    route({
      ...clientRequest('token'),
      path: `${path}/token`,
      isHidden,
      operationId: 'issueToken',
      summary: 'Get an access token',
      unchecked: { body: TokenRequest },
      success: ok('The token.', TokenAnswer),
      handle: (context, request, reply) => {
        neverStore(reply)
        return issueToken(context, worldOf(request).tokens, readClientRequest(request))
      },
    }),
    route({
      ...issuer('tokeninfo'),
      method: 'GET',
      path: `${path}/tokeninfo`,
      isHidden,
      operationId: 'getTokenInfo',
      summary: 'Get the client of an access token',
      unchecked: { query: TokenQuery },
      success: ok('The client and the lifetime of the token.', TokenInfo),
      handle: (context, request, reply) => {
        neverStore(reply)
        return readTokenInfo(context, readShownToken(request.raw), callerOf(request).isHere)
      },
    }),
    route({
      ...clientRequest('revoke'),
      path: `${path}/revoke`,
      isHidden,
      operationId: 'revokeToken',
      summary: 'Revoke a token',
      unchecked: { body: RevokeRequest },
      success: ok('The token is revoked.', RevokeAnswer),
      handle: async (context, request, reply) => {
        neverStore(reply)
        await revokeToken(context, worldOf(request).tokens, readClientRequest(request))
        return {}
      },
    }),
  ]
}

const profileRoute = route({
  ...issuer('profile'),
  method: 'GET',
  path: '/user/profile',
  operationId: 'getProfile',
  summary: 'Get the profile of an access token',
  unchecked: { query: TokenQuery },
  success: ok('The profile.', Profile),
  refuses: [401],
  handle: (context, request, reply) => {
    neverStore(reply)
    return readProfile(context, readShownToken(request.raw), callerOf(request).isHere)
  },
})

/** These paths exist only if the service is its own issuer. */
export const tokenRoutes: readonly Route[] = [...folders.flatMap(folderRoutes), profileRoute]

/** Source: RFC 6749 section 5.1. */
function neverStore(reply: FastifyReply): void {
  reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
}
