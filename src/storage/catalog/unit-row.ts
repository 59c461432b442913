/** Units as rows. A path in storage is made of numbers, and a path of the model of IDs. */
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Unit } from '../../model/unit.ts'
import type { Country, Solution } from '../../protocol/catalog.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { findIn, insertInto, named, type Row, type Statement } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import type { Ids } from '../ids/ids.ts'
import { numbersIn, pathEnd } from '../ids/path.ts'

const readRow = rowReader(
  {
    id: text<UnitId>(),
    number: integer,
    level: integer,
    path: text(),
    name: text(),
    solution: text<Solution>(),
    country: text<Country>(),
    requires_subscription: nullable(integer),
  },
  (row) => row,
)

/** The columns of `unitsIn`. */
export const unitColumns =
  'i.id, u.number, u.level, u.path, u.name, o.solution, o.country, o.requires_subscription'
/** Each unit with its organization, which is the unit of level 0. */
export const unitsFrom = 'ids i join units u on u.number = i.number join units o on o.number = u.organization'

/** Selects units as `u`. */
export const selectUnit = `select ${unitColumns} from ${unitsFrom}`

export const findUnit = findIn({
  from: unitsFrom,
  columns: unitColumns,
  key: { id: 'text' },
  at: { id: 'i.id' },
})

/** Makes units of rows, whose numbers stay in memory. */
export function unitsIn(ids: Ids, found: readonly Row[]): MaybePromise<Unit[]> {
  const rows = found.map((row) => {
    const read = readRow(row)
    ids.learn(read.id, read.number)
    return { ...read, ancestors: numbersIn(read.path).slice(0, -1) }
  })
  return whenReady(ids.idsOf(rows.flatMap(({ ancestors }) => ancestors)), (idOf) =>
    rows.map((row): Unit => {
      // Paths are made of unit IDs.
      const above = row.ancestors.map((number) => idOf(number) as UnitId)
      return {
        id: row.id,
        organizationId: above[0] ?? row.id,
        parentId: above.at(-1),
        level: row.level,
        path: `/${[...above, row.id].join('/')}`,
        name: row.name,
        solution: row.solution,
        country: row.country,
        requiresSubscription: row.requires_subscription === 1,
      }
    }),
  )
}

const insertUnit = insertInto({
  table: 'units',
  columns: {
    number: 'integer',
    organization: 'integer',
    parent: 'integer',
    level: 'integer',
    path: 'text',
    name: 'text',
    solution: 'text',
    country: 'text',
    requires_subscription: 'integer',
  },
  key: ['number'],
  onConflict: `on conflict (number) do update set name = excluded.name, solution = excluded.solution,
    country = excluded.country, requires_subscription = excluded.requires_subscription
    where units.parent is not distinct from excluded.parent`,
  returning: 'number',
})

/** Returns no row for a unit that exists below another parent. `parentPath`: the path in storage, empty for an organization. */
export function unitStatement(unit: Unit, number: number, parentPath: string): Statement {
  const isOrganization = unit.parentId === undefined
  const above = numbersIn(parentPath)
  return insertUnit({
    number,
    organization: above[0] ?? number,
    parent: above.at(-1) ?? null,
    level: unit.level,
    path: `${parentPath}${pathEnd(number)}`,
    name: unit.name,
    solution: isOrganization ? unit.solution : null,
    country: isOrganization ? unit.country : null,
    requires_subscription: isOrganization && unit.requiresSubscription ? 1 : null,
  })
}

export const readPlace = rowReader({ id: text(), path: text() }, (row) => row)

/** Finds the path of a unit in storage. */
export const findPlace = named(
  ['id'],
  (at) => `select i.id, u.path from ids i join units u on u.number = i.number where i.id = ${at.id}`,
)
