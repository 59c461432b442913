/** The token issuer as routes. Source: behaviour, "Tokens". */
// The types of operationId and its neighbours.
import type {} from '@fastify/swagger'
import type { FastifyInstance, FastifyReply, RouteShorthandOptions } from 'fastify'
import type { Context } from '../../model/ports/context.ts'
import type { TokenCheck } from '../../model/ports/token-check.ts'
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
import type { OperatorToken } from '../../protocol/operator-tokens.ts'
import { callerOf } from '../gate/caller.ts'
import { jsonAnswer, refusals } from './answer-schema.ts'
import { authorizePage } from './authorize-page.ts'
import { readClientRequest, readShownToken } from './oauth-parameters.ts'

export interface TokenRouteParts {
  readonly tokens: TokenCheck
  /** Without one, nobody can sign in on the authorize page. */
  operatorTokens(): readonly OperatorToken[]
}

/** Real clients write `o2` both ways. */
const folders = ['/auth/o2', '/auth/O2'] as const

/** Only of a service that is its own issuer: with a foreign issuer these paths are not there. */
export function registerTokenRoutes(app: FastifyInstance, context: Context, parts: TokenRouteParts): void {
  for (const folder of folders) {
    app.post(`${folder}/token`, tokenRoute(folder), (request, reply) => {
      neverStore(reply)
      return issueToken(context, parts.tokens, readClientRequest(request))
    })
    app.get(`${folder}/tokeninfo`, tokenInfoRoute(folder), (request, reply) => {
      neverStore(reply)
      return readTokenInfo(context, readShownToken(request.raw), callerOf(request).isHere)
    })
    app.post(`${folder}/revoke`, revokeRoute(folder), async (request, reply) => {
      neverStore(reply)
      await revokeToken(context, parts.tokens, readClientRequest(request))
      return {}
    })
  }
  app.get('/user/profile', profileRoute, (request, reply) => {
    neverStore(reply)
    return readProfile(context, readShownToken(request.raw), callerOf(request).isHere)
  })
  authorizePage(app, context, parts.operatorTokens)
}

/** Source: RFC 6749 section 5.1. */
function neverStore(reply: FastifyReply): void {
  reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
}

const tags = ['Tokens']
const consumes = ['application/x-www-form-urlencoded', 'application/json']
/** The schemas describe; what was sent is checked where it is read, since it comes in several spellings. */
const unchecked = { validatorCompiler: () => () => true }
const unknownClient = jsonAnswer('The client is unknown, or its secret is missing or wrong.', OAuthErrorBody)

function tokenRoute(folder: string): RouteShorthandOptions {
  return {
    ...unchecked,
    config: { operation: 'token', access: 'anyone', shape: 'oauth', body: 'text' },
    schema: {
      ...described(folder, 'issueToken', 'Get an access token'),
      consumes,
      body: TokenRequest,
      response: {
        200: jsonAnswer('The token.', TokenAnswer),
        ...refusals('oauth', 413, 429),
        401: unknownClient,
      },
    },
  }
}

function revokeRoute(folder: string): RouteShorthandOptions {
  return {
    ...unchecked,
    config: { operation: 'revoke', access: 'anyone', shape: 'oauth', body: 'text' },
    schema: {
      ...described(folder, 'revokeToken', 'Revoke a token'),
      consumes,
      body: RevokeRequest,
      response: {
        200: jsonAnswer('The token is invalid from now on.', RevokeAnswer),
        ...refusals('oauth', 413, 429),
        401: unknownClient,
      },
    },
  }
}

function tokenInfoRoute(folder: string): RouteShorthandOptions {
  return {
    ...unchecked,
    config: { operation: 'tokeninfo', access: 'anyone', shape: 'oauth' },
    schema: {
      ...described(folder, 'getTokenInfo', 'Tell whom an access token was given to'),
      querystring: TokenQuery,
      response: { 200: jsonAnswer('What the token is.', TokenInfo), ...refusals('oauth') },
    },
  }
}

const profileRoute: RouteShorthandOptions = {
  ...unchecked,
  config: { operation: 'profile', access: 'anyone', shape: 'oauth' },
  schema: {
    ...described('/auth/o2', 'getProfile', 'Get the profile behind an access token'),
    querystring: TokenQuery,
    response: { 200: jsonAnswer('The profile.', Profile), ...refusals('oauth', 401) },
  },
}

/** Each operation is described once, at its usual spelling. */
function described(folder: string, operationId: string, summary: string): object {
  return folder === folders[0] ? { operationId, summary, tags } : { hide: true }
}
