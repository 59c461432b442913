/** Removals by the operator. load-catalog.ts adds and changes. */
import type { OperatorCall } from '../../model/access.ts'
import { type LoggedChange, type Recorded, recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { findSubscription } from '../../model/subscription.ts'
import { accountOf } from '../../model/user-id.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { PrincipalId, SkillId, UnitId } from '../../protocol/identifiers.ts'
import { getSkill } from './get-skill.ts'
import { findOrganization } from './read-catalog.ts'

/** Refuses with NOT_FOUND an unknown organization, with INVALID_PARAM one that has units. */
export async function removeOrganization(context: Context, id: UnitId, call: OperatorCall): Promise<void> {
  await findOrganization(context, id)
  await removeUnit(context, id, call)
}

/** Removes the subscription of a property. Refuses with NOT_FOUND a unit without one. */
export async function removeSubscription(context: Context, id: UnitId, call: OperatorCall): Promise<void> {
  const skillId = await context.storage.catalog.findSubscription(id)
  const removal = removalOf(context, call, 'subscription', { unitId: id, skillId })
  if (!(await context.storage.catalog.removeSubscription(id, removal))) {
    throw refuse('NOT_FOUND', `The unit ${id} has no subscription.`)
  }
}

/**
 * Refuses with NOT_FOUND an unknown unit, with INVALID_PARAM one that has units below it or enabled skills other than
 * its subscription.
 */
export async function removeUnit(context: Context, id: UnitId, call: OperatorCall): Promise<void> {
  const unit = await context.storage.catalog.findUnit(id)
  const removal = removalOf(context, call, 'unit', { organizationId: unit?.organizationId, unitId: id })
  if (!(await context.storage.catalog.removeUnit(id, removal))) {
    throw refuse('NOT_FOUND', `The unit ${id} can't be found.`, { reason: 'unit' })
  }
  context.workIsDue(context.now())
}

/**
 * Refuses with NOT_FOUND an unknown skill, with INVALID_PARAM one that is pre-defined or enabled anywhere. Discards its
 * account links.
 */
export async function removeSkill(context: Context, skillId: SkillId, call: OperatorCall): Promise<void> {
  const { id } = await getSkill(context, skillId)
  if (findSubscription(id) !== undefined)
    throw refuse('INVALID_PARAM', `${id} is pre-defined: every catalog has it.`)
  const removal = removalOf(context, call, 'skill', { skillId: id })
  if (!(await context.storage.catalog.removeSkill(id, removal))) {
    throw refuse('NOT_FOUND', `The skill ${id} can't be found.`)
  }
  context.workIsDue(context.now())
}

/**
 * Also removes its codes, refresh tokens and roles; its access tokens become invalid. Refuses with NOT_FOUND an unknown
 * client.
 */
export async function removeClient(context: Context, id: string, call: OperatorCall): Promise<void> {
  const removal = removalOf(context, call, 'client', { detail: { id } })
  if (!(await context.storage.catalog.removeClient(id, accountOf(context, id), removal))) {
    throw refuse('NOT_FOUND', `The client ${id} can't be found.`)
  }
}

/**
 * Also removes the person's codes, refresh tokens and roles; access tokens become invalid. Refuses with NOT_FOUND an
 * unknown person.
 */
export async function removePerson(context: Context, id: PrincipalId, call: OperatorCall): Promise<void> {
  const removal = removalOf(context, call, 'person', { detail: { id } })
  if (!(await context.storage.catalog.removePerson(id, removal))) {
    throw refuse('NOT_FOUND', `The person ${id} can't be found.`)
  }
}

/** Removes the clients and people of the embedded demo catalog. */
export async function removeEmbedded(context: Context, call: OperatorCall): Promise<void> {
  const { catalog } = context.storage
  for (const { id } of await catalog.listEmbeddedClients()) {
    const removal = removalOf(context, call, 'client', { detail: { id } })
    if (await catalog.removeClient(id, accountOf(context, id), removal))
      context.log.info(
        { clientId: id },
        'A client of the demo catalog was removed because another catalog was loaded',
      )
  }
  for (const { id } of await catalog.listEmbeddedPeople()) {
    if (await catalog.removePerson(id, removalOf(context, call, 'person', { detail: { id } })))
      context.log.info(
        { personId: id },
        'A person of the demo catalog is gone, since there is another catalog',
      )
  }
}

/** `what`: the further properties of the change. */
function removalOf(
  context: Context,
  call: OperatorCall,
  kind: 'subscription' | 'unit' | 'skill' | 'client' | 'person',
  what: Omit<LoggedChange, 'operation'>,
): Recorded {
  const detail = { change: 'remove', kind, ...what.detail }
  return recorded(stampFor(context, call), { ...what, operation: 'catalog', detail })
}
