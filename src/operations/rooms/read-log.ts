/** The operations log for whoever may read the units that it is about. */
import type { Asker } from '../../model/access.ts'
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { LogFilter } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import type { LogEntryView, LogQuery } from '../../protocol/operator.ts'
import type { Page } from '../../protocol/operator-pages.ts'
import { actorNames } from '../catalog/actor-names.ts'
import { pageOf } from '../catalog/page-of.ts'
import { entryView, logFilterOf } from '../upkeep/read-operations-log.ts'
import { unitOf } from './change-view.ts'
import { coversPath, type Visible, visibleIn } from './visible-ranges.ts'

const defaultMaxResults = 100
/** The maximum number of entries that one request looks at. A page may be short or empty. */
const entriesPerLook = 1000
const looksMax = 10

/**
 * Returns the operations log: every change with actor, time, request ID and outcome, by default the newest first. With `under`, only
 * entries of this unit and of those below it. Refuses with INVALID_PARAM a principal who does not say under what, and otherwise as a read
 * of that unit.
 */
export async function readOperationsLog(
  context: Context,
  asker: Asker,
  query: LogQuery,
): Promise<Page<LogEntryView>> {
  const { under, order = 'newest', after, maxResults = defaultMaxResults } = query
  const { log } = context.storage
  const filter = await logFilterOf(context, query)
  const page = { newest: order === 'newest', ...(after !== undefined && { position: after }) }
  const nameOf = actorNames(context)
  const view = async (entry: LogEntry) => ({ ...entryView(entry), ...(await nameOf(entry.actor)) })
  if (under === undefined) {
    if (asker.kind === 'principal') throw refuse('INVALID_PARAM', 'under is invalid: it is missing.')
    return pageOf({ maxResults }, (limit) => log.list(filter, { ...page, limit }), view)
  }
  const visible = await visibleIn(context, asker, under)
  if (await isAlone(context, visible)) {
    const isElsewhere = filter.unitId !== undefined && filter.unitId !== under
    if (isElsewhere) return { items: [], paginationContext: {} }
    const ofUnit = { ...filter, unitId: under }
    return pageOf({ maxResults }, (limit) => log.list(ofUnit, { ...page, limit }), view)
  }
  return scan(context, visible, { filter, page, maxResults, view })
}

/** Whether the caller may read the unit itself and nothing below it: an index finds its entries. */
async function isAlone({ storage }: Context, { unit, roots }: Visible): Promise<boolean> {
  if (unit.level === 0) return false
  if (roots.every(({ isWhole }) => !isWhole)) return roots.length === 1
  const first = await storage.rooms.listUnits({ root: unit, isWhole: true, after: '' }, 2)
  return first.length < 2
}

interface Scan {
  readonly filter: LogFilter
  readonly page: { readonly newest: boolean; readonly position?: string }
  readonly maxResults: number
  view(entry: LogEntry): Promise<LogEntryView>
}

async function scan(
  context: Context,
  { roots }: Visible,
  { filter, page, maxResults, view }: Scan,
): Promise<Page<LogEntryView>> {
  const items: LogEntryView[] = []
  let last: string | undefined
  for (let looks = 0; looks < looksMax; looks++) {
    const position = last === undefined ? {} : { position: last }
    const found: LogEntry[] = await context.storage.log.list(filter, {
      ...page,
      ...position,
      limit: entriesPerLook,
    })
    for (const entry of found) {
      const unit = await unitOf(context, entry)
      last = entry.id
      if (unit === undefined || !coversPath(roots, unit.path)) continue
      items.push(await view(entry))
      if (items.length === maxResults) return { items, paginationContext: { after: last } }
    }
    if (found.length < entriesPerLook) return { items, paginationContext: {} }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { items, paginationContext: last === undefined ? {} : { after: last } }
}
