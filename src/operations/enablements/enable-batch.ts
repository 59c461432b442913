import type { Principal } from '../../model/access.ts'
import { sealRequest } from '../../model/link-secrets.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import type { EnableRecord, LinkChange } from '../../model/ports/storage.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import type { Unit } from '../../model/unit.ts'
import { writeStamp } from '../../model/write-stamp.ts'
import { BatchItem } from '../../protocol/enablement.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { problemFinder } from '../../protocol/problem.ts'
import { readItems } from '../batches/received-items.ts'
import { getSkill } from '../catalog/get-skill.ts'
import { chooseLink, type LinkChoice } from '../links/choose-link.ts'
import { linkRefusal } from '../links/link-account.ts'
import { checkItems } from './check-items.ts'
import { enableRecord } from './enable-record.ts'
import { maySubscribe } from './may-subscribe.ts'

const itemProblem = problemFinder(BatchItem, 'The item')

/**
 * The maximum number of checks. A unit or link may disappear between the check and the write, which then needs another
 * check.
 */
const triesMax = 3

/**
 * "Enable a skill for multiple units": all or nothing (ledger, row 32: a 202 cannot report a part). The background
 * exchanges a code, once for all items that contain it (rows 37 and 38: a hundred exchanges would take minutes).
 */
export async function enableBatch(
  context: Context,
  principal: Principal,
  call: { skillId: SkillId; requestId: string; body: unknown },
): Promise<void> {
  const items = readItems<BatchItem>(call.body, context.limits.batchItemsMax, itemProblem)
  for (let tries = 1; ; tries++) {
    const linked = new Set<string>()
    const records = await checkItems(context, principal, 'batch_enable', items, (item, unit) =>
      recordFor(context, principal, call.skillId, item, unit, linked),
    )
    const stamp = writeStamp(context, principal, call.requestId)
    try {
      await context.storage.enablements.enableMany(records, stamp)
      context.workIsDue(stamp.now)
      return
    } catch (error) {
      // A unit or a link disappeared after the check of its item: the next check finds the item.
      const isGone =
        error instanceof Refusal && (error.code === 'NOT_FOUND' || error.code === 'INVALID_PARAM')
      if (!isGone) throw error
      // A batch has no 404.
      if (tries === triesMax) throw refuse('INVALID_PARAM', error.message, { reason: error.reason })
    }
  }
}

/** `linked`: the units that an earlier item links. */
function recordFor(
  context: Context,
  { clientId }: Principal,
  skillId: SkillId,
  item: BatchItem,
  unit: Unit,
  linked: Set<string>,
): MaybePromise<EnableRecord> {
  return whenReady(getSkill(context, skillId, item.stage), (skill) =>
    whenReady(maySubscribe(context, skill.id, unit), (isSubscription) => {
      // An earlier item may create the link that this one needs.
      const livesOnEarlierItem = item.accountLinkRequest === undefined && linked.has(unit.id)
      const choice = livesOnEarlierItem
        ? undefined
        : chooseLink(context, skill, unit, item.accountLinkRequest, clientId)
      return whenReady(choice, (choice) => {
        if (choice?.name !== undefined) linked.add(unit.id)
        const needsExistingLink = choice?.needsExistingLink ?? true
        return whenReady(linkChange(context, choice), (link) =>
          enableRecord(skill, unit, item, { link, needsExistingLink, isSubscription }),
        )
      })
    }),
  )
}

function linkChange(context: Context, choice: LinkChoice | undefined): MaybePromise<LinkChange> {
  if (choice?.name === undefined) return { kind: 'keep' }
  const { name, exchange } = choice
  if (exchange === undefined) return { kind: 'linked', name }
  return whenReady(context.storage.links.find(exchange.key), (known) => {
    const refusal = linkRefusal(known)
    if (refusal !== undefined) throw refusal
    const sealedRequest = sealRequest(context.secrets, exchange.request)
    return { kind: 'pending', name, sealedRequest }
  })
}
