import { refuse } from '../../model/refusal.ts'
import type { UnitId } from '../../protocol/identifiers.ts'

interface Targets {
  readonly unitId?: UnitId
  readonly targetEntityId?: UnitId
}

/** Returns the unit that a query names in one of two ways. Refuses with INVALID_PARAM two different units. */
export function targetOf({ unitId, targetEntityId }: Targets): UnitId | undefined {
  if (unitId !== undefined && targetEntityId !== undefined && unitId !== targetEntityId)
    throw refuse('INVALID_PARAM', 'targetEntityId is invalid: unitId names another unit.')
  return unitId ?? targetEntityId
}

/** Refuses with INVALID_PARAM also a query without a unit. */
export function requireTarget(targets: Targets): UnitId {
  const unitId = targetOf(targets)
  if (unitId === undefined)
    throw refuse('INVALID_PARAM', 'unitId is missing: name a unit in unitId or in targetEntityId.')
  return unitId
}
