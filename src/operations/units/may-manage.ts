import { noRoleMessage, type Principal, requireManagement, requireRole } from '../../model/access.ts'
import { requireAvailable } from '../../model/availability.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { requireRegion } from '../../model/region.ts'
import type { Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { Operation } from '../../protocol/operations.ts'

/**
 * The unit, if the principal may do the operation on it. Refuses in the order of the ledger, row 10: a unit that is
 * unknown (NOT_FOUND, but FORBIDDEN in a list, whose table has no 404), one without a role, one where the operation is
 * not available.
 */
export async function mayManage(
  context: Context,
  principal: Principal,
  unitId: UnitId,
  operation: Operation,
): Promise<Unit> {
  requireManagement(principal)
  const unit = await context.storage.catalog.findUnit(unitId)
  if (unit === undefined) {
    throw operation === 'list'
      ? refuse('FORBIDDEN', noRoleMessage, { reason: 'unit', detail: 'There is no such unit.' })
      : refuse('NOT_FOUND', `The unit ${unitId} can't be found.`, { reason: 'unit' })
  }
  requireRole(principal, unit)
  requireRegion(principal.region, unit)
  requireAvailable(operation, unit.solution, unit.country)
  return unit
}
