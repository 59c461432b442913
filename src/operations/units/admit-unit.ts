/**
 * The gate of all operations on units. An operation on a unit is refused in this order (ledger, row 10: nothing about units is said before it
 * is known who asks); the first that applies counts:
 *
 * | check | code | reason |
 * |---|---|---|
 * | the token has the management scope | FORBIDDEN | scope |
 * | the client has a role anywhere | FORBIDDEN | role |
 * | the unit exists | NOT_FOUND; FORBIDDEN in a list, INVALID_PARAM in a batch, whose tables have no 404 | unit |
 * | the client has a role on the unit or above it | FORBIDDEN | role |
 * | the unit is served at the host of the request | FORBIDDEN | region |
 * | the operation is available for the solution and country | FORBIDDEN | availability |
 */
import { noRoleMessage, type Principal, requireManagement, roleRefusal } from '../../model/access.ts'
import { availabilityRefusal } from '../../model/availability.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { regionRefusal } from '../../model/region.ts'
import type { Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { Operation } from '../../protocol/operations.ts'

/** Returns the unit if the principal may do the operation on it. Throws the refusal otherwise. */
export function admitUnit(
  context: Context,
  principal: Principal,
  operation: Operation,
  unitId: UnitId,
): MaybePromise<Unit> {
  requireManagement(principal)
  return whenReady(context.storage.catalog.findUnit(unitId), (unit) => {
    const admitted = admit(principal, operation, unitId, unit)
    if (admitted instanceof Refusal) throw admitted
    return admitted
  })
}

/** Checks a unit that is already loaded, for a principal that `requireManagement` admits. */
export function admit(
  principal: Principal,
  operation: Operation,
  unitId: UnitId,
  unit: Unit | undefined,
): Unit | Refusal {
  if (unit === undefined) return unknownUnit(operation, unitId)
  return (
    roleRefusal(principal, unit) ??
    regionRefusal(principal.region, unit) ??
    availabilityRefusal(operation, unit) ??
    unit
  )
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
