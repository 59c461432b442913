import { createHash } from 'node:crypto'
import { consoleClient } from '../../model/console/console-client.ts'
import {
  anyOperator,
  type Session,
  type SignInCode,
  sessionLifeMs,
  sessionsPerAccountMax,
  signInCodeHolds,
} from '../../model/console/session.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Guesses } from '../../model/ports/guesses.ts'
import { refuse } from '../../model/refusal.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { SignedInView, SignInRequest } from '../../protocol/console/sessions.ts'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'
import { isProved } from '../tokens/live-session.ts'
import { holderView } from './list-sessions.ts'

/** Whoever signs in, and what the world knows. */
export interface SignInCall {
  readonly guesses: Guesses
  readonly requestId: string
  readonly operatorTokens: readonly OperatorToken[]
}

/** A session that has begun. */
export interface BegunSession {
  readonly view: SignedInView
  /** For the cookie. */
  readonly secret: string
}

/**
 * Makes a session of a code. The first use spends a code, whether it is right or not. Refuses with FORBIDDEN a wrong, spent or
 * expired code, and a wrong verifier; with INVALID_PARAM a name that a token of another operator has.
 */
export async function beginSession(
  context: Context,
  request: SignInRequest,
  { guesses, requestId, operatorTokens }: SignInCall,
): Promise<BegunSession> {
  const { sessions } = context.storage
  const shown = 'code' in request ? request.code : request.oneTimeCode
  const code = await sessions.findCode(context.secrets.hash(shown, 'sign-in-code'))
  guesses.judgeGuess('sign-in code', code !== undefined)
  if (code === undefined) throw wrongCode('The code is unknown.')
  const actor = actorOf(code, request, operatorTokens)
  if (!(await sessions.takeCode(code.codeHash))) throw wrongCode('The code was used at the same time.')
  const now = context.now()
  if (!signInCodeHolds(code, now)) throw wrongCode('The code has expired.')
  if (code.codeChallenge !== challengeOf(request)) throw wrongCode('The verifier is missing or wrong.')
  if ('code' in request && !consoleClient.redirectUris.includes(request.redirectUri))
    throw wrongCode('It is for another redirect URI.')
  if (!(await isProved(context, code, operatorTokens))) throw wrongCode('Its maker may not sign in any more.')

  const secret = context.secrets.random(32)
  const session: Session = {
    id: context.newId(),
    secretHash: context.secrets.hash(secret, 'session'),
    actor,
    proof: code.proof,
    createdAt: now,
    usedAt: now,
    expiresAt: now + sessionLifeMs,
  }
  const stamp = stampFor(context, { requestId, actor })
  const change = recorded(stamp, { operation: 'session', detail: { began: session.id } })
  await sessions.add(session, sessionsPerAccountMax, change)
  return {
    secret,
    view: {
      ...(await holderView(context, session)),
      expiresAt: new Date(session.expiresAt).toISOString(),
    },
  }
}

/** Returns the account of the session. An operator without a name may say one, but not that of another. */
function actorOf(
  { actor }: SignInCode,
  request: SignInRequest,
  operatorTokens: readonly OperatorToken[],
): string {
  const name = 'oneTimeCode' in request ? request.name : undefined
  if (name === undefined || actor !== anyOperator) return actor
  if (operatorTokens.some((token) => token.name === name))
    throw refuse('INVALID_PARAM', 'name is invalid: the token of an operator has it.')
  return `${anyOperator}:${name}`
}

/** Source: RFC 7636, section 4.6. A one-time code has no challenge. */
function challengeOf(request: SignInRequest): string | undefined {
  return 'code' in request ? createHash('sha256').update(request.codeVerifier).digest('base64url') : undefined
}

/** The same words for each reason. */
function wrongCode(detail: string) {
  const message = 'The code is wrong, was used before, or has expired.'
  return refuse('FORBIDDEN', message, { reason: 'grant', detail })
}
