import type { Principal } from '../../model/access.ts'
import { enablementBody } from '../../model/enablement.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ListPosition } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import {
  BatchGetItem,
  BatchGetOptions,
  type EnablementsOfUnit,
  type EnablementsOfUnitsPage,
} from '../../protocol/enablement.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { problemFinder } from '../../protocol/problem.ts'
import { type ReceivedItem, readItems } from '../batches/received-items.ts'
import { checkItems } from './check-items.ts'

const itemProblem = problemFinder(BatchGetItem, 'The item')
const optionsProblem = problemFinder(BatchGetOptions, 'The request body')

const itemsMax = 1000
const defaultMaxResults = 10
/** The maximum number of records in one result; the next page continues a unit with more. */
const recordsMax = 100

/** The start of a page: an item by its place and, within its unit, the last returned record. */
interface Start {
  readonly place: number
  readonly after: ListPosition | undefined
}

/**
 * "Get skill enablement for multiple units": returns the units with records, in the order of the items. A page counts
 * units; each page checks every unit (ledger, row T4: rights may change between pages).
 */
export async function getBatch(
  context: Context,
  principal: Principal,
  body: unknown,
): Promise<EnablementsOfUnitsPage> {
  const received = readItems<BatchGetItem>(body, itemsMax, itemProblem)
  const { paginationContext = {}, expand = [] } = readOptions(body)
  const { maxResults = defaultMaxResults, nextToken } = paginationContext
  const start = nextToken === undefined ? firstPage : readStart(context, nextToken, received)
  const items = await checkItems(context, principal, 'batch_get', received, (item) => item)
  const rest = items.slice(start.place)
  // One more record than the page shows whether there are more.
  const found = await context.storage.enablements.listOfUnits(
    rest.map(({ unitId }) => unitId),
    start.after,
    { units: maxResults + 1, records: recordsMax + 1 },
  )

  const now = context.now()
  const results: EnablementsOfUnit[] = []
  let next: Start | undefined
  for (const { place, enablements } of found) {
    const item = rest[place]
    const shown = results.length < maxResults ? enablements.slice(0, recordsMax) : []
    if (item !== undefined && shown.length > 0) {
      const bodies = shown.map((enablement) => enablementBody(enablement, now, expand.length > 0))
      results.push({ itemId: item.itemId, unitId: item.unitId, enablements: bodies })
    }
    if (shown.length === enablements.length) continue
    next = { place: start.place + place, after: shown.at(-1) }
    break
  }
  return {
    paginationContext: next === undefined ? {} : { nextToken: writeStart(context, next, received) },
    results,
  }
}

const firstPage: Start = { place: 0, after: undefined }

function readOptions(body: unknown): BatchGetOptions {
  const problem = optionsProblem(body)
  if (problem !== undefined) throw refuse('INVALID_PARAM', problem)
  // The check above proves the type.
  return body as BatchGetOptions
}

function writeStart(context: Context, { place, after }: Start, items: Items): string {
  const position = after === undefined ? [place] : [place, after.createdAt, after.skillId]
  return writePageToken(context, listOf(context, items), position)
}

/** The signature guarantees the form. */
function readStart(context: Context, token: string, items: Items): Start {
  const [place, createdAt, skillId] = readPageToken(context, token, listOf(context, items))
  const after =
    skillId === undefined ? undefined : { createdAt: Number(createdAt), skillId: skillId as SkillId }
  return { place: Number(place), after }
}

type Items = readonly ReceivedItem<BatchGetItem>[]

/** Identifies the list of units for its page tokens. */
function listOf(context: Context, items: Items): string {
  return context.secrets.hash(items.map(({ item }) => item?.unitId).join(' '), 'unit-list')
}
