/**
 * The authorize page, on which a person decides whether a client may act for the person, and the operator whether it may
 * act by itself. It works without scripts and cookies. docs/decisions/0013-authorize-page.md explains why it is safe.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isConsole } from '../../model/console/console-client.ts'
import type { SignedIn } from '../../model/console/session.ts'
import type { Context } from '../../model/ports/context.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import type { Parameters } from '../../operations/tokens/authenticate-client.ts'
import {
  type AuthorizationCheck,
  type AuthorizationRequest,
  allowAuthorization,
  checkAuthorization,
  denyAuthorization,
} from '../../operations/tokens/authorize.ts'
import { proofOf } from '../../operations/tokens/live-session.ts'
import { signIn } from '../../operations/tokens/sign-in.ts'
import { AuthorizationDecision, AuthorizationQuery } from '../../protocol/lwa.ts'
import { errorReply } from '../engine/error-reply.ts'
import { noteRefusal, worldOf } from '../engine/exchange.ts'
import { callerOf } from '../gate/caller.ts'
import { authorityOf } from '../gate/host-names.ts'
import { operatorSecret, operatorWith } from '../gate/operator-token.ts'
import { ownPath } from '../gate/origin.ts'
import { empty, type Success } from './answer-schema.ts'
import { authorizeHtml, errorHtml } from './authorize-html.ts'
import { readBodyParameters, readQueryParameters } from './oauth-parameters.ts'
import { type Route, route } from './route.ts'

/** A response that is not sent yet: HTML, or nothing for a redirect. The reply has its status and headers. */
type Page = string | undefined

interface Visit {
  readonly context: Context
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly parameters: Parameters
  /** Whether the console is served, whose client is no record. */
  readonly hasConsole: boolean
}

const pageRoute = {
  path: '/ap/oa',
  config: { operation: 'authorize', access: 'anyone', shape: 'oauth', body: 'text', isPage: true },
  tag: 'Tokens',
} as const
const html = { 'text/html': { schema: { type: 'string', description: 'An HTML page.' } } }
const asked: Success<Page> = {
  status: 200,
  schema: { description: 'The page with the question.', content: html },
}
const otherAnswers = {
  302: empty('A redirect to the client, with `code` or with `error`.'),
  400: { description: 'The client is unknown, or the redirect URI is not registered for it.', content: html },
}

/** The operations check the parameters. `hasConsole`: whether the console is served, whose client is no record. */
export function authorizeRoutes(hasConsole: boolean): readonly Route[] {
  return [
    route({
      ...pageRoute,
      method: 'GET',
      operationId: 'showAuthorizePage',
      summary: 'Show the page that asks whether a client may get a token',
      unchecked: { query: AuthorizationQuery },
      success: asked,
      otherAnswers,
      handle: (context, request, reply) =>
        answerWithPage(request, reply, () =>
          show({ context, request, reply, parameters: readQueryParameters(request.raw.url), hasConsole }),
        ),
    }),
    route({
      ...pageRoute,
      method: 'POST',
      operationId: 'decideAuthorization',
      summary: 'Answer the question of the page',
      consumes: ['application/x-www-form-urlencoded'],
      unchecked: { body: AuthorizationDecision },
      success: asked,
      otherAnswers: {
        ...otherAnswers,
        403: { description: 'The page again: the passphrase or the token is wrong.', content: html },
        429: { description: 'The page again: too many wrong secrets were sent.', content: html },
      },
      handle: (context, request, reply) =>
        answerWithPage(request, reply, () =>
          decide({ context, request, reply, parameters: readBodyParameters(request.body), hasConsole }),
        ),
    }),
  ]
}

async function show(visit: Visit): Promise<Page> {
  const { request, reply, parameters } = visit
  const check = await checkVisit(visit)
  if (check.kind === 'redirect') return sendBack(request, reply, check)
  return ask(reply, check.request, parameters)
}

async function decide(visit: Visit): Promise<Page> {
  const { context, request, reply, parameters } = visit
  if (callerOf(request).isForeign) {
    throw refuse('invalid_request', 'The form comes from a page of another site.')
  }
  const check = await checkVisit(visit)
  if (check.kind === 'redirect') return sendBack(request, reply, check)
  const decision = parameters.get('decision')
  if (decision === 'deny') return redirect(reply, denyAuthorization(check.request))
  if (decision !== 'allow') return ask(reply, check.request, parameters)
  const signedIn = await signInVisitor(context, request, parameters, check.request)
  if (!(signedIn instanceof Refusal))
    return redirect(reply, await allowAuthorization(context, check.request, signedIn))
  note(request, signedIn, check.request.client.id)
  const { status, headers } = errorReply(signedIn, pageRoute.config.shape, request.id)
  return ask(reply.code(status).headers(headers), check.request, parameters, signedIn.message)
}

/** The page of the console may name its address with the origin, which is that of the service. */
function checkVisit({ context, request, parameters, hasConsole }: Visit): Promise<AuthorizationCheck> {
  const wished = new Map(parameters)
  const redirectUri = wished.get('redirect_uri')
  if (redirectUri !== undefined && isConsole({ id: wished.get('client_id') ?? '' }))
    wished.set('redirect_uri', ownPath(redirectUri, authorityOf(request.raw)))
  return checkAuthorization(context, wished, { isLoopback: callerOf(request).isHere, hasConsole })
}

/**
 * Returns who allows the request, or the refusal. A demo client needs no sign-in: its secret is public, and it works only on
 * this machine, whose users may all allow it.
 */
async function signInVisitor(
  context: Context,
  request: FastifyRequest,
  parameters: Parameters,
  { client }: AuthorizationRequest,
): Promise<SignedIn | Refusal | undefined> {
  const given = (name: string) => parameters.get(name) ?? ''
  const email = given('email').trim()
  try {
    if (email !== '')
      return await signIn(context, { email, passphrase: given('passphrase') }, callerOf(request))
    if (client.isDemo) return undefined
    const token = given('operator_token').trim()
    return { actor: signInOperator(request, token), proof: proofOf(context, token) }
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'SERVICE_UNAVAILABLE') return error
    throw error
  }
}

/** Returns the operator. Refuses with FORBIDDEN a wrong token, with TOO_MANY_REQUESTS a caller who may be guessing. */
function signInOperator(request: FastifyRequest, shown: string): string {
  const operator = operatorWith(shown, worldOf(request).operatorTokens())
  callerOf(request).judgeGuess(operatorSecret, operator !== undefined)
  if (operator === undefined)
    throw refuse('FORBIDDEN', "This is not the operator's token.", { reason: 'token' })
  if (request.exchange !== null) request.exchange.operator = operator
  return operator
}

/** Shows the person, as a page, an error that must not be sent to the client. */
async function answerWithPage(
  request: FastifyRequest,
  reply: FastifyReply,
  act: () => Promise<Page>,
): Promise<Page> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'SERVICE_UNAVAILABLE') throw error
    note(request, error)
    setHeaders(reply.code(400), "'none'")
    return errorHtml(error.message, request.id)
  }
}

/** Reports a refusal to the client by the redirect, and to the operator by the kept refusals. */
function sendBack(
  request: FastifyRequest,
  reply: FastifyReply,
  { location, clientId, refusal }: Extract<AuthorizationCheck, { kind: 'redirect' }>,
): undefined {
  note(request, refusal, clientId)
  redirect(reply, location)
}

function note({ exchange }: FastifyRequest, refusal: Refusal, clientId?: string): void {
  if (exchange === null) return
  exchange.namedClientId = clientId
  noteRefusal(exchange, refusal)
}

function redirect(reply: FastifyReply, location: string): undefined {
  reply.code(302).headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
}

function ask(
  reply: FastifyReply,
  request: AuthorizationRequest,
  parameters: Parameters,
  problem?: string,
): Page {
  setHeaders(reply, `'self'${targetOf(request.redirectUri)}`)
  return authorizeHtml(request, parameters, problem)
}

function setHeaders(reply: FastifyReply, formTargets: string): void {
  reply.headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action ${formTargets}; base-uri 'none'; frame-ancestors 'none'`,
    // With no-referrer a browser would send the form with `Origin: null`.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
}

/** Browsers apply `form-action` also to the redirect after a form, so it has to contain the client's address. */
function targetOf(redirectUri: string): string {
  if (!URL.canParse(redirectUri)) return ''
  const { origin, protocol } = new URL(redirectUri)
  const target = origin === 'null' ? protocol : origin
  // Some characters that are valid in a host would end the directive.
  return /^[a-z0-9+.:/[\]-]+$/i.test(target) ? ` ${target}` : ''
}
