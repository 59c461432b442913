/**
 * The records of a unit, and of many units: with few statements, each of which does a bounded amount of work, however
 * many of the units have no records, and however many records one of them has.
 */
import type { Enablement } from '../../model/enablement.ts'
import { whenReady } from '../../model/maybe-promise.ts'
import type { EnablementStorage } from '../../model/ports/storage.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { type Driver, named, placeholders, statement } from '../engine/driver.ts'
import { readEnablement } from './enablement-row.ts'

/** Units whose records are read at the same time. */
const unitsAtOnce = 11
/** Units of which one statement tells whether they have records. */
const unitsPerLook = 100

const pageOf = named(
  ['unitId', 'createdAt', 'skillId', 'limit'],
  (at) => `select ${readEnablement.columns} from enablements
    where unit_id = ${at.unitId} and (created_at, skill_id) > (${at.createdAt}, ${at.skillId})
    order by created_at, skill_id limit ${at.limit}`,
)

/** See `EnablementStorage.list`. */
export function listOfUnit(driver: Driver): EnablementStorage['list'] {
  return (unitId, after, limit) => {
    const rows = driver.read(
      pageOf({ unitId, createdAt: after?.createdAt ?? -1, skillId: after?.skillId ?? '', limit }),
    )
    return whenReady(rows, (found) => found.map(readEnablement))
  }
}

interface Asked {
  readonly unitId: UnitId
  readonly place: number
}

/** See `EnablementStorage.listOfUnits`. */
export function listOfUnits(driver: Driver): EnablementStorage['listOfUnits'] {
  const list = listOfUnit(driver)
  return async (unitIds, after, limits) => {
    const found: { place: number; enablements: Enablement[] }[] = []
    const isFull = () => found.length >= limits.units
    const read = async ({ unitId, place }: Asked) => ({
      place,
      enablements: await list(unitId, place === 0 ? after : undefined, limits.records),
    })
    const readSome = async (units: readonly Asked[]) =>
      found.push(...(await Promise.all(units.map(read))).filter(({ enablements }) => enablements.length > 0))

    const asked = unitIds.map((unitId, place) => ({ unitId, place }))
    // Mostly the first units have records, and that is all. Where one has none, it is worth to look before reading.
    const first = asked.slice(0, Math.min(limits.units, unitsAtOnce))
    await readSome(first)
    for (let start = first.length; start < asked.length && !isFull(); start += unitsPerLook) {
      const enabled = await withRecords(driver, asked.slice(start, start + unitsPerLook))
      for (let from = 0; from < enabled.length && !isFull(); from += unitsAtOnce)
        await readSome(enabled.slice(from, from + unitsAtOnce))
    }
    return found.slice(0, limits.units)
  }
}

const selectUnitsWithRecords = `select id from units where id in (${placeholders(1, unitsPerLook)})
  and exists (select 1 from enablements where unit_id = units.id)`

async function withRecords(driver: Driver, units: readonly Asked[]): Promise<Asked[]> {
  // With nulls, which no unit equals, so that there is one text to prepare.
  const ids = Array.from({ length: unitsPerLook }, (_, index) => units[index]?.unitId ?? null)
  const rows = await driver.read(statement(selectUnitsWithRecords, ...ids))
  const enabled = new Set(rows.map(({ id }) => id))
  return units.filter(({ unitId }) => enabled.has(unitId))
}
