/**
 * Who may see a change, and who may end it, take it back or retry it: the operator, whoever began it, and whoever has a role that covers
 * the unit above all its units. The items themselves are done under the roles of the author.
 */
import { type Asker, covers, isAllowed, noRoleMessage, type Principal } from '../../model/access.ts'
import type { Change, ChangeAuthor } from '../../model/changes/change.ts'
import type { Context } from '../../model/ports/context.ts'
import { type Assignment, holdsAt } from '../../model/principals/role.ts'
import { refuse } from '../../model/refusal.ts'
import { regionRefusal } from '../../model/region.ts'
import type { Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { admitPrincipal, rolesOn, unknownUnit } from '../units/admit-unit.ts'

/** Whether the asker only looks, as a viewer may, or changes something. */
export type Wish = 'read' | 'change'

/** Refuses with NOT_FOUND an unknown change and one that the asker may not see; with FORBIDDEN the wish of a viewer to change. */
export async function admitToChange(context: Context, asker: Asker, id: string, wish: Wish): Promise<Change> {
  const held = asker.kind === 'principal' ? await admitPrincipal(context, asker.principal) : undefined
  const change = await context.storage.changes.find(id)
  if (change === undefined) throw unknownChange(id)
  if (asker.kind === 'operator' || held === undefined || change.actor === asker.actor) return change
  const root = change.rootId && (await context.storage.catalog.findUnit(change.rootId))
  const roles = root ? await rolesBelow(context, asker.principal, root) : []
  if (!root || roles.length === 0) throw unknownChange(id)
  requireRole(context, roles, wish, root)
  return change
}

function unknownChange(id: string) {
  return refuse('NOT_FOUND', `The change ${id} can't be found.`)
}

function requireRole(context: Context, roles: readonly Assignment[], wish: Wish, unit: Unit): void {
  const operation = wish === 'read' ? 'read_rooms' : 'disable'
  if (!isAllowed(roles, operation, unit, context.now())) throw refuse('FORBIDDEN', noRoleMessage)
}

/** Refuses whoever may not do what is wished to this unit and all units below it. */
export async function admitBelow(
  context: Context,
  asker: Asker,
  unitId: UnitId,
  wish: Wish = 'read',
): Promise<Unit> {
  if (asker.kind === 'principal') await admitPrincipal(context, asker.principal)
  const unit = await context.storage.catalog.findUnit(unitId)
  if (unit === undefined) throw unknownUnit('read_rooms', unitId)
  if (asker.kind === 'operator') return unit
  const elsewhere = regionRefusal(asker.principal.region, unit)
  requireRole(context, await rolesBelow(context, asker.principal, unit), wish, unit)
  if (elsewhere !== undefined) throw elsewhere
  return unit
}

/** Returns the roles that cover the unit and all units below it, at the host of the call. */
async function rolesBelow(
  context: Context,
  principal: Principal,
  unit: Unit,
): Promise<readonly Assignment[]> {
  const now = context.now()
  const held = await context.storage.roles.held(principal.accountId)
  const found = await rolesOn(context, principal, held, unit)
  return found.filter((role) => role.propagate && covers(role, unit) && holdsAt(role, now))
}

/** Whose roles count for a change of the asker. */
export function authorOf(asker: Asker): ChangeAuthor {
  return { actor: asker.actor, principal: asker.kind === 'principal' ? asker.principal : undefined }
}
