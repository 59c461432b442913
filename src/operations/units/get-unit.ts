import type { Principal } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import { unitBody } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { UnitBody } from '../../protocol/unit.ts'
import { admitUnit } from './admit-unit.ts'

/** "Get unit"; also for the organization itself. */
export async function getUnit(context: Context, principal: Principal, unitId: UnitId): Promise<UnitBody> {
  return unitBody(await admitUnit(context, principal, 'get_unit', unitId))
}
