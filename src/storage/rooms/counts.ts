/** Counts what is enabled for many units: each statement reads a slice of a range. */
import type { CellCounts, RoomCounts, RoomStorage } from '../../model/ports/room-storage.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { type Driver, named, placeholders, statement } from '../engine/driver.ts'
import { integer, rowReader, text } from '../engine/row-reader.ts'
import type { Ids } from '../ids/ids.ts'
import { numbersIn } from '../ids/path.ts'
import { markOf } from './cells.ts'
import { partsOf, pathRange, storedPath, unitsInRange } from './range.ts'
import { turn } from './turn.ts'

const unitsPerSlice = 1000
/** The maximum number of skills that link accounts; a list is filled up to it, so that there is one text to prepare. */
const linkingMax = 200

type At = Readonly<Record<'from' | 'to' | 'limit', string>>
const slice = (at: At) => `(${unitsInRange(at)}) u`
/**
 * The part of a path behind that of the parent, whose length is a value: a slash, a digit that says how many digits follow the
 * first, and the number. Empty for the parent itself.
 */
const childOf = (value: string) => {
  const length = `cast(${value} as integer)`
  const digits = `cast(substr(u.path, ${length} + 2, 1) as integer) + 3`
  return `case when length(u.path) <= ${length} then '' else substr(u.path, ${length} + 1, ${digits}) end`
}
const enabling = (now: string) => `count(case when ${markOf(now)} in ('e', 'w') then 1 end) as enabling`
const unlinked = (now: string, more = '') =>
  `count(case when ${markOf(now)} = 'n' ${more} then 1 end) as unlinked`

const readUnits = rowReader({ child: text(), units: integer, last: text() }, (row) => row)
const selectUnits = named(
  ['from', 'to', 'limit', 'length'],
  (at) => `select child, count(*) as units, max(path) as last
    from (select path, ${childOf(at.length)} as child from ${slice(at)}) units group by child`,
)

const counted = { is_on: integer, enabling: integer, unlinked: integer }
const readSkill = rowReader({ skill: integer, ...counted }, (row) => row)
const selectBySkill = named(
  ['from', 'to', 'limit', 'now'],
  (at) => `select e.skill, count(*) as is_on, ${enabling(at.now)}, ${unlinked(at.now)}
    from ${slice(at)} join enablements e on e.unit = u.number group by e.skill`,
)
const readChild = rowReader({ child: text(), ...counted }, (row) => row)
const selectByChild = named(
  ['from', 'to', 'limit', 'now', 'length'],
  (at) => `select ${childOf(at.length)} as child, count(*) as is_on, ${enabling(at.now)},
      ${unlinked(at.now, `and e.skill in (${placeholders(6, linkingMax)})`)}
    from ${slice(at)} join enablements e on e.unit = u.number group by 1`,
)

export function countUnits(driver: Driver, ids: Ids): RoomStorage['count'] {
  return async (range, { parent, linking, now }) => {
    await ids.prepare([...linking, ...partsOf(parent.path)])
    const { length } = storedPath(ids, partsOf(parent.path))
    const at = { ...(await pathRange(ids, range)), limit: unitsPerSlice }
    const numbers = Array.from(
      { length: linkingMax },
      (_, index) => ids.numberOf(linking[index] ?? '') ?? null,
    )
    const byChild = selectByChild({ ...at, now, length })
    const units = (await turn(driver.read(selectUnits({ ...at, length })))).map(readUnits)
    const skills = (await turn(driver.read(selectBySkill({ ...at, now })))).map(readSkill)
    const children = (await turn(driver.read(statement(byChild.sql, ...byChild.values, ...numbers)))).map(
      readChild,
    )
    const total = units.reduce((sum, one) => sum + one.units, 0)
    const last = units
      .map((one) => one.last)
      .sort()
      .at(-1)
    const idOf = await ids.idsOf([
      ...skills.map(({ skill }) => skill),
      ...(last === undefined ? [] : numbersIn(last)),
      ...units.flatMap(({ child }) => numbersIn(child)),
    ])
    const isLinking = new Set(linking)
    const ofChild = new Map(children.map((row) => [row.child, row]))
    // The columns hold numbers of skills, and paths those of units.
    return {
      units: total,
      end:
        total < unitsPerSlice || last === undefined ? undefined : `/${numbersIn(last).map(idOf).join('/')}`,
      bySkill: skills.map((row) => {
        const skillId = idOf(row.skill) as SkillId
        return { skillId, ...countsOf(isLinking.has(skillId) ? row : { ...row, unlinked: 0 }) }
      }),
      byChild: units.flatMap(({ child, units }): RoomCounts['byChild'][number][] =>
        numbersIn(child).map((number) => ({
          unitId: idOf(number) as UnitId,
          units,
          ...countsOf(ofChild.get(child) ?? nothing),
        })),
      ),
    }
  }
}

const nothing = { is_on: 0, enabling: 0, unlinked: 0 }

function countsOf(row: typeof nothing): CellCounts {
  return { on: row.is_on, enabling: row.enabling, notLinked: row.unlinked }
}
