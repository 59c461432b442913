import type { Asker } from '../../model/access.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import { roleBody, rolesOf } from '../../model/principals/role.ts'
import type { RoleId } from '../../protocol/identifiers.ts'
import type { RoleBody, RoleListRequest, RolePage } from '../../protocol/role.ts'
import { admitAsker, admitRole } from './admit-role.ts'
import { requireTarget } from './target-unit.ts'

const defaultMaxResults = 10

/**
 * "List roles": the roles that the unit has and that can be assigned. Refuses with INVALID_PARAM a request without a unit,
 * and an invalid page token.
 */
export async function listRoles(context: Context, asker: Asker, query: RoleListRequest): Promise<RolePage> {
  const { roleName, maxResults = defaultMaxResults, nextToken } = query
  const unitId = requireTarget(query)
  const list = `roles ${unitId} ${roleName ?? ''}`
  const start = nextToken === undefined ? 0 : Number(readPageToken(context, nextToken, list)[0])
  const unit = await admitAsker(context, asker, 'list_roles', unitId)
  const roles = rolesOf(unit).filter(({ role }) => role === (roleName ?? role))
  const end = start + maxResults
  return {
    results: roles.slice(start, end).map(roleBody),
    paginationContext: { nextToken: end < roles.length ? writePageToken(context, list, [end]) : null },
  }
}

/** "Get role". */
export async function getRole(context: Context, asker: Asker, roleId: RoleId): Promise<RoleBody> {
  const { role } = await admitRole(context, asker, 'get_role', roleId)
  return roleBody(role)
}
