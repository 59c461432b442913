/**
 * Checks the items of a batch, each of which names a unit. All items are checked before any change, and the refusal
 * lists every bad one in `items` (ledger, rows 32 to 36: a batch is all or nothing).
 */
import { type Principal, requireManagement } from '../../model/access.ts'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { type ItemRefusal, Refusal, refuse } from '../../model/refusal.ts'
import type { Unit } from '../../model/unit.ts'
import type { BatchGetItem } from '../../protocol/enablement.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { isUnitId, type UnitId } from '../../protocol/identifiers.ts'
import type { Operation } from '../../protocol/operations.ts'
import type { ProblemFinder } from '../../protocol/problem.ts'
import { admit } from '../units/admit-unit.ts'

/** An item as received; `problem` is the reason if its form is invalid. */
export interface ReceivedItem<Item extends BatchGetItem> {
  readonly itemId: number | string | undefined
  readonly item: Item | undefined
  /** Set also if another part of the item is invalid. */
  readonly unitId: UnitId | undefined
  readonly problem: string | undefined
}

/** Refuses with INVALID_PARAM a body without 1 to `itemsMax` items. `findProblem` checks the form of an item. */
export function readItems<Item extends BatchGetItem>(
  body: unknown,
  itemsMax: number,
  findProblem: ProblemFinder,
): ReceivedItem<Item>[] {
  const items = typeof body === 'object' && body !== null && 'items' in body ? body.items : undefined
  if (!Array.isArray(items))
    throw refuse('INVALID_PARAM', 'items is missing or invalid: a list of request items.')
  if (items.length === 0 || items.length > itemsMax) {
    throw refuse(
      'INVALID_PARAM',
      `items is invalid: ${items.length} items, but a request can have 1 to ${itemsMax}.`,
    )
  }
  const seen = new Set<unknown>()
  return items.map((value: unknown, index) => {
    const itemId = readItemId(value)
    const unitId = readUnitId(value)
    const isRepeated = itemId !== undefined && seen.has(itemId)
    seen.add(itemId)
    const problem = findProblem(value)
    // Without an ID, the place identifies the item.
    if (problem !== undefined)
      return {
        itemId,
        unitId,
        item: undefined,
        problem: itemId === undefined ? `items[${index}]: ${problem}` : problem,
      }
    if (isRepeated)
      return {
        itemId,
        unitId,
        item: undefined,
        problem: 'itemId is invalid: it must be unique within the request.',
      }
    // `findProblem` has checked the form.
    return { itemId, unitId, item: value as Item, problem: undefined }
  })
}

/** Accepts only an ID that can be returned as received: a larger number has lost digits. */
function readItemId(value: unknown): number | string | undefined {
  const itemId = typeof value === 'object' && value !== null && 'itemId' in value ? value.itemId : undefined
  if (typeof itemId === 'number') return Math.abs(itemId) <= Number.MAX_SAFE_INTEGER ? itemId : undefined
  return typeof itemId === 'string' && itemId.length <= 100 ? itemId : undefined
}

function readUnitId(value: unknown): UnitId | undefined {
  const unitId = typeof value === 'object' && value !== null && 'unitId' in value ? value.unitId : undefined
  return isUnitId(unitId) ? unitId : undefined
}

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
  requireManagement(principal)
  const units = await findUnits(context, items)
  const checked: Checked[] = []
  const refused: ItemRefusal[] = []
  for (const received of items) {
    try {
      const { item } = received
      if (item === undefined) throw refuse('INVALID_PARAM', received.problem ?? 'The item is invalid.')
      const unit = admit(principal, operation, item.unitId, units.get(item.unitId))
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

function refuseItem({ itemId, unitId }: ReceivedItem<BatchGetItem>, refusal: Refusal): ItemRefusal {
  const code: ErrorCode = refusal.code === 'FORBIDDEN' ? 'FORBIDDEN' : 'INVALID_PARAM'
  const { reason, message } = refusal
  return {
    ...(itemId === undefined ? {} : { itemId }),
    ...(unitId === undefined ? {} : { unitId }),
    code,
    reason,
    message,
  }
}
