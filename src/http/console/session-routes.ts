/** Signing in at the console, and tokens for its pages. The operator sees the sessions and ends them. */
import type { FastifyReply } from 'fastify'
import { beginSession } from '../../operations/sessions/begin-session.ts'
import { buyToken } from '../../operations/sessions/buy-token.ts'
import { endSessionById, signOut } from '../../operations/sessions/end-session.ts'
import { listSessions } from '../../operations/sessions/list-sessions.ts'
import { makeSignInCode } from '../../operations/sessions/make-code.ts'
import {
  SessionPage,
  SessionPath,
  SessionsQuery,
  SessionToken,
  SignedInView,
  SignInCodeView,
  SignInRequest,
} from '../../protocol/console/sessions.ts'
import { operatorCallOf, worldOf } from '../engine/exchange.ts'
import { bearerToken } from '../gate/bearer.ts'
import { callerOf } from '../gate/caller.ts'
import { authorityOf } from '../gate/host-names.ts'
import { ownPath } from '../gate/origin.ts'
import { created, noContent, ok } from '../routes/answer-schema.ts'
import { operator, page } from '../routes/operator-route.ts'
import { type Route, route } from '../routes/route.ts'
import { noSessionCookie, originOf, readSessionCookie, sessionCookie } from './session-cookie.ts'

const path = '/_skillkeeper/sessions'
const ofOperator = { ...operator('session'), tag: 'Sessions' } as const
const ofPage = {
  config: { operation: 'session', access: 'anyone', shape: 'single', isForOwnPages: true, hasCookie: true },
  tag: 'Sessions',
} as const
const setCookie = { 'Set-Cookie': { type: 'string', description: 'The cookie of the session.' } }

export const sessionRoutes: readonly Route[] = [
  route({
    ...ofPage,
    method: 'POST',
    path,
    operationId: 'signIn',
    summary: 'Begin a session of the console',
    body: SignInRequest,
    success: created('The session has begun; the cookie buys its tokens.', SignedInView, setCookie),
    refuses: [429],
    handle: async (context, request, reply) => {
      neverStore(reply)
      const { raw, body, id: requestId } = request
      const wish =
        'code' in body ? { ...body, redirectUri: ownPath(body.redirectUri, authorityOf(raw)) } : body
      const { view, secret } = await beginSession(context, wish, {
        guesses: callerOf(request),
        requestId,
        operatorTokens: worldOf(request).operatorTokens(),
      })
      reply.header('set-cookie', sessionCookie(raw, secret))
      return view
    },
  }),
  route({
    ...ofPage,
    method: 'POST',
    path: `${path}/current/token`,
    operationId: 'buyToken',
    summary: 'Get an access token by the cookie of a session',
    success: ok('The token.', SessionToken),
    refuses: [401, 429],
    handle: (context, request, reply) => {
      neverStore(reply)
      const { throttle, operatorTokens } = worldOf(request)
      const given = { throttle, operatorTokens: operatorTokens() }
      return buyToken(context, readSessionCookie(request.raw), given)
    },
  }),
  route({
    ...ofPage,
    method: 'DELETE',
    path: `${path}/current`,
    operationId: 'signOut',
    summary: 'End the session of the cookie, and its tokens',
    success: noContent('There is no such session any more.'),
    handle: async (context, request, reply) => {
      const { raw, id: requestId } = request
      await signOut(context, worldOf(request).tokens, { secret: readSessionCookie(raw), requestId })
      reply.header('set-cookie', noSessionCookie(raw))
    },
  }),
  route({
    ...ofOperator,
    method: 'POST',
    path: `${path}/codes`,
    operationId: 'makeSignInCode',
    summary: 'Make a code that signs the operator in to the console, once',
    success: created('The code. It is valid for a minute.', SignInCodeView),
    handle: (context, request, reply) => {
      neverStore(reply)
      const { actor } = operatorCallOf(request)
      const shown = bearerToken(request.headers.authorization) ?? ''
      const maker = { shown, actor, origin: originOf(request.raw) }
      return makeSignInCode(context, maker, worldOf(request).operatorTokens())
    },
  }),
  route({
    ...ofOperator,
    method: 'GET',
    path,
    operationId: 'listSessions',
    summary: 'List the sessions of the console',
    query: SessionsQuery,
    success: page('sessions', SessionPage),
    handle: (context, { query }) => listSessions(context, query),
  }),
  route({
    ...ofOperator,
    method: 'DELETE',
    path: `${path}/:id`,
    operationId: 'endSession',
    summary: 'End a session of the console, and its tokens',
    params: SessionPath,
    success: noContent('The session has ended.'),
    refuses: [404],
    handle: (context, request) =>
      endSessionById(context, worldOf(request).tokens, request.params.id, operatorCallOf(request)),
  }),
]

function neverStore(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store')
}
