/**
 * "List units": the units below a unit, ordered by level, then as they were created, so that page tokens stay valid while units change.
 * A caller without a role on the unit that propagates sees only the subtrees below it on which it has a role.
 */
import { covers, noRoleMessage, type Principal } from '../../model/access.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import { type Assignment, type HeldRoles, holdsAt } from '../../model/principals/role.ts'
import { refuse } from '../../model/refusal.ts'
import { regionRefusal } from '../../model/region.ts'
import { isWithin, levelsMax, type Unit, unitBody } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { UnitListPage, UnitListRequest } from '../../protocol/unit.ts'
import { admitPrincipal, rolesOn, unknownUnit } from './admit-unit.ts'

const defaultMaxResults = 10
/** The maximum number of ranges that one page reads; a caller with many roles may receive a short or empty page. */
const rangesMax = 100
/** The maximum number of roles, and of units, that one query reads. */
const rolesPerLook = 1000

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

/** The root of what the caller sees below the parent. */
interface Root {
  readonly unit: Unit
  /** All units below are visible, too. */
  readonly isWhole: boolean
}

/** Returns the roots of the visible subtrees: the parent, or the units below it with a role. In the order of a page. */
async function visibleRoots(
  context: Context,
  principal: Principal,
  held: HeldRoles,
  parent: Unit,
): Promise<Root[]> {
  const now = context.now()
  const above = await rolesOn(context, principal, held, parent)
  const onParent = above.filter((assignment) => covers(assignment, parent) && holdsAt(assignment, now))
  if (onParent.some(({ propagate }) => propagate)) return [{ unit: parent, isWhole: true }]
  const below = await unitsBelow(context, await rolesOf(context, principal, held), parent)
  if (below.length === 0 && onParent.length === 0) throw refuse('FORBIDDEN', noRoleMessage)
  below.sort((one, other) => (`${one.unit.path}/` < `${other.unit.path}/` ? -1 : 1))
  const roots: Root[] = []
  let whole: Unit | undefined
  for (const root of below) {
    // Units below a whole root follow it directly.
    if (whole !== undefined && isWithin(root.unit.path, whole.id)) continue
    if (root.isWhole) whole = root.unit
    roots.push(root)
  }
  return roots
}

/** Returns the roles that hold now. */
async function rolesOf(
  context: Context,
  { accountId }: Principal,
  { assignments, hasMore }: HeldRoles,
): Promise<readonly Assignment[]> {
  const now = context.now()
  if (!hasMore) return assignments.filter((assignment) => holdsAt(assignment, now))
  const all: Assignment[] = []
  for (;;) {
    const page = { after: all.at(-1), now, limit: rolesPerLook }
    const found = await context.storage.roles.listOfPrincipal(accountId, page)
    all.push(...found)
    if (found.length < rolesPerLook) return all
  }
}

async function unitsBelow(context: Context, roles: readonly Assignment[], parent: Unit): Promise<Root[]> {
  const isWholeById = new Map<UnitId, boolean>()
  for (const { unitId, propagate } of roles)
    isWholeById.set(unitId, propagate || isWholeById.get(unitId) === true)
  const ids = [...isWholeById.keys()]
  const below: Root[] = []
  for (let start = 0; start < ids.length; start += rolesPerLook) {
    const units = await context.storage.catalog.findUnits(ids.slice(start, start + rolesPerLook))
    for (const unit of units)
      if (unit.id !== parent.id && isWithin(unit.path, parent.id))
        below.push({ unit, isWhole: isWholeById.get(unit.id) === true })
  }
  return below
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
