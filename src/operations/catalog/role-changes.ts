/**
 * What a catalog changes in the roles of clients and people. Only the difference between what the catalog lists now and
 * what it listed before: what the Role API gave or took meanwhile stays as it is.
 */
import { type Recorded, recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { HeldRole } from '../../model/ports/storage.ts'
import { type Assignment, nameBelow } from '../../model/principals/role.ts'
import { accountOf } from '../../model/user-id.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { CatalogRole } from '../../protocol/catalog.ts'
import type { PrincipalId, UnitId } from '../../protocol/identifiers.ts'

/** The roles that one principal gets and loses. */
export interface RoleChange {
  readonly given: readonly Assignment[]
  readonly taken: readonly HeldRole[]
}

/** Returns the levels of units; a unit that does not exist has none. */
export type LevelOf = (unitId: UnitId) => number | undefined

export function roleChange(
  principalId: PrincipalId,
  { wanted, before }: { readonly wanted: readonly CatalogRole[]; readonly before: readonly CatalogRole[] },
  levelOf: LevelOf,
): RoleChange {
  const now = assignments(principalId, wanted, levelOf)
  const then = assignments(principalId, before, levelOf)
  return {
    given: [...now].filter(([key]) => !then.has(key)).map(([, assignment]) => assignment),
    taken: [...then].filter(([key]) => !now.has(key)).map(([, assignment]) => assignment),
  }
}

/**
 * The roles as assignments, each once. The catalog may list A4H.OrgAdmin for any unit; below an organization it is
 * A4P.UnitAdmin, which allows the same.
 */
function assignments(
  principalId: PrincipalId,
  roles: readonly CatalogRole[],
  levelOf: LevelOf,
): Map<string, Assignment> {
  const byKey = new Map<string, Assignment>()
  for (const { unitId, role: listed } of roles) {
    const level = levelOf(unitId)
    if (level === undefined) continue
    const role = level > 0 ? nameBelow(listed) : listed
    byKey.set(`${unitId} ${role}`, {
      principalId,
      unitId,
      role,
      level,
      propagate: true,
      expiresAt: undefined,
    })
  }
  return byKey
}

/** The maximum number of IDs in one query. */
const idsPerLook = 1000

/** Looks up the levels of the units. `known`: levels that need no look. */
export async function levelsOf(
  { storage }: Context,
  unitIds: Iterable<UnitId>,
  known: ReadonlyMap<string, number>,
): Promise<LevelOf> {
  const wanted = [...new Set(unitIds)].filter((id) => !known.has(id))
  const found = new Map<string, number>()
  for (let start = 0; start < wanted.length; start += idsPerLook) {
    const units = await storage.catalog.findUnits(wanted.slice(start, start + idsPerLook))
    for (const { id, level } of units) found.set(id, level)
  }
  return (unitId) => known.get(unitId) ?? found.get(unitId)
}

const clientsPerStep = 100

/**
 * Makes assignments of the roles of clients that an earlier release has written: they propagate, as they did. Returns the
 * number of clients. Call it at each start: a node of that release may have run meanwhile.
 */
export async function assignStoredRoles(context: Context): Promise<number> {
  let count = 0
  for (;;) {
    const clients = await context.storage.catalog.listUnassignedClients(clientsPerStep)
    if (clients.length === 0) return count
    for (const { client, assignedRoles } of clients) {
      const roles = [...client.roles, ...assignedRoles]
      const levelOf = await levelsOf(
        context,
        roles.map(({ unitId }) => unitId),
        new Map(),
      )
      const { given, taken } = roleChange(
        accountOf(context, client.id),
        { wanted: client.roles, before: assignedRoles },
        levelOf,
      )
      await context.storage.catalog.put(
        { clients: [client], assignments: given, revocations: taken },
        upgraded(context, client.id),
      )
      count += 1
    }
  }
}

function upgraded(context: Context, clientId: string): Recorded {
  const stamp = stampFor(context, { requestId: context.newId(), actor: 'operator' })
  const detail = { change: 'put', counts: { client: 1 }, ids: [clientId], source: 'upgrade' }
  return recorded(stamp, { operation: 'catalog', detail })
}
