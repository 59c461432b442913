import type { LoggedChange } from '../../model/operations-log.ts'
import type { AdmittedRole } from './admit-role.ts'

type RoleOperation = 'assign_role' | 'revoke_role' | 'batch_assign_role' | 'batch_revoke_role'

/** The content of an assignment, or of a request to end one. */
interface Asked {
  readonly principalId: string
  readonly propagate?: boolean | undefined
  readonly expiresAt?: string | undefined
  readonly itemId?: number | undefined
}

/** The log entry of a change to who has a role. */
export function roleLogged(
  operation: RoleOperation,
  { role, unit }: AdmittedRole,
  { principalId, propagate = false, expiresAt, itemId }: Asked,
): LoggedChange {
  const detail = {
    roleName: role.role,
    principalId,
    propagate,
    ...(expiresAt !== undefined && { expiresAt }),
  }
  const { id: unitId, organizationId } = unit
  return { operation, organizationId, unitId, detail, ...(itemId !== undefined && { itemId }) }
}
