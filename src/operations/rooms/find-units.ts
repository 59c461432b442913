/** Lists and finds units for whoever may read them. */
import type { Asker } from '../../model/access.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import type { RoomRange } from '../../model/ports/room-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { idsInPath, otherUnitSpelling, type Unit } from '../../model/unit.ts'
import type { FoundUnit, FoundUnits, UnitsQuery } from '../../protocol/console/find-units.ts'
import { isUnitId, type UnitId } from '../../protocol/identifiers.ts'
import { unitView } from '../catalog/read-catalog.ts'
import type { Root } from '../units/visible-roots.ts'
import { childrenOf, coversPath, rangesOf, visibleIn } from './visible-ranges.ts'

const defaultMaxResults = 100
/** Units that one look reads, and the maximum number of looks of a request. A page may be short or empty. */
const unitsPerLook = 1000
const looksMax = 20

/**
 * Returns the units directly below `parentId`, or those below `under` whose name or ID is `q`. Refuses with NOT_FOUND an unknown unit,
 * with FORBIDDEN one that the caller may not read, with INVALID_PARAM a search that begins nowhere, and the `after` of another list.
 */
export async function findUnits(context: Context, asker: Asker, query: UnitsQuery): Promise<FoundUnits> {
  const { parentId, under, q } = query
  if (parentId !== undefined) {
    if (under !== undefined || q !== undefined)
      throw refuse('INVALID_PARAM', 'parentId is invalid: it excludes under and q.')
    const visible = await visibleIn(context, asker, parentId)
    const page = await childrenOf(context, visible, query)
    return { ...page, items: page.items.map((unit) => ({ ...unitView(unit), path: [] })) }
  }
  if (under === undefined && (q === undefined || asker.kind !== 'operator'))
    throw refuse('INVALID_PARAM', 'under is invalid: it is missing.')
  return search(context, asker, query)
}

async function search(context: Context, asker: Asker, query: UnitsQuery): Promise<FoundUnits> {
  const { under, q, maxResults = defaultMaxResults } = query
  const list = `find ${under ?? ''} ${q ?? ''}`
  const after = query.after === undefined ? '' : String(readPageToken(context, query.after, list)[0])
  const scope: Scope = under === undefined ? everywhere : await scopeIn(context, asker, under)
  const { units, end } = isUnitId(q)
    ? { units: await unitsById(context, scope, q), end: undefined }
    : await scan(context, scope.rangesAfter(after), { q, limit: maxResults })
  return {
    items: await withPaths(context, scope, units),
    paginationContext: end === undefined ? {} : { after: writePageToken(context, list, [end]) },
  }
}

/** Where a search looks. */
interface Scope {
  /** The level of the unit where it begins; -1 for everywhere. */
  readonly level: number
  rangesAfter(path: string): RoomRange[]
  covers(path: string): boolean
}

const everywhere: Scope = {
  level: -1,
  rangesAfter: (after) => [{ root: { path: '' }, isWhole: true, after }],
  covers: () => true,
}

async function scopeIn(context: Context, asker: Asker, under: UnitId): Promise<Scope> {
  const { unit, roots }: { unit: Unit; roots: readonly Root[] } = await visibleIn(context, asker, under)
  return {
    level: unit.level,
    rangesAfter: (after) => rangesOf(roots, after),
    covers: (path) => coversPath(roots, path),
  }
}

async function unitsById({ storage }: Context, { covers }: Scope, id: UnitId): Promise<Unit[]> {
  const found = await storage.catalog.findUnits([id, otherUnitSpelling(id)])
  return found.filter(({ path }) => covers(path))
}

async function scan(
  { storage }: Context,
  ranges: readonly RoomRange[],
  { q, limit }: { q: string | undefined; limit: number },
): Promise<{ units: Unit[]; end: string | undefined }> {
  const wanted = q === undefined ? '' : comparable(q)
  const units: Unit[] = []
  let looks = 0
  for (const first of ranges) {
    let range: RoomRange | undefined = first
    while (range !== undefined) {
      const found: Unit[] = await storage.rooms.listUnits(range, unitsPerLook)
      for (const unit of found) {
        if (!comparable(unit.name).includes(wanted)) continue
        if (units.length === limit) return { units, end: units.at(-1)?.path }
        units.push(unit)
      }
      looks += 1
      const last: string = found.at(-1)?.path ?? range.root.path
      if (looks === looksMax) return { units, end: last }
      range = found.length < unitsPerLook ? undefined : { ...range, after: last }
    }
  }
  return { units, end: undefined }
}

/** Returns the text so that upper and lower case, and the forms of a letter, compare equal. */
function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** Adds the units above each that the caller may read. */
async function withPaths(
  { storage }: Context,
  { level, covers }: Scope,
  units: readonly Unit[],
): Promise<FoundUnit[]> {
  const above = (unit: Unit) => idsInPath(unit).slice(level + 1, -1)
  const found = await storage.catalog.findUnits([...new Set(units.flatMap(above))])
  const byId = new Map(found.filter(({ path }) => covers(path)).map((unit) => [unit.id, unit]))
  return units.map((unit) => ({
    ...unitView(unit),
    path: above(unit).flatMap((id) => {
      const one = byId.get(id)
      return one === undefined ? [] : [{ id, name: one.name }]
    }),
  }))
}
