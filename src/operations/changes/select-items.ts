/** The items of a change, a page at a time: those that it names, those that fit a filter, or some of another change and those that it left unnoted. */
import { type ChangeTerms, hasInName, type Selection } from '../../model/changes/change.ts'
import type { Context } from '../../model/ports/context.ts'
import type { NewItem } from '../../model/ports/storage.ts'
import { levelsMax, type Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'

/** The most items of a page. */
export const itemsPerPage = 500
/** The most units that one page of a filter looks at. */
const unitsPerPage = 1000

/** Before a position among the items that another change left unnoted. */
const unnotedMark = 'unnoted '

/** A page. `position`: where the next one begins; `undefined` for the last one. */
export interface Selected<Found> {
  readonly found: readonly Found[]
  readonly position: string | undefined
}

/** Returns the items from a position on, which is empty at the start. */
export async function selectItems(
  context: Context,
  { skillIds }: Pick<ChangeTerms, 'skillIds'>,
  selection: Selection,
  position: string,
): Promise<Selected<NewItem>> {
  const unitsMax = Math.max(1, Math.floor(itemsPerPage / skillIds.length))
  const itemsOf = (unitIds: readonly UnitId[]) =>
    unitIds.flatMap((unitId) => skillIds.map((skillId) => ({ unitId, skillId, plan: undefined })))
  switch (selection.kind) {
    case 'units': {
      const start = Number(position)
      const end = start + unitsMax
      const next = end < selection.ids.length ? String(end) : undefined
      const ids = selection.ids.slice(start, end)
      return { found: itemsOf(ids), position: next }
    }
    case 'below': {
      const { found, position: next } = await selectUnits(context, selection, position, unitsMax)
      return { found: itemsOf(found.map(({ id }) => id)), position: next }
    }
    case 'items': {
      const { unnoted } = selection
      if (unnoted === undefined) return selectOfOther(context, selection, position)
      if (!position.startsWith(unnotedMark)) {
        const page = await selectOfOther(context, selection, position)
        return page.position === undefined ? { ...page, position: unnotedMark + unnoted.position } : page
      }
      const from = position.slice(unnotedMark.length)
      const page = await selectItems(context, { skillIds }, unnoted.selection, from)
      return page.position === undefined ? page : { ...page, position: unnotedMark + page.position }
    }
  }
}

async function selectOfOther(
  { storage }: Context,
  { of, outcomes, isUndo }: Extract<Selection, { kind: 'items' }>,
  position: string,
): Promise<Selected<NewItem>> {
  const which = { from: Number(position), outcomes, limit: itemsPerPage }
  const items = await storage.changes.listItems(of, which)
  const last = items.at(-1)
  return {
    found: items.map(({ unitId, skillId, plan }) => ({
      unitId,
      skillId,
      plan: isUndo && plan !== undefined ? { before: plan.after, after: plan.before } : plan,
    })),
    position: last === undefined || items.length < itemsPerPage ? undefined : String(last.place + 1),
  }
}

/** Returns at most `unitsMax` units that fit a filter, those of high levels first. A page may have few, or none. */
export async function selectUnits(
  { storage }: Context,
  { under, level: onlyLevel, name }: Extract<Selection, { kind: 'below' }>,
  position: string,
  unitsMax = unitsPerPage,
): Promise<Selected<Unit>> {
  const root = await storage.catalog.findUnit(under)
  if (root === undefined) return { found: [], position: undefined }
  const start = position === '' ? [Math.max(onlyLevel ?? 0, root.level), ''] : JSON.parse(position)
  let [level, after]: [number, string] = start
  const lastLevel = onlyLevel ?? levelsMax
  const found: Unit[] = []
  let looks = 0
  while (level <= lastLevel) {
    const limit = name === undefined ? unitsMax - found.length : unitsPerPage
    const units =
      level === root.level
        ? [root]
        : await storage.catalog.listLevel({ below: root.path, level, after }, limit)
    looks += units.length
    for (const unit of units) {
      if (name === undefined || hasInName(unit.name, name)) found.push(unit)
      after = unit.path
      if (found.length >= unitsMax) break
    }
    const isWholeLevel = found.length < unitsMax && units.length < limit
    if (isWholeLevel || level === root.level) {
      level += 1
      after = ''
    }
    if (level <= lastLevel && (found.length >= unitsMax || looks >= unitsPerPage)) {
      return { found, position: JSON.stringify([level, after]) }
    }
  }
  return { found, position: undefined }
}
