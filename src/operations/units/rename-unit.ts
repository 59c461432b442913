import type { Principal } from '../../model/access.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { requireBelowOrganization, unitBody } from '../../model/unit.ts'
import { writeStamp } from '../../model/write-stamp.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { RenameUnitRequest, UnitBody } from '../../protocol/unit.ts'
import { admitUnit } from './admit-unit.ts'
import { unitChange } from './unit-change.ts'

/**
 * "Update unit": changes the name, the only changeable property. Refuses with FORBIDDEN the organization itself
 * (ledger, U8: the operator creates it).
 */
export async function renameUnit(
  context: Context,
  principal: Principal,
  call: { unitId: UnitId; requestId: string; request: RenameUnitRequest },
): Promise<UnitBody> {
  const { unitId, requestId } = call
  const unit = await admitUnit(context, principal, 'rename_unit', unitId)
  requireBelowOrganization(unit)
  const renamed = { ...unit, name: call.request.name.value.text.toWellFormed() }
  const change = recorded(writeStamp(context, principal, requestId), unitChange('rename_unit', renamed))
  if (!(await context.storage.catalog.renameUnit(unitId, renamed.name, change))) {
    throw refuse('NOT_FOUND', `The unit ${unitId} can't be found.`, { reason: 'unit' })
  }
  return unitBody(renamed)
}
