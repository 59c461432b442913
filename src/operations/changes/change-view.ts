/** Changes and their items as the API shows them. */
import type { Asker, isAllowed } from '../../model/access.ts'
import { type Change, type ChangeItem, shownStatus, waitingIn } from '../../model/changes/change.ts'
import type { SkillState } from '../../model/changes/skill-state.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ChangeAction, ChangeItemView, ChangeView } from '../../protocol/console/change.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { actorNames } from '../catalog/actor-names.ts'
import { findSkill } from '../catalog/get-skill.ts'
import { mayDo } from '../units/admit-unit.ts'

export async function changeView(context: Context, change: Change): Promise<ChangeView> {
  const { finishedAt, rootId, stage, undoOf, retryOf, undoneBy, counts } = change
  return {
    id: change.id,
    action: change.action,
    title: await titleOf(context, change),
    status: shownStatus(change),
    createdAt: new Date(change.createdAt).toISOString(),
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt).toISOString() }),
    actor: change.actor,
    ...(await actorNames(context)(change.actor)),
    requestId: change.requestId,
    ...(rootId !== undefined && { unitId: rootId }),
    counts: { ...counts, waiting: waitingIn(counts) },
    skillIds: [...change.skillIds],
    ...(stage !== undefined && { stage }),
    ...(undoOf !== undefined && { undoOf }),
    ...(retryOf !== undefined && { retryOf }),
    ...(undoneBy !== undefined && { undoneBy }),
  }
}

const verbs: Readonly<Record<ChangeAction, string>> = { enable: 'Enable', disable: 'Disable' }
const opposites: Readonly<Record<ChangeAction, ChangeAction>> = { enable: 'disable', disable: 'enable' }

/** Such as `Enable Nurse Call in Ward 1`, or `Undo: enable Nurse Call in Ward 1`. */
async function titleOf(context: Context, { action, skillIds, rootId, undoOf }: Change): Promise<string> {
  const [first, ...others] = skillIds
  const skill = first && ((await findSkill(context, first))?.name ?? first)
  const skills = others.length === 0 ? skill : `${skill} and ${others.length} more`
  const root = rootId && (await context.storage.catalog.findUnit(rootId))
  const what = `${skills}${root ? ` in ${root.name}` : ''}`
  return undoOf === undefined ? `${verbs[action]} ${what}` : `Undo: ${opposites[action]} ${what}`
}

export async function itemViews(
  context: Context,
  asker: Asker,
  items: readonly ChangeItem[],
): Promise<ChangeItemView[]> {
  const nameOf = await namesOf(
    context,
    asker,
    items.map(({ unitId }) => unitId),
  )
  return items.map(({ unitId, skillId, outcome, reason, plan }) => ({
    unitId,
    ...nameOf(unitId),
    skillId,
    outcome,
    ...(reason !== undefined && { reason }),
    ...(outcome === 'done' && plan !== undefined && { before: stateView(plan.before) }),
  }))
}

function stateView(state: SkillState | undefined): NonNullable<ChangeItemView['before']> {
  if (state === undefined) return { isOn: false }
  const { stage, partitionNames, nameFreeLocales, isLinked } = state
  return {
    isOn: true,
    stage,
    partitionNames: [...partitionNames],
    nameFreeLocales: [...nameFreeLocales],
    isLinked,
  }
}

/** Returns what gives the name of each unit, as far as it exists and the asker may read it. At most 1,000 units. */
export async function namesOf(
  context: Context,
  asker: Asker,
  unitIds: readonly UnitId[],
): Promise<(id: UnitId) => { unitName?: string }> {
  const units = await context.storage.catalog.findUnits([...new Set(unitIds)])
  const names = new Map<UnitId, string>()
  for (const unit of units) if (await mayRead(context, asker, unit)) names.set(unit.id, unit.name)
  return (id) => {
    const unitName = names.get(id)
    return unitName === undefined ? {} : { unitName }
  }
}

async function mayRead(
  context: Context,
  asker: Asker,
  unit: Parameters<typeof isAllowed>[2] & Parameters<typeof mayDo>[2],
): Promise<boolean> {
  if (asker.kind === 'operator') return true
  const held = await context.storage.roles.held(asker.principal.accountId)
  return mayDo(context, { principal: asker.principal, held, operation: 'read_rooms' }, unit)
}
