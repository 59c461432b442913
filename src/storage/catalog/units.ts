/** The tree of units as its clients change and list it. What a catalog puts there is the affair of catalog.ts. */
import type { Recorded } from '../../model/operations-log.ts'
import type { NewUnit, UnitStorage } from '../../model/ports/unit-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { subscriptionNeededMessage } from '../../model/subscription.ts'
import { levelsMax, levelsMessage, type Unit } from '../../model/unit.ts'
import type { Country, Solution } from '../../protocol/catalog.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { type Driver, findIn, type Step, type Steps, statement } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import { discardLinksOfOrganization } from '../links/many-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import type { SubscriptionStorage } from './subscriptions.ts'

export const readUnit = rowReader(
  {
    id: text<UnitId>(),
    organization_id: text<UnitId>(),
    parent_id: nullable(text<UnitId>()),
    level: integer,
    path: text(),
    name: text(),
    solution: text<Solution>(),
    country: text<Country>(),
    requires_subscription: nullable(integer),
  },
  (row): Unit => ({
    id: row.id,
    organizationId: row.organization_id,
    parentId: row.parent_id ?? undefined,
    level: row.level,
    path: row.path,
    name: row.name,
    solution: row.solution,
    country: row.country,
    requiresSubscription: row.requires_subscription === 1,
  }),
)

const ofOrganization = ['solution', 'country', 'requires_subscription']
const ofUnit = readUnit.columns.split(', ').filter((column) => !ofOrganization.includes(column))

/** Selects units with the columns of their organizations. An organization is the unit of level 0. */
export const selectUnit = `select ${ofUnit.map((column) => `u.${column}`).join(', ')},
    ${ofOrganization.map((column) => `o.${column}`).join(', ')}
  from units u join units o on o.id = u.organization_id`

const lookUpOfOrganization = ofOrganization.map(
  (column) => `(select o.${column} from units o where o.id = units.organization_id) as ${column}`,
)

/** Selects the same for one unit, in the form that a driver can combine with the look-ups of other requests. */
export const findUnit = findIn({
  table: 'units',
  columns: [...ofUnit, ...lookUpOfOrganization].join(', '),
  key: { id: 'text' },
})

export function unitStorage(driver: Driver, record: Recorder): Omit<UnitStorage, keyof SubscriptionStorage> {
  return {
    async listLevel({ below, level, after }, limit) {
      // A slash stands between the IDs of a path, and 0 comes next to it.
      const start = after > `${below}/` ? after : `${below}/`
      const rows = await driver.read(
        statement(
          `${selectUnit} where u.level = $1 and u.path > $2 and u.path < $3 order by u.path limit $4`,
          level,
          start,
          `${below}0`,
          limit,
        ),
      )
      return rows.map(readUnit)
    },
    addUnit: (unit, change) => driver.write(() => addUnit(unit, record(change)), unit.id),
    renameUnit: (id, name, change) =>
      driver.write(function* () {
        const renamed = yield statement(
          'update units set name = $1 where id = $2 and parent_id is not null returning id',
          name,
          id,
        )
        if (renamed.length === 0) return false
        yield record(change)
        return true
      }, id),
    removeUnit: (id, change) => driver.write(() => removeUnit(id, change, record, driver.lockRows)),
  }
}

/** One statement decides, by the parent as it is when it runs. */
function* addUnit({ id, parentId, propertyId, name }: NewUnit, entry: Step): Steps<void> {
  const added = yield statement(
    `insert into units (id, organization_id, parent_id, level, path, name)
     select cast($1 as text), p.organization_id, p.id, p.level + 1, p.path || '/' || cast($1 as text), cast($2 as text)
     from units p join units o on o.id = p.organization_id
     where p.id = $3 and p.level < ${levelsMax} and (
       p.level = 0 or o.requires_subscription is null
       or exists (select 1 from units where id = $4 and subscription_id is not null))
     returning id`,
    id,
    name,
    parentId,
    propertyId ?? null,
  )
  if (added.length === 0) {
    const [parent] = yield statement('select level from units where id = $1', parentId)
    if (!parent) throw refuse('NOT_FOUND', `The unit ${parentId} can't be found.`, { reason: 'unit' })
    if (parent.level === levelsMax) throw refuse('INVALID_PARAM', levelsMessage)
    throw refuse('INVALID_PARAM', subscriptionNeededMessage(propertyId ?? parentId), {
      reason: 'subscription',
    })
  }
  yield entry
}

/** Reads what the removal of a unit needs. */
const readTenancy = rowReader({ parent_id: nullable(text()), subscription_id: nullable(text()) }, (row) => ({
  parentId: row.parent_id,
  subscription: row.subscription_id ?? '',
}))

/** With the row locked, nothing more comes below the unit or is enabled for it: either would refer to the row. */
function* removeUnit(id: UnitId, change: Recorded, record: Recorder, lockRows: string): Steps<boolean> {
  const [row] = yield statement(`select ${readTenancy.columns} from units where id = $1 ${lockRows}`, id)
  if (!row) return false
  const { parentId, subscription } = readTenancy(row)
  const [child] = yield statement('select id from units where parent_id = $1 limit 1', id)
  if (child) throw refuse('INVALID_PARAM', `${id} still has units below it, such as ${child.id}.`)
  const [enabled] = yield statement(
    'select skill_id from enablements where unit_id = $1 and skill_id <> $2 limit 1',
    id,
    subscription,
  )
  if (enabled) throw refuse('INVALID_PARAM', `${enabled.skill_id} is still enabled for ${id}.`)
  yield statement('delete from enablements where unit_id = $1 and skill_id = $2', id, subscription)
  yield statement('delete from units where id = $1', id)
  if (parentId === null) {
    yield discardLinksOfOrganization({ organizationId: id, now: change.stamp.now })
  }
  yield record(change)
  return true
}
