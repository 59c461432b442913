import type { Principal } from '../../model/access.ts'
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Unit } from '../../model/unit.ts'

/** What the operations log says of a client's change to the tree of units. */
export function unitEntry(
  context: Context,
  principal: Principal,
  requestId: string,
  operation: 'create_unit' | 'rename_unit' | 'delete_unit',
  unit: Unit,
): LogEntry {
  return {
    id: context.newId(),
    at: context.now(),
    requestId,
    actor: principal.clientId,
    operation,
    outcome: 'done',
    organizationId: unit.organizationId,
    unitId: unit.id,
    detail: { name: unit.name, parentId: unit.parentId },
  }
}
