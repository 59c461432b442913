import { type Asker, covers, type Principal, requireManagement } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import { type Assignment, changingRoles, holdsAt } from '../../model/principals/role.ts'
import { regionRefusal } from '../../model/region.ts'
import type { Unit } from '../../model/unit.ts'
import type { Me, RootView } from '../../protocol/console/me.ts'
import { unitView } from '../catalog/read-catalog.ts'

const rootsMax = 100

/** Returns who asks, and the highest units that the asker may read. Refuses with FORBIDDEN a token without the management scope. */
export async function readMe(context: Context, asker: Asker): Promise<Omit<Me, 'testControls'>> {
  const { actor } = asker
  if (asker.kind === 'operator') {
    const organizations = await context.storage.catalog.listOrganizations('', rootsMax)
    const roots = organizations.map((unit): RootView => ({ unit: unitView(unit), role: 'operator' }))
    return { kind: 'operator', name: actor.replace(/^operator:/, ''), actor, roots }
  }
  const { principal } = asker
  requireManagement(principal)
  const { clientId, personId } = principal
  const { catalog } = context.storage
  const holder =
    personId === undefined ? await catalog.findClient(clientId) : await catalog.findPerson(personId)
  return {
    kind: personId === undefined ? 'client' : 'person',
    name: holder?.name ?? actor,
    id: actor,
    actor,
    roots: await rootsOf(context, principal),
  }
}

/** Returns the units with a role that are not below another one whose role propagates, the highest first. */
async function rootsOf(context: Context, { accountId, region }: Principal): Promise<RootView[]> {
  const now = context.now()
  const { assignments } = await context.storage.roles.held(accountId)
  const valid = assignments.filter((assignment) => holdsAt(assignment, now))
  const found = await context.storage.catalog.findUnits([...new Set(valid.map(({ unitId }) => unitId))])
  const units = new Map(found.map((unit) => [unit.id, unit]))
  const roots = new Map<string, RootView>()
  for (const { unitId } of valid) {
    const unit = units.get(unitId)
    if (unit === undefined || roots.has(unitId) || regionRefusal(region, unit)) continue
    const isBelow = valid.some((other) => other.unitId !== unitId && covers(other, unit))
    if (!isBelow) roots.set(unitId, rootView(unit, valid))
    if (roots.size === rootsMax) break
  }
  return [...roots.values()]
}

function rootView(unit: Unit, valid: readonly Assignment[]): RootView {
  const own = valid.filter(({ unitId }) => unitId === unit.id)
  const whole = own.filter(({ propagate }) => propagate)
  const counted = whole.length > 0 ? whole : own
  const role = (counted.find((one) => changingRoles.has(one.role)) ?? counted[0])?.role ?? 'viewer'
  return { unit: unitView(unit), role, ...(whole.length === 0 && { propagate: false as const }) }
}
