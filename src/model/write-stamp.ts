import type { Principal } from './access.ts'
import type { Context } from './ports/context.ts'
import type { WriteStamp } from './ports/storage.ts'

/** When, for whom and by which request a change is made. */
export function writeStamp(context: Context, principal: Principal, requestId: string): WriteStamp {
  return stampFor(context, principal.clientId, requestId)
}

/** The same for who is no principal: the operator, or the background step. */
export function stampFor(context: Context, actor: string, requestId: string): WriteStamp {
  const now = context.now()
  return { now, activateAt: now + context.limits.activationDelayMs, requestId, actor }
}
