import type { Asker } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import type { RoomRow } from '../../model/ports/room-storage.ts'
import { idsInPath } from '../../model/unit.ts'
import { countedUnitsMax, type Summary, type SummaryQuery } from '../../protocol/console/summary.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { unitView } from '../catalog/read-catalog.ts'
import { cellSkills, columnsOf } from './matrix-skills.ts'
import { childrenOf, rangesOf, type Visible, visibleIn } from './visible-ranges.ts'

const rowsPerRead = 1000
/** The maximum number of reads for one answer: one for each range, and for each 1,000 units of it. */
const readsMax = 100

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
  const bySkill = columns.skills.map((skill) => ({ skill, counts: new Counts() }))
  const byChild = new Map<UnitId, Counts>()
  let units = 0
  const add = ({ unit, cells }: RoomRow) => {
    units += 1
    const childId = idsInPath(unit)[visible.unit.level + 1]
    const child = (childId && byChild.get(childId)) ?? new Counts()
    if (childId !== undefined) byChild.set(childId, child)
    child.units += 1
    for (const [place, { counts }] of bySkill.entries()) {
      counts.add(cells[place])
      child.add(cells[place])
    }
  }
  const isWhole = await readRows(context, visible, cellSkills(columns, false), add)
  return {
    unit: unitView(visible.unit),
    units,
    skills: bySkill.map(({ skill: { id, name }, counts }) => ({ id, name, ...counts.cells() })),
    children: children.items.map((unit) => {
      const counts = byChild.get(unit.id) ?? new Counts()
      return { unit: unitView(unit), units: counts.units, ...counts.cells() }
    }),
    ...(!isWhole && { isPartial: true as const }),
    paginationContext: children.paginationContext,
  }
}

/** Returns whether these were all rows. */
async function readRows(
  context: Context,
  { roots }: Visible,
  skills: ReturnType<typeof cellSkills>,
  add: (row: RoomRow) => void,
): Promise<boolean> {
  const now = context.now()
  let [reads, rows] = [0, 0]
  for (const range of rangesOf(roots, '')) {
    let { after } = range
    for (;;) {
      if (reads === readsMax || rows >= countedUnitsMax) return false
      const found = await context.storage.rooms.listRows({ ...range, after }, skills, {
        now,
        limit: rowsPerRead,
      })
      for (const row of found) add(row)
      reads += 1
      rows += found.length
      const last = found.at(-1)
      if (found.length < rowsPerRead || last === undefined) break
      after = last.unit.path
    }
  }
  return true
}

/** How often something is on. */
class Counts {
  units = 0
  #on = 0
  #enabling = 0
  #notLinked = 0

  add(cell: string | undefined): void {
    if (cell === undefined || cell === '.') return
    this.#on += 1
    if (cell === 'e' || cell === 'w') this.#enabling += 1
    else if (cell === '!') this.#notLinked += 1
  }

  cells() {
    return { on: this.#on, enabling: this.#enabling, notLinked: this.#notLinked }
  }
}
