/** The items of a batch as they are received, before what they ask for is checked. */
import { type ItemRefusal, type Refusal, refuse } from '../../model/refusal.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { isUnitId, type UnitId } from '../../protocol/identifiers.ts'
import type { ProblemFinder } from '../../protocol/problem.ts'

/** An item as received; `problem` is the reason if its form is invalid. */
export interface ReceivedItem<Item> {
  readonly itemId: number | string | undefined
  readonly item: Item | undefined
  /** Set also if another part of the item is invalid. */
  readonly unitId: UnitId | undefined
  readonly problem: string | undefined
}

/** Refuses with INVALID_PARAM a body without 1 to `itemsMax` items. `findProblem` checks the form of an item. */
export function readItems<Item>(
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

/** A batch uses 400 where a single operation uses 404. */
export function refuseItem(
  { itemId, unitId }: Pick<ReceivedItem<unknown>, 'itemId' | 'unitId'>,
  refusal: Refusal,
): ItemRefusal {
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
