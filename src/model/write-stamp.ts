import { actorOf, type Principal } from './access.ts'
import type { WriteStamp } from './operations-log.ts'
import type { Context } from './ports/context.ts'
import type { ActivationStamp } from './ports/storage.ts'

/** The stamp of a write by a client or person. */
export function writeStamp(context: Context, principal: Principal, requestId: string): ActivationStamp {
  return stampFor(context, { requestId, actor: actorOf(principal) })
}

/** The stamp of an operator's write, or of a background write that continues a request. */
export function stampFor(
  context: Context,
  { requestId, actor }: Pick<WriteStamp, 'requestId' | 'actor'>,
): ActivationStamp {
  const now = context.now()
  return { now, activateAt: context.activateAt(now), requestId, actor }
}
