/** Reads of many units with what is enabled for them: few statements, each with a bounded amount of work. */
import type { RoomStorage } from '../../model/ports/room-storage.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { unitColumns, unitsFrom, unitsIn } from '../catalog/unit-row.ts'
import { type Driver, named, placeholders, type Statement, statement, type Value } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import type { Ids } from '../ids/ids.ts'
import { cellReader, marksOfUnit } from './cells.ts'
import { pathRange, unitsInRange } from './range.ts'
import { turn } from './turn.ts'

/** The maximum number of skills; a list is filled up to it, so that there is one text to prepare. */
const skillsMax = 200

const inRange = (more: (at: Readonly<Record<'now', string>>) => string) =>
  named(
    ['from', 'to', 'limit', 'now'],
    (at) => `select ${unitColumns}${more(at)} from ${unitsFrom}
      where u.number in (select number from (${unitsInRange(at)}) found) order by u.path`,
  )

const selectUnits = named(
  ['from', 'to', 'limit'],
  (at) => `select ${unitColumns} from ${unitsFrom}
    where u.number in (select number from (${unitsInRange(at)}) found) order by u.path`,
)
const noTime = ', null as changed_at'
/** Entries sort by time, and the index has them by unit. */
const newestTime =
  ', (select at from operations_log l where l.unit = u.number order by l.id desc, l.place desc limit 1) as changed_at'
/** The index of enablements is not used for the skills: a unit has few. */
const chosen = `and +e.skill in (${placeholders(5, skillsMax)})`
const rowsWith = (condition: string, time: string) =>
  inRange((at) => `, ${marksOfUnit(at.now, condition)} as marks${time}`)
const selects = {
  all: { plain: rowsWith('', noTime), timed: rowsWith('', newestTime) },
  chosen: { plain: rowsWith(chosen, noTime), timed: rowsWith(chosen, newestTime) },
}

const readName = rowReader({ id: text<SkillId>(), name: text() }, (row) => row)
const readMarks = rowReader({ marks: nullable(text()), changed_at: nullable(integer) }, (row) => row)

export function roomStorage(driver: Driver, ids: Ids): RoomStorage {
  return {
    async listSkillNames(limit) {
      const rows = await driver.read(
        statement(`select ${readName.columns} from skills order by id limit $1`, limit),
      )
      return rows.map(readName)
    },
    async listUnits(range, limit) {
      const rows = await turn(driver.read(selectUnits({ ...(await pathRange(ids, range)), limit })))
      return unitsIn(ids, rows)
    },
    async listRows(range, skills, { now, limit, hasTimes }) {
      await ids.prepare(skills.skills.map(({ id }) => id))
      const cells = cellReader(ids, skills)
      const asked = { ...(await pathRange(ids, range)), now, limit }
      const numbers = skills.skills.map(({ id }) => ids.numberOf(id) ?? null)
      const select = selects[skills.areAll ? 'all' : 'chosen'][hasTimes ? 'timed' : 'plain']
      const query = skills.areAll ? select(asked) : ofSkills(select(asked), numbers)
      const rows = await turn(driver.read(query))
      const units = await unitsIn(ids, rows)
      return units.map((unit, index) => {
        const { marks, changed_at: changedAt } = readMarks(rows[index] ?? {})
        return { unit, cells: cells(marks), changedAt: changedAt ?? undefined }
      })
    },
  }
}

function ofSkills({ sql, values }: Statement, numbers: readonly Value[]): Statement {
  const filled = Array.from({ length: skillsMax }, (_, index) => numbers[index] ?? null)
  return statement(sql, ...values, ...filled)
}
