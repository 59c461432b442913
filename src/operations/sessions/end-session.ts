import type { OperatorCall } from '../../model/access.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { TokenCheck } from '../../model/ports/token-check.ts'
import { refuse } from '../../model/refusal.ts'
import { stampFor } from '../../model/write-stamp.ts'
import { findSession } from './buy-token.ts'

/** Ends the session of the cookie, and with it its tokens. No session, or one that has ended, counts as ended. */
export async function signOut(
  context: Context,
  tokens: TokenCheck,
  { secret, requestId }: { readonly secret: string | undefined; readonly requestId: string },
): Promise<void> {
  const session = await findSession(context, secret)
  if (session !== undefined)
    await endSession(context, tokens, session.id, { requestId, actor: session.actor })
}

/** Ends a session, and with it its tokens. Refuses with NOT_FOUND. */
export async function endSessionById(
  context: Context,
  tokens: TokenCheck,
  id: string,
  call: OperatorCall,
): Promise<void> {
  if (!(await endSession(context, tokens, id, call))) throw refuse('NOT_FOUND', 'There is no such session.')
}

async function endSession(
  context: Context,
  tokens: TokenCheck,
  id: string,
  call: OperatorCall,
): Promise<boolean> {
  const change = recorded(stampFor(context, call), { operation: 'session', detail: { ended: id } })
  const isEnded = await context.storage.sessions.end(id, change)
  tokens.forget()
  return isEnded
}
