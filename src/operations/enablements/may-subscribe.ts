import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { findSubscription, otherSubscriptionMessage, requireSubscribable } from '../../model/subscription.ts'
import type { Unit } from '../../model/unit.ts'
import type { SkillId } from '../../protocol/identifiers.ts'

/**
 * Whether the skill is a subscription. Refuses with INVALID_PARAM one that the unit cannot have, or not beside the one
 * that it has; when two come at once, the storage decides.
 */
export async function maySubscribe(context: Context, skillId: SkillId, unit: Unit): Promise<boolean> {
  const subscription = findSubscription(skillId)
  if (subscription === undefined) return false
  requireSubscribable(subscription, unit)
  const current = await context.storage.catalog.findSubscription(unit.id)
  if (current !== undefined && current !== skillId)
    throw refuse('INVALID_PARAM', otherSubscriptionMessage(current), { reason: 'subscription' })
  return true
}
