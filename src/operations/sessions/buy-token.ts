import { managementScope, operatorScope } from '../../model/access.ts'
import { consoleClient } from '../../model/console/console-client.ts'
import { personOf, type Session, sessionTokenLifeMs } from '../../model/console/session.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Throttle } from '../../model/ports/throttle.ts'
import { refuse } from '../../model/refusal.ts'
import type { SessionToken } from '../../protocol/console/sessions.ts'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'
import { signAccessToken } from '../tokens/issue-token.ts'
import { isLive } from '../tokens/live-session.ts'

/**
 * Returns a new access token of the session of the cookie: it speaks for the person, or for the operator. It is valid as long as the
 * session, and for ten minutes at most. Refuses with INVALID_LWA_TOKEN if there is no such session or it has ended, with
 * TOO_MANY_REQUESTS a session that asks too often.
 */
export async function buyToken(
  context: Context,
  secret: string | undefined,
  {
    operatorTokens,
    throttle,
  }: { readonly operatorTokens: readonly OperatorToken[]; readonly throttle: Throttle },
): Promise<SessionToken> {
  // Read first: a token must not outlive an end that is written after the session is read.
  const now = context.now()
  const session = await findSession(context, secret)
  if (session === undefined || !(await isLive(context, session, operatorTokens))) throw sessionEnded()
  const refusal = throttle.count(`session ${session.id}`)
  if (refusal !== undefined) throw refusal
  if (!(await context.storage.sessions.touch(session.id, now))) throw sessionEnded()
  const personId = personOf(session)
  const expiresAt = Math.min(now + sessionTokenLifeMs, session.expiresAt)
  const accessToken = signAccessToken(context, {
    clientId: consoleClient.id,
    grantId: session.id,
    personId,
    ...(personId === undefined && { operator: session.actor }),
    scopes: [personId === undefined ? operatorScope : managementScope],
    issuedAt: now,
    expiresAt,
  })
  return { accessToken, expiresInSeconds: Math.floor((expiresAt - now) / 1000) }
}

/** Finds the session of a cookie, whether it holds or not. */
export async function findSession(
  context: Context,
  secret: string | undefined,
): Promise<Session | undefined> {
  if (secret === undefined) return undefined
  return context.storage.sessions.findBySecret(context.secrets.hash(secret, 'session'))
}

function sessionEnded() {
  return refuse('INVALID_LWA_TOKEN', 'There is no session, or it has ended. Sign in.')
}
