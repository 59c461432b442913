import type { Asker } from '../../model/access.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Revocation } from '../../model/ports/storage.ts'
import { holdsAt } from '../../model/principals/role.ts'
import { type ItemRefusal, Refusal, refuse } from '../../model/refusal.ts'
import type { PrincipalId, RoleId } from '../../protocol/identifiers.ts'
import { problemFinder } from '../../protocol/problem.ts'
import { BatchRevokeRoleItem } from '../../protocol/role.ts'
import { readItems, refuseItem } from '../batches/received-items.ts'
import { type AdmittedRole, admitRole, aloneMessage, ownRoles, roleStamp } from './admit-role.ts'
import { requireItem, roleItemsMax } from './assign-role.ts'
import { roleLogged } from './role-change.ts'

/**
 * "Revoke role assignment": the role ends with all that it covers; with `propagate` also the role on all units below, where
 * A4H.OrgAdmin is A4P.UnitAdmin (ledger, row Z9). Refuses with NOT_FOUND a principal that has none of them, with INVALID_PARAM to take the
 * last A4H.OrgAdmin from an organization.
 */
export async function revokeRole(
  context: Context,
  asker: Asker,
  call: { roleId: RoleId; requestId: string; principalId: PrincipalId; propagate: boolean },
): Promise<void> {
  const { roleId, requestId, ...asked } = call
  const admitted = await admitRole(context, asker, 'revoke_role', roleId)
  await requireRevocable(context, asker, admitted, asked)
  const stamp = roleStamp(context, asker, requestId)
  const revocation = { ...asked, change: recorded(stamp, roleLogged('revoke_role', admitted, asked)) }
  const revoked = await context.storage.roles.revoke(admitted.role, [revocation], stamp.now)
  if (revoked.length === 0)
    throw refuse('NOT_FOUND', `${asked.principalId} does not have the role ${admitted.role.role} there.`)
}

const itemProblem = problemFinder(BatchRevokeRoleItem, 'The item')

/**
 * "Batch revoke role assignment": all or nothing. A principal without the role needs no change (ledger, row Z10: a repeated
 * batch must succeed, as with skills).
 */
export async function revokeRoleBatch(
  context: Context,
  asker: Asker,
  call: { roleId: RoleId; requestId: string; body: unknown },
): Promise<void> {
  const items = readItems<BatchRevokeRoleItem>(call.body, roleItemsMax, itemProblem)
  const admitted = await admitRole(context, asker, 'batch_revoke_role', call.roleId)
  const stamp = roleStamp(context, asker, call.requestId)
  const seen = new Set<PrincipalId>()
  const refused: ItemRefusal[] = []
  const revocations: Revocation[] = []
  for (const received of items) {
    try {
      const item = requireItem(received, seen)
      const { principalId, propagate = false } = item
      await requireRevocable(context, asker, admitted, { principalId, propagate })
      const change = recorded(stamp, roleLogged('batch_revoke_role', admitted, item))
      revocations.push({ principalId, propagate, change })
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'SERVICE_UNAVAILABLE') throw error
      refused.push(refuseItem(received, error))
    }
  }
  if (refused.length > 0) throw refuse('INVALID_PARAM', 'Some items are refused.', { items: refused })
  await context.storage.roles.revoke(admitted.role, revocations, stamp.now)
}

/** A role may be taken for any time, but one that covers units below only by whoever has a role there. */
async function requireRevocable(
  context: Context,
  asker: Asker,
  { role, unit }: AdmittedRole,
  { principalId, propagate }: { readonly principalId: PrincipalId; readonly propagate: boolean },
): Promise<void> {
  if (asker.kind === 'operator') return
  const own = await ownRoles(context, asker.principal, { operation: 'revoke_role', unit })
  if (own.some((assignment) => assignment.propagate)) return
  if (propagate) throw refuse('FORBIDDEN', aloneMessage)
  const now = context.now()
  const assigned = await context.storage.roles.findOn(principalId, [unit.id])
  if (assigned.some((one) => one.role === role.role && one.propagate && holdsAt(one, now)))
    throw refuse(
      'FORBIDDEN',
      'principalId is not allowed: its role covers units below, and your own covers this unit alone.',
    )
}
