/** Removals by the operator. What a catalog adds or changes is the affair of load-catalog.ts. */
import type { OperatorCall } from '../../model/access.ts'
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { findSubscription } from '../../model/subscription.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { getSkill } from './get-skill.ts'
import { findOrganization } from './read-catalog.ts'

/** Refuses with NOT_FOUND, and with INVALID_PARAM while there are units below it. */
export async function removeOrganization(context: Context, id: UnitId, call: OperatorCall): Promise<void> {
  await findOrganization(context, id)
  await removeUnit(context, id, call)
}

/** Takes the subscription from a property. Refuses with NOT_FOUND a unit that has none. */
export async function removeSubscription(context: Context, id: UnitId, call: OperatorCall): Promise<void> {
  const skillId = await context.storage.catalog.findSubscription(id)
  const entry = {
    ...logEntry(context, call, { change: 'remove', kind: 'subscription' }),
    unitId: id,
    ...(skillId && { skillId }),
  }
  if (!(await context.storage.catalog.removeSubscription(id, entry))) {
    throw refuse('NOT_FOUND', `The unit ${id} has no subscription.`)
  }
}

/**
 * Refuses with NOT_FOUND, and with INVALID_PARAM while there are units below it or skills enabled for it, other than
 * its subscription.
 */
export async function removeUnit(context: Context, id: UnitId, call: OperatorCall): Promise<void> {
  const unit = await context.storage.catalog.findUnit(id)
  const organization = unit && { organizationId: unit.organizationId }
  const entry = {
    ...logEntry(context, call, { change: 'remove', kind: 'unit' }),
    ...organization,
    unitId: id,
  }
  if (!(await context.storage.catalog.removeUnit(id, entry))) {
    throw refuse('NOT_FOUND', `The unit ${id} can't be found.`, { reason: 'unit' })
  }
  context.workIsDue(context.now())
}

/**
 * Refuses with NOT_FOUND, and with INVALID_PARAM while it is enabled anywhere, or if it is pre-defined. Its account
 * links are given up.
 */
export async function removeSkill(context: Context, skillId: SkillId, call: OperatorCall): Promise<void> {
  const { id } = await getSkill(context, skillId)
  if (findSubscription(id) !== undefined)
    throw refuse('INVALID_PARAM', `${id} is pre-defined: every catalog has it.`)
  const entry = { ...logEntry(context, call, { change: 'remove', kind: 'skill' }), skillId: id }
  if (!(await context.storage.catalog.removeSkill(id, entry))) {
    throw refuse('NOT_FOUND', `The skill ${id} can't be found.`)
  }
  context.workIsDue(context.now())
}

/** With its codes and refresh tokens; its access tokens are refused from then on. Refuses with NOT_FOUND. */
export async function removeClient(context: Context, id: string, call: OperatorCall): Promise<void> {
  const entry = logEntry(context, call, { change: 'remove', kind: 'client', id })
  if (!(await context.storage.catalog.removeClient(id, entry))) {
    throw refuse('NOT_FOUND', `The client ${id} can't be found.`)
  }
}

/** Removes the clients that came with the embedded demo catalog, as `removeClient` does. */
export async function removeEmbeddedClients(context: Context, call: OperatorCall): Promise<void> {
  for (const { id } of await context.storage.catalog.listEmbeddedClients()) {
    const entry = logEntry(context, call, { change: 'remove', kind: 'client', id })
    if (await context.storage.catalog.removeClient(id, entry))
      context.log.info(
        { clientId: id },
        'A client of the demo catalog is gone, since there is another catalog',
      )
  }
}

function logEntry(context: Context, call: OperatorCall, detail: Readonly<Record<string, string>>): LogEntry {
  return {
    id: context.newId(),
    at: context.now(),
    ...call,
    operation: 'catalog',
    outcome: 'done',
    detail,
  }
}
