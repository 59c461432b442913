/**
 * The records of many units, read with few statements, each of which does a bounded amount of work: however many of
 * the units have no records, and however many records one of them has.
 */
import type { Enablement } from '../model/enablement.ts'
import type { EnablementStorage, ListPosition } from '../model/storage.ts'
import type { UnitId } from '../protocol/identifiers.ts'
import { type Driver, placeholders, statement, type Value } from './driver.ts'
import { enablementColumns, toEnablement } from './enablement-row.ts'

/** Units whose records one statement reads. */
const unitsPerRead = 11
/** Units of which one statement tells whether they have records. */
const unitsPerLook = 100

interface Asked {
  readonly unitId: UnitId
  readonly place: number
}

/** See `EnablementStorage.listOfUnits`. */
export function listOfUnits(driver: Driver): EnablementStorage['listOfUnits'] {
  return async (unitIds, after, limits) => {
    const asked = unitIds.map((unitId, place) => ({ unitId, place }))
    // Mostly the first units have records, and that is all. Where one has none, it is worth to look before reading.
    const first = asked.slice(0, Math.min(limits.units, unitsPerRead))
    const found = await readRecords(driver, first, after, limits.records)
    const isFull = () => found.length >= limits.units
    for (let start = first.length; start < asked.length && !isFull(); start += unitsPerLook) {
      const enabled = await withRecords(driver, asked.slice(start, start + unitsPerLook))
      for (let from = 0; from < enabled.length && !isFull(); from += unitsPerRead) {
        const some = enabled.slice(from, from + unitsPerRead)
        found.push(...(await readRecords(driver, some, undefined, limits.records)))
      }
    }
    return found.slice(0, limits.units)
  }
}

/** One index range for each unit, ended by its own limit. */
const selectRecords = Array.from(
  { length: unitsPerRead },
  (_, index) => `select * from (
    select ${index} as place, ${enablementColumns} from enablements
    where unit_id = $${index + 1} ${index === 0 ? `and (created_at, skill_id) > ($${unitsPerRead + 2}, $${unitsPerRead + 3})` : ''}
    order by created_at, skill_id limit $${unitsPerRead + 1}) as unit_${index}`,
).join(' union all ')

/** Of at most `unitsPerRead` units; those without records are left out. `after`: in the first of them. */
async function readRecords(
  driver: Driver,
  units: readonly Asked[],
  after: ListPosition | undefined,
  limit: number,
): Promise<{ place: number; enablements: Enablement[] }[]> {
  const records = units.map(({ place }) => ({ place, enablements: [] as Enablement[] }))
  const rows = await driver.read(
    statement(
      selectRecords,
      ...filledUp(units, unitsPerRead),
      limit,
      after?.createdAt ?? -1,
      after?.skillId ?? '',
    ),
  )
  for (const row of rows) records[Number(row.place)]?.enablements.push(toEnablement(row))
  return records.filter(({ enablements }) => enablements.length > 0)
}

const selectUnitsWithRecords = `select id from units where id in (${placeholders(1, unitsPerLook)})
  and exists (select 1 from enablements where unit_id = units.id)`

async function withRecords(driver: Driver, units: readonly Asked[]): Promise<Asked[]> {
  const rows = await driver.read(statement(selectUnitsWithRecords, ...filledUp(units, unitsPerLook)))
  const enabled = new Set(rows.map(({ id }) => id))
  return units.filter(({ unitId }) => enabled.has(unitId))
}

/** With nulls, which no unit equals, so that there is one text to prepare. */
function filledUp(units: readonly Asked[], count: number): Value[] {
  return Array.from({ length: count }, (_, index) => units[index]?.unitId ?? null)
}
