/**
 * The records of a unit, and of many units. It takes few statements, each with a bounded amount of work, however many units
 * have no records and however many records a unit has.
 */
import type { Enablement } from '../../model/enablement.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { EnablementStorage } from '../../model/ports/storage.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { type Driver, named, placeholders, type Row, statement } from '../engine/driver.ts'
import { type Ids, numberIn } from '../ids/ids.ts'
import { enablementOf, readEnablement } from './enablement-row.ts'

/** Units whose records are read at the same time. */
const unitsAtOnce = 11
/** Units that one statement checks for records. */
const unitsPerLook = 100

/** `unit`: the SQL for the number of the unit. An unknown skill in the position sorts before all others. */
const pageOf = (unit: (at: string) => string) =>
  named(
    ['unit', 'createdAt', 'skillId', 'limit'],
    (at) => `select ${readEnablement.columns} from enablements
      where unit = ${unit(at.unit)} and (created_at, skill) > (${at.createdAt}, coalesce(${numberIn(at.skillId)}, 0))
      order by created_at, skill limit ${at.limit}`,
  )
const pageByNumber = pageOf((at) => at)
/** The same for a unit whose number is not in memory. */
const pageById = pageOf(numberIn)

/** See `EnablementStorage.list`. */
export function listOfUnit(driver: Driver, ids: Ids): EnablementStorage['list'] {
  return (unitId, after, limit) => {
    const number = ids.numberOf(unitId)
    const place = { createdAt: after?.createdAt ?? -1, skillId: after?.skillId ?? '', limit }
    const query =
      number === undefined ? pageById({ ...place, unit: unitId }) : pageByNumber({ ...place, unit: number })
    return whenReady(driver.read(query), (found) => enablementsOf(ids, unitId, found))
  }
}

/** Makes enablements of the rows of a unit. */
function enablementsOf(ids: Ids, unitId: UnitId, found: readonly Row[]): MaybePromise<Enablement[]> {
  const rows = found.map(readEnablement)
  return whenReady(ids.idsOf(rows.flatMap(({ skill, organization }) => [skill, organization])), (idOf) =>
    rows.map((row) => {
      // The columns hold numbers of skills and organizations only.
      const skillId = idOf(row.skill) as SkillId
      const organizationId = idOf(row.organization) as UnitId
      return enablementOf(row, { unitId, skillId, organizationId })
    }),
  )
}

interface Asked {
  readonly unitId: UnitId
  readonly place: number
}

/** See `EnablementStorage.listOfUnits`. */
export function listOfUnits(driver: Driver, ids: Ids): EnablementStorage['listOfUnits'] {
  const list = listOfUnit(driver, ids)
  return async (unitIds, after, limits) => {
    const found: { place: number; enablements: Enablement[] }[] = []
    const isFull = () => found.length >= limits.units
    const read = async ({ unitId, place }: Asked) => ({
      place,
      enablements: await list(unitId, place === 0 ? after : undefined, limits.records),
    })
    const readSome = async (units: readonly Asked[]) =>
      found.push(...(await Promise.all(units.map(read))).filter(({ enablements }) => enablements.length > 0))

    await ids.prepare(unitIds)
    const asked = unitIds.map((unitId, place) => ({ unitId, place }))
    // Mostly the first units have records, and no more is needed. Otherwise check which units have records before reading them.
    const first = asked.slice(0, Math.min(limits.units, unitsAtOnce))
    await readSome(first)
    for (let start = first.length; start < asked.length && !isFull(); start += unitsPerLook) {
      const enabled = await withRecords(driver, ids, asked.slice(start, start + unitsPerLook))
      for (let from = 0; from < enabled.length && !isFull(); from += unitsAtOnce)
        await readSome(enabled.slice(from, from + unitsAtOnce))
    }
    return found.slice(0, limits.units)
  }
}

const selectUnitsWithRecords = `select number from units where number in (${placeholders(1, unitsPerLook)})
  and exists (select 1 from enablements where unit = units.number)`

async function withRecords(driver: Driver, ids: Ids, units: readonly Asked[]): Promise<Asked[]> {
  // With nulls, which no number equals, so that there is one text to prepare.
  const numbers = Array.from({ length: unitsPerLook }, (_, index) => numberOf(ids, units[index]) ?? null)
  const rows = await driver.read(statement(selectUnitsWithRecords, ...numbers))
  const enabled = new Set(rows.map(({ number }) => number))
  return units.filter((unit) => enabled.has(numberOf(ids, unit)))
}

function numberOf(ids: Ids, unit: Asked | undefined): number | undefined {
  return unit && ids.numberOf(unit.unitId)
}
