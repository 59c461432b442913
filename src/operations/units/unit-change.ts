import type { LoggedChange } from '../../model/operations-log.ts'
import type { Unit } from '../../model/unit.ts'

/** The log entry of a client's change to the tree of units. */
export function unitChange(
  operation: 'create_unit' | 'rename_unit' | 'delete_unit',
  { id, organizationId, name, parentId }: Unit,
): LoggedChange {
  return { operation, organizationId, unitId: id, detail: { name, parentId } }
}
