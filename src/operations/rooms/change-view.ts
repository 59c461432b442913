/** Which entries of the operations log a caller may follow. */
import type { Asker } from '../../model/access.ts'
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Unit } from '../../model/unit.ts'
import { isUnitId, type UnitId } from '../../protocol/identifiers.ts'
import { coversPath, type Visible } from './visible-ranges.ts'

/** `reset`: the caller must not see the entry, but what it may see can have changed with it. */
export type Told = 'entry' | 'reset' | 'nothing'

/** Operations that change who may see what. */
const changesOfRoles: ReadonlySet<LogEntry['operation']> = new Set([
  'assign_role',
  'revoke_role',
  'batch_assign_role',
  'batch_revoke_role',
  'catalog',
  'create_unit',
  'delete_unit',
])

export function mayChangeRoles({ operation }: LogEntry): boolean {
  return changesOfRoles.has(operation)
}

/** Tells what the caller learns of an entry. `visible`: what it follows; `undefined`: everything, for the operator. */
export async function toldOf(
  context: Context,
  asker: Asker,
  visible: Visible | undefined,
  entry: LogEntry,
): Promise<Told> {
  if (visible === undefined) return 'entry'
  const unit = await unitOf(context, entry)
  if (unit !== undefined) return coversPath(visible.roots, unit.path) ? 'entry' : 'nothing'
  const { operation, organizationId = visible.unit.organizationId, detail } = entry
  const isHere = organizationId === visible.unit.organizationId
  const concernsUnits = detail?.kind !== 'client' && detail?.kind !== 'person'
  if (!isHere || (operation !== 'catalog' && operation !== 'delete_unit')) return 'nothing'
  if (asker.kind === 'operator') return 'entry'
  return concernsUnits ? 'reset' : 'nothing'
}

/** Returns the unit of an entry, or the one above it if it is gone. */
export async function unitOf({ storage }: Context, entry: LogEntry): Promise<Unit | undefined> {
  const id = entry.unitId ?? entry.organizationId
  if (id === undefined) return undefined
  const found = await storage.catalog.findUnit(id)
  const above: unknown = entry.detail?.parentId
  if (found !== undefined || !isUnitId(above)) return found
  return storage.catalog.findUnit(above satisfies UnitId)
}
