import type { Principal } from '../../model/access.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { requireBelowOrganization } from '../../model/unit.ts'
import { writeStamp } from '../../model/write-stamp.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { admitUnit } from './admit-unit.ts'
import { unitChange } from './unit-change.ts'

/**
 * "Delete unit". Refuses with INVALID_PARAM while the unit has units below it or enabled skills; its subscription is
 * removed with it (ledger, U9: a client cannot disable it). Refuses with FORBIDDEN the organization itself (U8: the
 * operator creates it).
 */
export async function deleteUnit(
  context: Context,
  principal: Principal,
  call: { unitId: UnitId; requestId: string },
): Promise<void> {
  const { unitId, requestId } = call
  const unit = await admitUnit(context, principal, 'delete_unit', unitId)
  requireBelowOrganization(unit)
  const change = recorded(writeStamp(context, principal, requestId), unitChange('delete_unit', unit))
  if (!(await context.storage.catalog.removeUnit(unitId, change))) {
    throw refuse('NOT_FOUND', `The unit ${unitId} can't be found.`, { reason: 'unit' })
  }
}
