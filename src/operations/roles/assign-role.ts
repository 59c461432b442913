import type { Asker } from '../../model/access.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { type Assignment, assignmentBody } from '../../model/principals/role.ts'
import { type ItemRefusal, Refusal, refuse } from '../../model/refusal.ts'
import type { PrincipalId, RoleId } from '../../protocol/identifiers.ts'
import { readInstant } from '../../protocol/instant.ts'
import { problemFinder } from '../../protocol/problem.ts'
import { type AssignmentBody, type AssignRoleRequest, BatchAssignRoleItem } from '../../protocol/role.ts'
import { type ReceivedItem, readItems, refuseItem } from '../batches/received-items.ts'
import { type AdmittedRole, admitRole, requireReach, roleStamp } from './admit-role.ts'
import { roleLogged } from './role-change.ts'

/** The maximum number of items in a batch of roles. Source: Amazon's collection of requests. */
export const roleItemsMax = 50

/**
 * "Assign role". The principal may be unknown: Amazon's accounts are made elsewhere (ledger, row Z6). Refuses with
 * INVALID_PARAM a principal that has the role, and an end that is over; with FORBIDDEN more than the caller has.
 */
export async function assignRole(
  context: Context,
  asker: Asker,
  call: { roleId: RoleId; requestId: string; request: AssignRoleRequest },
): Promise<AssignmentBody> {
  const { roleId, request, requestId } = call
  const expiresAt = readEnd(context, request)
  const admitted = await admitRole(context, asker, 'assign_role', roleId)
  const assignment = assignmentOf(admitted, request, expiresAt)
  await requireReach(context, asker, { operation: 'assign_role', unit: admitted.unit }, assignment)
  const stamp = roleStamp(context, asker, requestId)
  const change = recorded(stamp, roleLogged('assign_role', admitted, request))
  await context.storage.roles.assign([assignment], [change])
  return assignmentBody(assignment)
}

const itemProblem = problemFinder(BatchAssignRoleItem, 'The item')

/** The maximum number of checks: another request may assign the role between the check and the write. */
const triesMax = 3

/**
 * "Batch assign role": all or nothing. The roles are assigned before the answer (ledger, row Z10), and a principal may be
 * in it once.
 */
export async function assignRoleBatch(
  context: Context,
  asker: Asker,
  call: { roleId: RoleId; requestId: string; body: unknown },
): Promise<void> {
  const items = readItems<BatchAssignRoleItem>(call.body, roleItemsMax, itemProblem)
  const admitted = await admitRole(context, asker, 'batch_assign_role', call.roleId)
  for (let tries = 1; ; tries++) {
    const assignments = await checkItems(context, asker, admitted, items)
    const stamp = roleStamp(context, asker, call.requestId)
    const changes = items.flatMap(({ item }) =>
      item === undefined ? [] : [recorded(stamp, roleLogged('batch_assign_role', admitted, item))],
    )
    try {
      await context.storage.roles.assign(assignments, changes)
      return
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'INVALID_PARAM' || tries === triesMax) throw error
    }
  }
}

async function checkItems(
  context: Context,
  asker: Asker,
  admitted: AdmittedRole,
  items: readonly ReceivedItem<BatchAssignRoleItem>[],
): Promise<Assignment[]> {
  const ids = items.flatMap(({ item }) => (item === undefined ? [] : [item.principalId]))
  const holders = new Set(await context.storage.roles.findHolders(admitted.role, ids, context.now()))
  const seen = new Set<PrincipalId>()
  const assignments: Assignment[] = []
  const refused: ItemRefusal[] = []
  for (const received of items) {
    try {
      const item = requireItem(received, seen)
      const assignment = assignmentOf(admitted, item, readEnd(context, item))
      const asked = { operation: 'batch_assign_role', unit: admitted.unit } as const
      await requireReach(context, asker, asked, assignment)
      if (holders.has(item.principalId)) throw refuse('INVALID_PARAM', alreadyMessage(item.principalId))
      assignments.push(assignment)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'SERVICE_UNAVAILABLE') throw error
      refused.push(refuseItem(received, error))
    }
  }
  if (refused.length > 0) throw refuse('INVALID_PARAM', 'Some items are refused.', { items: refused })
  return assignments
}

/** Returns the item. Refuses with INVALID_PARAM one of an invalid form, and a principal that was in an earlier item. */
export function requireItem<Item extends { readonly principalId: PrincipalId }>(
  { item, problem }: ReceivedItem<Item>,
  seen: Set<PrincipalId>,
): Item {
  if (item === undefined) throw refuse('INVALID_PARAM', problem ?? 'The item is invalid.')
  if (seen.has(item.principalId))
    throw refuse('INVALID_PARAM', 'principalId is invalid: the principal is in another item, too.')
  seen.add(item.principalId)
  return item
}

function assignmentOf(
  { role, unit }: AdmittedRole,
  { principalId, propagate = false }: AssignRoleRequest,
  expiresAt: number | undefined,
): Assignment {
  return { ...role, principalId, level: unit.level, propagate, expiresAt }
}

/** The first time that RFC 3339 cannot write in UTC. */
const endOfTime = Date.UTC(10_000)

/** Refuses with INVALID_PARAM a day that does not exist, a time that is over, and one after the year 9999 in UTC. */
function readEnd(context: Context, { expiresAt: text }: AssignRoleRequest): number | undefined {
  if (text === undefined) return undefined
  const expiresAt = readInstant(text)
  if (expiresAt === undefined) throw refuse('INVALID_PARAM', 'expiresAt is invalid: there is no such day.')
  if (expiresAt >= endOfTime)
    throw refuse('INVALID_PARAM', 'expiresAt is invalid: the time is after the year 9999 in UTC.')
  if (expiresAt <= context.now()) throw refuse('INVALID_PARAM', 'expiresAt is invalid: the time is over.')
  return expiresAt
}

function alreadyMessage(principalId: PrincipalId): string {
  return `principalId is invalid: ${principalId} has the role already.`
}
