/**
 * The gate of all operations on units: the one place that says whether a principal may do an operation on a unit. An
 * operation on a unit is refused in this order (ledger, row 10: nothing about units is said before it
 * is known who asks); the first that applies counts:
 *
 * | check | code | reason |
 * |---|---|---|
 * | the token has the management scope | FORBIDDEN | scope |
 * | the client or person has a role anywhere | FORBIDDEN | role |
 * | the unit exists | NOT_FOUND; FORBIDDEN in a list, INVALID_PARAM in a batch, whose tables have no 404 | unit |
 * | a role on the unit, or one above it that propagates, allows the operation | FORBIDDEN | role |
 * | the unit is served at the host of the request | FORBIDDEN | region |
 * | the operation is available for the solution and country | FORBIDDEN | availability |
 */
import {
  isAllowed,
  noRoleMessage,
  type Principal,
  requireAnyRole,
  requireManagement,
} from '../../model/access.ts'
import { availabilityRefusal } from '../../model/availability.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Assignment, HeldRoles } from '../../model/principals/role.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { regionRefusal } from '../../model/region.ts'
import { idsInPath, type Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { Operation } from '../../protocol/operations.ts'

/** Returns the unit if the principal may do the operation on it. Throws the refusal otherwise. */
export function admitUnit(
  context: Context,
  principal: Principal,
  operation: Operation,
  unitId: UnitId,
): MaybePromise<Unit> {
  return whenReady(admitPrincipal(context, principal), (held) =>
    whenReady(context.storage.catalog.findUnit(unitId), (unit) =>
      whenReady(admit(context, { principal, held, operation }, unitId, unit), (admitted) => {
        if (admitted instanceof Refusal) throw admitted
        return admitted
      }),
    ),
  )
}

/** Returns the roles of the principal. Refuses with FORBIDDEN a token without the management scope, and one without roles. */
export function admitPrincipal(context: Context, principal: Principal): MaybePromise<HeldRoles> {
  requireManagement(principal)
  return whenReady(context.storage.roles.held(principal.accountId), (held) => {
    requireAnyRole(principal, held, context.now())
    return held
  })
}

/** An operation that a principal wants to do. */
export interface Attempt {
  readonly principal: Principal
  /** The result of `admitPrincipal`. */
  readonly held: HeldRoles
  readonly operation: Operation
}

/** Checks a unit that is already loaded. */
export function admit(
  context: Context,
  attempt: Attempt,
  unitId: UnitId,
  unit: Unit | undefined,
): MaybePromise<Unit | Refusal> {
  const { principal, operation } = attempt
  if (unit === undefined) return unknownUnit(operation, unitId)
  return whenReady(mayDo(context, attempt, unit), (may) =>
    may
      ? (regionRefusal(principal.region, unit) ?? availabilityRefusal(operation, unit) ?? unit)
      : refuse('FORBIDDEN', noRoleMessage),
  )
}

/** Returns all roles of the principal that may cover the unit, and maybe others. */
export function rolesOn(
  context: Context,
  { accountId }: Principal,
  { assignments, hasMore }: HeldRoles,
  unit: Unit,
): MaybePromise<readonly Assignment[]> {
  return hasMore ? context.storage.roles.findOn(accountId, idsInPath(unit)) : assignments
}

/** Whether a role of the principal allows the operation on the unit. */
export function mayDo(
  context: Context,
  { principal, held, operation }: Attempt,
  unit: Unit,
): MaybePromise<boolean> {
  const now = context.now()
  if (isAllowed(held.assignments, operation, unit, now)) return true
  if (!held.hasMore) return false
  return whenReady(rolesOn(context, principal, held, unit), (found) => isAllowed(found, operation, unit, now))
}

/** The message of a batch begins with the property of the item, like those of its form. */
export function unknownUnit(operation: Operation, unitId: UnitId): Refusal {
  switch (operation) {
    case 'list':
      return refuse('FORBIDDEN', noRoleMessage, { reason: 'unit', detail: 'The unit does not exist.' })
    case 'batch_enable':
    case 'batch_disable':
    case 'batch_get':
      return refuse('INVALID_PARAM', `unitId is invalid: the unit ${unitId} can't be found.`, {
        reason: 'unit',
      })
    default:
      return refuse('NOT_FOUND', `The unit ${unitId} can't be found.`, { reason: 'unit' })
  }
}
