/** Roles of units: which there are, and who gets or loses one. */
import type { AssignmentBody, RoleName, RolePage } from '../../../src/protocol/role.ts'
import { call } from './call.ts'
import type { Plain } from './wire.ts'

export type { RoleName } from '../../../src/protocol/role.ts'

const root = '/v1/roles'
const assignments = (roleId: string) => `${root}/${encodeURIComponent(roleId)}/assignments`

export const readRoles = (unitId: string, signal?: AbortSignal) =>
  call<Plain<RolePage>>('GET', root, { query: { unitId }, signal })

/** The role covers all units below, too. */
export const giveRole = (roleId: string, principalId: string) =>
  call<Plain<AssignmentBody>>('POST', assignments(roleId), { body: { principalId, propagate: true } })

/** Takes the role on the unit; roles on units below stay. */
export async function takeRole(unitId: string, roleName: RoleName, principalId: string): Promise<void> {
  const { results } = await readRoles(unitId)
  const role = results.find((one) => one.roleName === roleName)
  if (role) await call<undefined>('DELETE', assignments(role.roleId), { query: { principalId } })
}
