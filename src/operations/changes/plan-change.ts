/** The plan of a requested change: its terms, and how many items it has. */
import { type Asker, requireChangingRole } from '../../model/access.ts'
import { type ChangeTerms, commonPath, type Selection } from '../../model/changes/change.ts'
import type { Context } from '../../model/ports/context.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { type ChangeRequest, changeItemsMax } from '../../protocol/console/change.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { findSkill } from '../catalog/get-skill.ts'
import { admit, admitPrincipal } from '../units/admit-unit.ts'
import { admitBelow, type Wish } from './admit-change.ts'
import { nextTurn } from './next-turn.ts'
import { selectUnits } from './select-items.ts'

/** The most units that a filter may have to look at. */
const unitsLookedAtMax = 100_000
const unitsPerLook = 1000

export interface ChangePlan {
  readonly terms: ChangeTerms
  readonly selection: Selection
  readonly total: number
  readonly rootId: UnitId | undefined
}

/**
 * Refuses with INVALID_PARAM a request without items or with too many, and an unknown skill; with FORBIDDEN the wish of a viewer to
 * change. Who names units needs a role that changes anywhere, since each item is checked when its turn comes.
 */
export async function planChange(
  context: Context,
  asker: Asker,
  request: ChangeRequest,
  wish: Wish,
): Promise<ChangePlan> {
  if (asker.kind === 'principal') {
    const held = await admitPrincipal(context, asker.principal)
    if (wish === 'change') requireChangingRole(held, context.now())
  }
  const { ids, under, level, name } = request.units
  const hasFilter = under !== undefined || level !== undefined || name !== undefined
  if ((ids === undefined) === (under === undefined) || (ids !== undefined && hasFilter)) {
    throw refuse('INVALID_PARAM', 'units is invalid: either ids, or under with level and name.')
  }
  const terms = await termsOf(context, request)
  if (ids !== undefined) {
    const unique = [...new Set(ids)]
    const total = itemsOf(unique.length, terms)
    const rootId = await commonUnit(context, asker, unique)
    return { terms, selection: { kind: 'units', ids: unique }, total, rootId }
  }
  if (under === undefined) throw new Error('A checked request has neither units nor a filter.')
  const root = await admitBelow(context, asker, under, wish)
  const selection = { kind: 'below', under: root.id, level, name } as const
  const units = await countUnits(context, selection, Math.floor(changeItemsMax / terms.skillIds.length))
  if (units === 0) throw refuse('INVALID_PARAM', 'units is invalid: no unit fits.')
  return { terms, selection, total: itemsOf(units, terms), rootId: root.id }
}

async function termsOf(context: Context, request: ChangeRequest): Promise<ChangeTerms> {
  const { action, stage, partition } = request
  if (action === 'disable' && partition !== undefined)
    throw refuse('INVALID_PARAM', 'partition is invalid: only what is enabled has one.')
  if (action === 'enable' && stage === 'certification')
    throw refuse('INVALID_PARAM', 'stage is invalid: a skill is enabled in development or live.')
  const skillIds = new Set<SkillId>()
  for (const id of request.skillIds) {
    const skill = await findSkill(context, id)
    if (skill === undefined)
      throw refuse('INVALID_PARAM', `skillIds is invalid: the skill ${id} can't be found.`, {
        reason: 'skill',
      })
    skillIds.add(skill.id)
  }
  return { action, skillIds: [...skillIds], stage, partition }
}

function itemsOf(units: number, { skillIds }: ChangeTerms): number {
  const items = units * skillIds.length
  if (items > changeItemsMax) throw tooMany()
  return items
}

function tooMany(): Refusal {
  return refuse(
    'INVALID_PARAM',
    `units is invalid: a change has at most ${changeItemsMax} units times skills.`,
  )
}

async function countUnits(
  context: Context,
  selection: Extract<Selection, { kind: 'below' }>,
  unitsMax: number,
): Promise<number> {
  let count = 0
  let position: string | undefined = ''
  for (let looks = 0; position !== undefined; looks += unitsPerLook) {
    if (looks > unitsLookedAtMax)
      throw refuse(
        'INVALID_PARAM',
        `units is invalid: there are more than ${unitsLookedAtMax} units to look at.`,
      )
    const page: Awaited<ReturnType<typeof selectUnits>> = await selectUnits(context, selection, position)
    count += page.found.length
    if (count > unitsMax) throw tooMany()
    position = page.position
    await nextTurn()
  }
  return count
}

/** Returns the lowest unit above all those that the asker may read. */
async function commonUnit(
  context: Context,
  asker: Asker,
  ids: readonly UnitId[],
): Promise<UnitId | undefined> {
  const attempt =
    asker.kind === 'operator'
      ? undefined
      : {
          principal: asker.principal,
          held: await admitPrincipal(context, asker.principal),
          operation: 'read_rooms' as const,
        }
  let common: readonly UnitId[] | undefined
  for (let start = 0; start < ids.length; start += unitsPerLook) {
    for (const unit of await context.storage.catalog.findUnits(ids.slice(start, start + unitsPerLook))) {
      const seen = attempt && (await admit(context, attempt, unit.id, unit))
      if (!(seen instanceof Refusal)) common = commonPath(common, unit)
    }
    await nextTurn()
  }
  return common?.at(-1)
}
