import { covers, noRoleMessage, type Principal } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import { type Assignment, type HeldRoles, holdsAt } from '../../model/principals/role.ts'
import { refuse } from '../../model/refusal.ts'
import { isWithin, type Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { rolesOn } from './admit-unit.ts'

/** The maximum number of roles, and of units, that one query reads. */
const rolesPerLook = 1000

/** The root of what a principal sees below a unit. */
export interface Root {
  readonly unit: Unit
  /** All units below are visible, too. */
  readonly isWhole: boolean
}

/**
 * Returns the roots of the visible subtrees: the parent, or the units below it with a role. In the order of their paths. Refuses with
 * FORBIDDEN if there is no role on the parent, above it or below it.
 */
export async function visibleRoots(
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
