/**
 * The background work of changes: notes their items, then does these in their order, a hundred in one write. Changes that run at the same time
 * take turns. An interrupted change goes on where it stood when its claim ends, here or on another node.
 */
import type { ChangeItem } from '../../model/changes/change.ts'
import { isOff } from '../../model/changes/skill-state.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ChangeClaim, ClaimedChange, ItemWork } from '../../model/ports/storage.ts'
import { Refusal } from '../../model/refusal.ts'
import { stampFor } from '../../model/write-stamp.ts'
import { checkItems } from './check-items.ts'
import { selectItems } from './select-items.ts'

/** The most items of one write. */
const itemsPerWrite = 100
/** The writes of a change before it is the turn of the next one. */
const writesPerTurn = 10
/** How long a claim holds after its last write, in milliseconds. A write comes much sooner; if not, another node goes on. */
const leaseMs = 5000

/** Works on due changes until none is left. */
export async function runChanges(context: Context, signal: AbortSignal): Promise<void> {
  const { changes } = context.storage
  while (!signal.aborted) {
    const now = context.now()
    const claimId = context.newId()
    const change = await changes.claimDue({ id: claimId, now, leaseUntil: now + leaseMs })
    if (change === undefined) return
    const claim = { changeId: change.id, claimId }
    try {
      await takeTurn(context, change, claim, signal)
      await changes.release({ ...claim, leaseUntil: 0 }, context.now())
    } catch (error) {
      // It is due again when its claim ends.
      context.log.error({ err: error, change: change.id }, 'A change could not go on')
    }
  }
}

type Held = Omit<ChangeClaim, 'leaseUntil'>

async function takeTurn(
  context: Context,
  change: ClaimedChange,
  held: Held,
  signal: AbortSignal,
): Promise<void> {
  let { position } = change
  let isNoted = change.selection === undefined
  for (let writes = 0; writes < writesPerTurn && !signal.aborted; writes++) {
    if (!isNoted && change.selection !== undefined) {
      const page = await selectItems(context, change, change.selection, position)
      const claim = extended(context, held)
      const stamp = stampFor(context, change)
      if (!(await context.storage.changes.addItems(claim, page.found, page.position, stamp))) return
      isNoted = page.position === undefined
      position = page.position ?? position
      continue
    }
    const items = await context.storage.changes.listWaiting(change.id, itemsPerWrite)
    if (items.length === 0 || !(await doItems(context, change, held, items))) return
  }
}

function extended(context: Context, held: Held): ChangeClaim {
  return { ...held, leaseUntil: context.now() + leaseMs }
}

/** Returns false if the change is no longer this node's. */
async function doItems(
  context: Context,
  change: ClaimedChange,
  held: Held,
  items: readonly ChangeItem[],
): Promise<boolean> {
  try {
    return await settle(context, change, held, await checkItems(context, change, items))
  } catch (error) {
    if (!isOfItem(error)) throw error
  }
  // A unit, a link or a subscription is no longer as it was found: one item after the other shows which.
  for (const item of items) if (!(await doOne(context, change, held, item))) return false
  return true
}

async function doOne(
  context: Context,
  change: ClaimedChange,
  held: Held,
  item: ChangeItem,
): Promise<boolean> {
  try {
    return await settle(context, change, held, await checkItems(context, change, [item]))
  } catch (error) {
    if (!isOfItem(error)) throw error
    const { place, unitId, skillId, plan } = item
    const outcome = error.code === 'NOT_FOUND' ? 'gone' : 'refused'
    const refused = { kind: 'settled', place, unitId, skillId, plan, outcome, reason: error.message } as const
    return settle(context, change, held, [refused])
  }
}

function isOfItem(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code !== 'SERVICE_UNAVAILABLE'
}

async function settle(
  context: Context,
  change: ClaimedChange,
  held: Held,
  works: readonly ItemWork[],
): Promise<boolean> {
  const stamp = stampFor(context, change)
  const isDone = await context.storage.changes.settle(extended(context, held), works, stamp)
  // Links that lost their enablements are to be given up.
  const touchesLinks = works.some(
    (work) => work.kind === 'wanted' && (isOff(work.wanted) || work.link.kind !== 'keep'),
  )
  if (isDone && touchesLinks) context.workIsDue(stamp.now)
  return isDone
}
