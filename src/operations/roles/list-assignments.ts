import type { Asker } from '../../model/access.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import type { AssignmentPosition } from '../../model/ports/storage.ts'
import { type Assignment, assignmentBody, holdsAt } from '../../model/principals/role.ts'
import type { RoleId, UnitId } from '../../protocol/identifiers.ts'
import type {
  AssignmentPage,
  PrincipalAssignmentsRequest,
  RoleAssignmentsRequest,
  RoleName,
} from '../../protocol/role.ts'
import { admitPrincipal } from '../units/admit-unit.ts'
import { admitAsker, admitRole } from './admit-role.ts'
import { requireTarget, targetOf } from './target-unit.ts'

const defaultMaxResults = 10

/**
 * "List principal assignments": who has the role itself, by principal ID, so that page tokens stay valid while assignments
 * change. Who has a role above is not listed. Refuses with INVALID_PARAM an invalid page token.
 */
export async function listRoleAssignments(
  context: Context,
  asker: Asker,
  { roleId, maxResults = defaultMaxResults, nextToken }: RoleAssignmentsRequest & { roleId: RoleId },
): Promise<AssignmentPage> {
  const list = `assignments of ${roleId}`
  const after = nextToken === undefined ? '' : String(readPageToken(context, nextToken, list)[0])
  const { role } = await admitRole(context, asker, 'list_role_assignments', roleId)
  const page = { after, now: context.now(), limit: maxResults + 1 }
  const found = await context.storage.roles.listOfRole(role, page)
  return pageOf(context, list, found, maxResults, ({ principalId }) => [principalId])
}

/**
 * "List role assignments": which roles the principal has on the unit. Without a unit, its roles everywhere: for
 * the caller itself, and for the operator. Refuses with INVALID_PARAM anybody else's request without a unit, and an invalid page token.
 */
export async function listPrincipalAssignments(
  context: Context,
  asker: Asker,
  query: PrincipalAssignmentsRequest,
): Promise<AssignmentPage> {
  const { principalId, maxResults = defaultMaxResults, nextToken } = query
  const maySeeAll = asker.kind === 'operator' || principalId === asker.principal.accountId
  const unitId = maySeeAll ? targetOf(query) : requireTarget(query)
  const list = `assignments to ${principalId} ${unitId ?? ''}`
  const after = nextToken === undefined ? undefined : readPosition(context, nextToken, list)
  const now = context.now()
  const { roles } = context.storage
  const limit = maxResults + 1
  let found: readonly Assignment[]
  if (unitId === undefined) {
    if (asker.kind === 'principal') await admitPrincipal(context, asker.principal)
    found = await roles.listOfPrincipal(principalId, { after, now, limit })
  } else {
    await admitAsker(context, asker, 'list_principal_assignments', unitId)
    // At most one for each name of a role.
    found = (await roles.findOn(principalId, [unitId]))
      .filter((assignment) => holdsAt(assignment, now) && assignment.role > (after?.role ?? ''))
      .sort((one, other) => (one.role < other.role ? -1 : 1))
  }
  return pageOf(context, list, found, maxResults, ({ level, unitId: on, role }) => [level, on, role])
}

/** The signature guarantees the form. */
function readPosition(context: Context, token: string, list: string): AssignmentPosition {
  const [level, unitId, role] = readPageToken(context, token, list)
  return { level: Number(level), unitId: unitId as UnitId, role: role as RoleName }
}

/** `found` has one more than the page shows, if there are more. */
function pageOf(
  context: Context,
  list: string,
  found: readonly Assignment[],
  maxResults: number,
  positionOf: (last: Assignment) => readonly (string | number)[],
): AssignmentPage {
  const shown = found.slice(0, maxResults)
  const last = found.length > maxResults ? shown.at(-1) : undefined
  return {
    results: shown.map(assignmentBody),
    paginationContext: {
      nextToken: last === undefined ? null : writePageToken(context, list, positionOf(last)),
    },
  }
}
