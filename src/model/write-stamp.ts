import type { Principal } from './access.ts'
import type { WriteStamp } from './operations-log.ts'
import type { Context } from './ports/context.ts'
import type { ActivationStamp } from './ports/storage.ts'

/** The stamp of a write that a client asks for. */
export function writeStamp(context: Context, principal: Principal, requestId: string): ActivationStamp {
  return stampFor(context, { requestId, actor: principal.clientId })
}

/** The same for the operator, and for the background step, which goes on with what a request began. */
export function stampFor(
  context: Context,
  { requestId, actor }: Pick<WriteStamp, 'requestId' | 'actor'>,
): ActivationStamp {
  const now = context.now()
  return { now, activateAt: now + context.limits.activationDelayMs, requestId, actor }
}
