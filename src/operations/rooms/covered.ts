import type { Asker } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { coversPath, visibleIn } from './visible-ranges.ts'

const unitsPerLook = 1000

/**
 * Returns which of these units are `under` or below it and may be read; `undefined`: all, since an operator asks for everything. Refuses
 * with INVALID_PARAM a principal who does not say under what, and otherwise as a read of that unit.
 */
export async function coveredUnits(
  context: Context,
  asker: Asker,
  under: UnitId | undefined,
  unitIds: () => readonly UnitId[],
): Promise<ReadonlySet<UnitId> | undefined> {
  if (under === undefined) {
    if (asker.kind === 'operator') return undefined
    throw refuse('INVALID_PARAM', 'under is invalid: it is missing.')
  }
  const { roots } = await visibleIn(context, asker, under)
  const ids = [...new Set(unitIds())]
  const covered = new Set<UnitId>()
  for (let start = 0; start < ids.length; start += unitsPerLook)
    for (const unit of await context.storage.catalog.findUnits(ids.slice(start, start + unitsPerLook)))
      if (coversPath(roots, unit.path)) covered.add(unit.id)
  return covered
}
