import type { Asker, Principal } from '../../model/access.ts'
import { isAllowed, noRoleMessage } from '../../model/access.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { WriteStamp } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { type Assignment, type Role, rolesOf, roleWithId } from '../../model/principals/role.ts'
import { refuse } from '../../model/refusal.ts'
import type { Unit } from '../../model/unit.ts'
import { stampFor, writeStamp } from '../../model/write-stamp.ts'
import type { RoleId, UnitId } from '../../protocol/identifiers.ts'
import type { Operation } from '../../protocol/operations.ts'
import { admitPrincipal, admitUnit, rolesOn, unknownUnit } from '../units/admit-unit.ts'

export interface AdmittedRole {
  readonly role: Role
  readonly unit: Unit
}

/**
 * Returns the role and its unit, if the asker may do the operation on the unit. Refuses with NOT_FOUND a role that no
 * unit has, and as `admitUnit` does.
 */
export function admitRole(
  context: Context,
  asker: Asker,
  operation: Operation,
  roleId: RoleId,
): MaybePromise<AdmittedRole> {
  const role = roleWithId(roleId)
  if (role === undefined)
    return whenReady(asker.kind === 'operator' ? undefined : admitPrincipal(context, asker.principal), () =>
      unknownRole(roleId),
    )
  return whenReady(admitAsker(context, asker, operation, role.unitId), (unit) =>
    rolesOf(unit).some((own) => own.role === role.role) ? { role, unit } : unknownRole(roleId),
  )
}

/** Returns the unit as `admitUnit` does. The operator may do everything anywhere (ledger, row Z22). */
export function admitAsker(
  context: Context,
  asker: Asker,
  operation: Operation,
  unitId: UnitId,
): MaybePromise<Unit> {
  if (asker.kind === 'principal') return admitUnit(context, asker.principal, operation, unitId)
  return whenReady(context.storage.catalog.findUnit(unitId), (unit) => {
    if (unit === undefined) throw unknownUnit(operation, unitId)
    return unit
  })
}

/** The stamp of a change of roles. */
export function roleStamp(context: Context, asker: Asker, requestId: string): WriteStamp {
  return asker.kind === 'operator'
    ? stampFor(context, { requestId, actor: asker.actor })
    : writeStamp(context, asker.principal, requestId)
}

function unknownRole(roleId: RoleId): never {
  throw refuse('NOT_FOUND', `The role ${roleId} can't be found.`, { reason: 'unit' })
}

/** The extent of a role that is given or taken. */
export interface Reach {
  readonly propagate: boolean
  /** Milliseconds since the epoch; `undefined`: without an end. */
  readonly expiresAt: number | undefined
}

/** A change to the roles of a unit that its principal may make. */
interface Change {
  readonly operation: Operation
  readonly unit: Unit
}

/**
 * Refuses with FORBIDDEN a reach beyond that of the principal (ledger, row Z8): who has a role on one unit alone gives
 * nothing below it, and who has one until Friday gives none for longer.
 */
export async function requireReach(
  context: Context,
  asker: Asker,
  change: Change,
  reach: Reach,
): Promise<void> {
  if (asker.kind === 'operator') return
  const own = await ownRoles(context, asker.principal, change)
  const reaching = own.filter(({ propagate }) => propagate || !reach.propagate)
  if (reaching.length === 0) throw refuse('FORBIDDEN', aloneMessage)
  if (reaching.some(({ expiresAt }) => endsBy(reach.expiresAt, expiresAt))) return
  throw refuse('FORBIDDEN', 'expiresAt is missing or too late: your own role ends before.')
}

/** Returns the roles that allow the change. Refuses with FORBIDDEN a principal that has none any more. */
export async function ownRoles(
  context: Context,
  principal: Principal,
  { operation, unit }: Change,
): Promise<readonly Assignment[]> {
  const now = context.now()
  const held = await context.storage.roles.held(principal.accountId)
  const found = await rolesOn(context, principal, held, unit)
  const own = found.filter((assignment) => isAllowed([assignment], operation, unit, now))
  if (own.length === 0) throw refuse('FORBIDDEN', noRoleMessage)
  return own
}

/** The message of FORBIDDEN for whoever asks for `propagate` with a role that does not propagate. */
export const aloneMessage = 'propagate is not allowed: your own role covers this unit alone.'

function endsBy(end: number | undefined, latest: number | undefined): boolean {
  return latest === undefined || (end !== undefined && end <= latest)
}
