/**
 * "List units": the units below a unit, ordered by level, then as they were created, so that page tokens stay valid while units change.
 * A caller without a role on the unit that propagates sees only the subtrees below it on which it has a role.
 */
import type { Principal } from '../../model/access.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import { regionRefusal } from '../../model/region.ts'
import { levelsMax, type Unit, unitBody } from '../../model/unit.ts'
import type { UnitListPage, UnitListRequest } from '../../protocol/unit.ts'
import { admitPrincipal, unknownUnit } from './admit-unit.ts'
import { type Root, visibleRoots } from './visible-roots.ts'

const defaultMaxResults = 10
/** The maximum number of ranges that one page reads; a caller with many roles may receive a short or empty page. */
const rangesMax = 100

/** The end of a page: a unit, or the end of a subtree (see `endOf`). */
interface Position {
  readonly level: number
  readonly path: string
}

/**
 * Refuses with NOT_FOUND an unknown parent, with FORBIDDEN one without a role on it, above it or below it, with
 * INVALID_PARAM an invalid page token.
 */
export async function listUnits(
  context: Context,
  principal: Principal,
  query: UnitListRequest,
): Promise<UnitListPage> {
  const { parentId, queryDepth = '1', maxResults = defaultMaxResults } = query
  const list = `units ${parentId}`
  const after = query.nextToken === undefined ? undefined : readPosition(context, query.nextToken, list)
  const held = await admitPrincipal(context, principal)
  const parent = await context.storage.catalog.findUnit(parentId)
  if (parent === undefined) throw unknownUnit('list_units', parentId)
  const depth = queryDepth === 'all' ? levelsMax : Number(queryDepth)
  const roots = await visibleRoots(context, principal, held, parent)
  const elsewhere = regionRefusal(principal.region, parent)
  if (elsewhere !== undefined) throw elsewhere
  const tree = {
    parent,
    roots,
    lowestLevel: Math.min(parent.level + depth, levelsMax),
  }
  const { units, end } = await readPage(context, tree, after, maxResults)
  return {
    results: units.map((unit) => (query.expand === 'all' ? unitBody(unit) : { id: unit.id })),
    paginationContext: {
      nextToken: end === undefined ? null : writePageToken(context, list, [end.level, end.path]),
    },
  }
}

/** The signature guarantees the form. */
function readPosition(context: Context, token: string, list: string): Position {
  const [level, path] = readPageToken(context, token, list)
  return { level: Number(level), path: String(path) }
}

interface Tree {
  readonly parent: Unit
  readonly roots: readonly Root[]
  readonly lowestLevel: number
}

/** Returns the units of a page, and its end if another page may follow. */
async function readPage(
  context: Context,
  tree: Tree,
  after: Position | undefined,
  limit: number,
): Promise<{ units: Unit[]; end: Position | undefined }> {
  const units: Unit[] = []
  let end: Position | undefined
  let ranges = 0
  for (const { level, root, start } of rangesOf(tree, after)) {
    if (ranges === rangesMax) return { units, end }
    ranges += 1
    // One more unit than the page shows whether there is a next page.
    const missing = limit + 1 - units.length
    const range = { below: root.path, level, after: start }
    const found = root.level === level ? [root] : await context.storage.catalog.listLevel(range, missing)
    units.push(...found)
    if (units.length > limit) {
      const shown = units.slice(0, limit)
      return { units: shown, end: shown.at(-1) }
    }
    end = { level, path: endOf(root) }
  }
  return { units, end: undefined }
}

/** Returns the ranges after the position: for each level, the range below each root, or the root itself. */
function* rangesOf({ parent, roots, lowestLevel }: Tree, after: Position | undefined) {
  for (let level = after?.level ?? parent.level + 1; level <= lowestLevel; level++) {
    const start = level === after?.level ? after.path : ''
    for (const { unit: root, isWhole } of roots) {
      const isBehind = root.level === level ? `${root.path}/` > `${start}/` : endOf(root) > `${start}/`
      const isIn = root.level === level || (isWhole && root.level < level)
      if (isIn && isBehind) yield { level, root, start }
    }
  }
}

/** Returns a path that sorts after all possible paths below the unit. */
function endOf(unit: Unit): string {
  return `${unit.path}/~`
}
