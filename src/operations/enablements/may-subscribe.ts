import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { findSubscription, otherSubscriptionMessage, requireSubscribable } from '../../model/subscription.ts'
import type { Unit } from '../../model/unit.ts'
import type { SkillId } from '../../protocol/identifiers.ts'

/**
 * Whether the skill is a subscription. Refuses with INVALID_PARAM one that the unit cannot have, or a second one;
 * storage decides between simultaneous requests.
 */
export function maySubscribe(context: Context, skillId: SkillId, unit: Unit): MaybePromise<boolean> {
  const subscription = findSubscription(skillId)
  if (subscription === undefined) return false
  requireSubscribable(subscription, unit)
  return whenReady(context.storage.catalog.findSubscription(unit.id), (current) => {
    if (current !== undefined && current !== skillId)
      throw refuse('INVALID_PARAM', otherSubscriptionMessage(current), { reason: 'subscription' })
    return true
  })
}
