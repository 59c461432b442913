import type { Asker } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import type { CellCounts, RoomRange } from '../../model/ports/room-storage.ts'
import { countedUnitsMax, type Summary, type SummaryQuery } from '../../protocol/console/summary.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { unitView } from '../catalog/read-catalog.ts'
import { columnsOf } from './matrix-skills.ts'
import { childrenOf, rangesOf, type Visible, visibleIn } from './visible-ranges.ts'

/** The maximum number of counts of storage for one answer: one for each range, and for each 1,000 units of it. */
const countsMax = 100

/** Returns how often what is on in a unit and below it. Refuses as `readMatrix`. */
export async function readSummary(
  context: Context,
  asker: Asker,
  unitId: UnitId,
  query: SummaryQuery,
): Promise<Summary> {
  const visible = await visibleIn(context, asker, unitId)
  const children = await childrenOf(context, visible, query)
  const columns = await columnsOf(context, visible.unit, undefined)
  const linking = columns.skills.filter((skill) => skill.accountLinking !== undefined).map(({ id }) => id)
  const counted = await countAll(context, visible, linking)
  return {
    unit: unitView(visible.unit),
    units: counted.units,
    skills: columns.skills.map(({ id, name }) => ({ id, name, ...(counted.bySkill.get(id) ?? none) })),
    children: children.items.map((unit) => ({
      unit: unitView(unit),
      ...(counted.byChild.get(unit.id) ?? { units: 0, ...none }),
    })),
    ...(counted.isPartial && { isPartial: true as const }),
    paginationContext: children.paginationContext,
  }
}

type ChildCounts = CellCounts & { readonly units: number }

interface Counted {
  units: number
  isPartial: boolean
  readonly bySkill: Map<SkillId, CellCounts>
  readonly byChild: Map<UnitId, ChildCounts>
}

async function countAll(
  context: Context,
  { unit: parent, roots }: Visible,
  linking: readonly SkillId[],
): Promise<Counted> {
  const total: Counted = { units: 0, isPartial: false, bySkill: new Map(), byChild: new Map() }
  const of = { parent, linking, now: context.now() }
  const ranges: RoomRange[] = rangesOf(roots, '')
  for (let counts = 0; ranges.length > 0; counts++) {
    if (counts === countsMax || total.units >= countedUnitsMax) {
      total.isPartial = true
      break
    }
    const [range, ...rest] = ranges
    if (range === undefined) break
    const { units, end, bySkill, byChild } = await context.storage.rooms.count(range, of)
    total.units += units
    for (const { skillId, ...counts } of bySkill)
      total.bySkill.set(skillId, sumOf(counts, total.bySkill.get(skillId)))
    for (const { unitId, units, ...counts } of byChild) {
      const before = total.byChild.get(unitId)
      total.byChild.set(unitId, { units: units + (before?.units ?? 0), ...sumOf(counts, before) })
    }
    ranges.splice(0, ranges.length, ...(end === undefined ? [] : [{ ...range, after: end }]), ...rest)
  }
  return total
}

const none: CellCounts = { on: 0, enabling: 0, notLinked: 0 }

function sumOf(one: CellCounts, other: CellCounts = none): CellCounts {
  return {
    on: one.on + other.on,
    enabling: one.enabling + other.enabling,
    notLinked: one.notLinked + other.notLinked,
  }
}
