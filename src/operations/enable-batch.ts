import { hasRoleOn, noRoleMessage, type Principal, requireManagement } from '../model/access.ts'
import { isAvailable, notAvailableMessage } from '../model/availability.ts'
import type { Context } from '../model/context.ts'
import { parsePartitionNames } from '../model/partition.ts'
import { type ItemRefusal, Refusal, refuse } from '../model/refusal.ts'
import type { EnableRecord, LinkChange } from '../model/storage.ts'
import type { Unit } from '../model/unit.ts'
import { BatchItem } from '../protocol/enablement.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type { SkillId } from '../protocol/identifiers.ts'
import { problemFinder } from '../protocol/problem.ts'
import { chooseLink, type LinkChoice } from './choose-link.ts'
import { getSkill } from './get-skill.ts'
import { refusalOf } from './link-account.ts'
import { writeStamp } from './write-stamp.ts'

const itemProblem = problemFinder(BatchItem, 'The item')

/** How often the items are checked anew because what one rests on went before it was written. */
const triesMax = 3

/**
 * "Enable a skill for multiple units": all or nothing. Everything is checked first, and every bad item is listed in
 * the `items` of the refusal (ledger, rows 32 to 36); a code is exchanged in the background, once for all items that
 * bring it (rows 37 and 38).
 */
export async function enableBatch(
  context: Context,
  principal: Principal,
  call: { skillId: SkillId; requestId: string; body: unknown },
): Promise<void> {
  const items = readItems(call.body, context.limits.batchItemsMax)
  requireManagement(principal)
  for (let tries = 1; ; tries++) {
    const records = await checkItems(context, principal, call.skillId, items)
    const stamp = writeStamp(context, principal, call.requestId)
    try {
      await context.storage.enablements.enableMany(records, stamp)
      context.workIsDue(stamp.now)
      context.workIsDue(stamp.activateAt)
      return
    } catch (error) {
      // A unit or a link went while its item was checked: the next check tells which item that is.
      const isGone =
        error instanceof Refusal && (error.code === 'NOT_FOUND' || error.code === 'INVALID_PARAM')
      if (!isGone) throw error
      // The batch has no 404.
      if (tries === triesMax) throw refuse('INVALID_PARAM', error.message)
    }
  }
}

async function checkItems(
  context: Context,
  principal: Principal,
  skillId: SkillId,
  items: readonly ReceivedItem[],
): Promise<EnableRecord[]> {
  const units = await findUnits(context, items)
  const linked = new Set<string>()
  const records: EnableRecord[] = []
  const refused: ItemRefusal[] = []
  for (const item of items) {
    try {
      records.push(await checkItem(context, principal, skillId, item, units, linked))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push(refuseItem(item, error))
    }
  }
  if (refused.length > 0) throw refuse('INVALID_PARAM', 'Some items are refused.', { items: refused })
  return records
}

/** An item as received; `problem` tells why it is refused whatever else is known. */
interface ReceivedItem {
  readonly itemId: number | string | undefined
  readonly item: BatchItem | undefined
  readonly problem: string | undefined
}

function readItems(body: unknown, itemsMax: number): ReceivedItem[] {
  const items = typeof body === 'object' && body !== null && 'items' in body ? body.items : undefined
  if (!Array.isArray(items))
    throw refuse('INVALID_PARAM', 'items is missing or invalid: a list of request items.')
  if (items.length === 0 || items.length > itemsMax) {
    throw refuse(
      'INVALID_PARAM',
      `items is invalid: ${items.length} items, but a request takes 1 to ${itemsMax}.`,
    )
  }
  const seen = new Set<unknown>()
  return items.map((value: unknown) => {
    const itemId = readItemId(value)
    const isRepeated = itemId !== undefined && seen.has(itemId)
    seen.add(itemId)
    const problem = itemProblem(value)
    if (problem !== undefined) return { itemId, item: undefined, problem }
    if (isRepeated)
      return { itemId, item: undefined, problem: 'itemId is invalid: it must be unique within the request.' }
    // The check has just said so.
    return { itemId, item: value as BatchItem, problem: undefined }
  })
}

/** Only what can be given back as it was received: a larger number has lost digits. */
function readItemId(value: unknown): number | string | undefined {
  const itemId = typeof value === 'object' && value !== null && 'itemId' in value ? value.itemId : undefined
  if (typeof itemId === 'number') return Math.abs(itemId) <= Number.MAX_SAFE_INTEGER ? itemId : undefined
  return typeof itemId === 'string' && itemId.length <= 100 ? itemId : undefined
}

async function findUnits(context: Context, items: readonly ReceivedItem[]): Promise<Map<string, Unit>> {
  const ids = new Set(items.flatMap(({ item }) => (item === undefined ? [] : [item.unitId])))
  const units = await context.storage.catalog.findUnits([...ids])
  return new Map(units.map((unit) => [unit.id, unit]))
}

/** The same checks in the same order as for a single unit; the batch says 400 where that says 404. */
async function checkItem(
  context: Context,
  principal: Principal,
  skillId: SkillId,
  received: ReceivedItem,
  units: ReadonlyMap<string, Unit>,
  linked: Set<string>,
): Promise<EnableRecord> {
  const { item } = received
  if (item === undefined) throw refuse('INVALID_PARAM', received.problem ?? 'The item is invalid.')
  const partitionNames = parsePartitionNames(item.partitionName)
  const unit = units.get(item.unitId)
  if (unit === undefined)
    throw refuse('INVALID_PARAM', `unitId is invalid: the unit ${item.unitId} can't be found.`)
  if (!hasRoleOn(principal, unit)) throw refuse('FORBIDDEN', noRoleMessage)
  if (!isAvailable('batch_enable', unit.solution, unit.country)) {
    throw refuse('FORBIDDEN', notAvailableMessage(unit.solution, unit.country))
  }
  const skill = await getSkill(context, skillId, item.stage)
  // An item before this one may bring the link that this one needs.
  const livesOnEarlierItem = item.accountLinkRequest === undefined && linked.has(unit.id)
  const choice = livesOnEarlierItem
    ? undefined
    : await chooseLink(context, skill, unit, item.accountLinkRequest)
  if (choice?.name !== undefined) linked.add(unit.id)
  return {
    unitId: unit.id,
    skillId,
    organizationId: unit.organizationId,
    stage: item.stage,
    partitionNames,
    nameFreeLocales: [],
    link: await linkChange(context, choice),
    needsExistingLink: choice?.needsExistingLink ?? true,
    itemId: item.itemId,
  }
}

async function linkChange(context: Context, choice: LinkChoice | undefined): Promise<LinkChange> {
  if (choice?.name === undefined) return { kind: 'keep' }
  if (choice.exchange === undefined) return { kind: 'linked', name: choice.name }
  const refusal = refusalOf(await context.storage.links.find(choice.exchange.key))
  if (refusal !== undefined) throw refusal
  const sealedRequest = context.secrets.seal(JSON.stringify(choice.exchange.request), 'link-request')
  return { kind: 'pending', name: choice.name, sealedRequest }
}

function refuseItem({ itemId }: ReceivedItem, refusal: Refusal): ItemRefusal {
  const code: ErrorCode = refusal.code === 'FORBIDDEN' ? 'FORBIDDEN' : 'INVALID_PARAM'
  return { ...(itemId === undefined ? {} : { itemId }), code, message: refusal.message }
}
