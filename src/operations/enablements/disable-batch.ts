import type { Principal } from '../../model/access.ts'
import { whenReady } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { requireDisablable } from '../../model/subscription.ts'
import { writeStamp } from '../../model/write-stamp.ts'
import { BatchDisableItem } from '../../protocol/enablement.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { problemFinder } from '../../protocol/problem.ts'
import { readItems } from '../batches/received-items.ts'
import { getSkill } from '../catalog/get-skill.ts'
import { checkItems } from './check-items.ts'

const itemProblem = problemFinder(BatchDisableItem, 'The item')

/**
 * "Disable skill for multiple units": all or nothing. A unit without the skill, or with it in another stage, needs no
 * change (ledger, row T3: a repeated batch must succeed).
 */
export async function disableBatch(
  context: Context,
  principal: Principal,
  call: { skillId: SkillId; requestId: string; body: unknown },
): Promise<void> {
  const items = readItems<BatchDisableItem>(call.body, context.limits.batchItemsMax, itemProblem)
  const records = await checkItems(context, principal, 'batch_disable', items, (item) =>
    whenReady(getSkill(context, call.skillId, item.stage), ({ id }) => {
      requireDisablable(id)
      return { unitId: item.unitId, skillId: id, stage: item.stage, itemId: item.itemId }
    }),
  )
  const stamp = writeStamp(context, principal, call.requestId)
  await context.storage.enablements.disableMany(records, stamp)
  context.workIsDue(stamp.now)
}
