/** What is enabled for a unit, as text. */

import type { CellSkills } from '../../model/ports/room-storage.ts'
import { type Cell, cellOf } from '../../model/rooms/cell.ts'
import type { Ids } from '../ids/ids.ts'

/** The rule `cellOf` of the model in SQL; the conformance tests compare the two. `n` is `!` or `E`. `e`: the enablement. */
export function markOf(now: string): string {
  return `case when e.link_name is not null and e.is_linked = 0 then 'w'
    when e.enabled_from is null or e.enabled_from > ${now} then 'e'
    when e.is_linked = 1 then 'E' else 'n' end`
}

/** Selects the enablements of the unit `u` as one text: the mark and the number of each skill, with commas between. */
export function marksOfUnit(now: string, condition = ''): string {
  return `(select string_agg(${markOf(now)} || cast(e.skill as text), ',')
    from enablements e where e.unit = u.number ${condition})`
}

const off: Cell = '.'
const notLinked = cellOf({ enabledFrom: 0, isLinked: false, linkName: undefined }, true, 0)
const comma = ','.charCodeAt(0)
const zero = '0'.charCodeAt(0)

/** Returns a function that makes cells of marks. The numbers of the skills are in memory. */
export function cellReader(ids: Ids, { skills }: CellSkills): (marks: string | null) => string {
  const placeOf = new Map<number, number>()
  for (const [place, { id }] of skills.entries()) {
    const number = ids.numberOf(id)
    if (number !== undefined) placeOf.set(number, place)
  }
  const unlinked = skills.map(({ hasAccountLinking }) => (hasAccountLinking ? notLinked : 'E').charCodeAt(0))
  const marked = 'n'.charCodeAt(0)
  const cells = Buffer.alloc(skills.length)
  return (marks) => {
    cells.fill(off)
    for (let at = 0; marks !== null && at < marks.length; at++) {
      const mark = marks.charCodeAt(at)
      let number = 0
      for (at++; at < marks.length && marks.charCodeAt(at) !== comma; at++)
        number = number * 10 + marks.charCodeAt(at) - zero
      const place = placeOf.get(number)
      if (place !== undefined) cells[place] = mark === marked ? (unlinked[place] ?? mark) : mark
    }
    return cells.toString('latin1')
  }
}
