/**
 * Checks the items of a batch, each of which names a unit. All items are checked before any change, and the refusal
 * lists every bad one in `items` (ledger, rows 32 to 36: a batch is all or nothing).
 */
import type { Principal } from '../../model/access.ts'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { type ItemRefusal, Refusal, refuse } from '../../model/refusal.ts'
import type { Unit } from '../../model/unit.ts'
import type { BatchGetItem } from '../../protocol/enablement.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { Operation } from '../../protocol/operations.ts'
import { type ReceivedItem, refuseItem } from '../batches/received-items.ts'
import { admit, admitPrincipal } from '../units/admit-unit.ts'

/**
 * Returns the results of `check` for all items and their units, if the principal may do the operation on all units. The
 * checks and their order are those of a single unit. `check` refuses an item for any other reason; a batch then uses
 * 400 where a single operation uses 404.
 */
export async function checkItems<Item extends BatchGetItem, Checked>(
  context: Context,
  principal: Principal,
  operation: Operation,
  items: readonly ReceivedItem<Item>[],
  check: (item: Item, unit: Unit) => MaybePromise<Checked>,
): Promise<Checked[]> {
  const attempt = { principal, held: await admitPrincipal(context, principal), operation }
  const units = await findUnits(context, items)
  const checked: Checked[] = []
  const refused: ItemRefusal[] = []
  for (const received of items) {
    try {
      const { item } = received
      if (item === undefined) throw refuse('INVALID_PARAM', received.problem ?? 'The item is invalid.')
      const admitted = admit(context, attempt, item.unitId, units.get(item.unitId))
      const unit = admitted instanceof Promise ? await admitted : admitted
      if (unit instanceof Refusal) throw unit
      const made = check(item, unit)
      checked.push(made instanceof Promise ? await made : made)
    } catch (error) {
      // An unavailable storage is no fault of the item.
      if (!(error instanceof Refusal) || error.code === 'SERVICE_UNAVAILABLE') throw error
      refused.push(refuseItem(received, error))
    }
  }
  if (refused.length > 0) throw refuse('INVALID_PARAM', 'Some items are refused.', { items: refused })
  return checked
}

async function findUnits(
  context: Context,
  items: readonly ReceivedItem<BatchGetItem>[],
): Promise<Map<string, Unit>> {
  const ids: UnitId[] = []
  for (const { item } of items) if (item !== undefined) ids.push(item.unitId)
  const units = await context.storage.catalog.findUnits(ids)
  return new Map(units.map((unit) => [unit.id, unit]))
}
