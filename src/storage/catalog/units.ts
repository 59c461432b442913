/** The tree of units as its clients change and list it. What a catalog puts there is in catalog.ts. */
import type { Recorded } from '../../model/operations-log.ts'
import type { LevelRange, NewUnit, UnitStorage } from '../../model/ports/unit-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { subscriptionNeededMessage } from '../../model/subscription.ts'
import { levelsMax, levelsMessage, type Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { type Driver, type Steps, statement } from '../engine/driver.ts'
import { integer, nullable, rowReader } from '../engine/row-reader.ts'
import { type Ids, numberIn } from '../ids/ids.ts'
import { pathEnd } from '../ids/path.ts'
import { discardLinksOfOrganization } from '../links/many-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import { assignStatement, removeAllOn } from '../roles/assignment-row.ts'
import type { SubscriptionStorage } from './subscriptions.ts'
import { selectUnit, unitsIn } from './unit-row.ts'

export function unitStorage(
  driver: Driver,
  record: Recorder,
  ids: Ids,
): Omit<UnitStorage, keyof SubscriptionStorage> {
  return {
    listLevel: (range, limit) => listLevel(driver, ids, range, limit),
    addUnit: (unit, change) => driver.write(() => addUnit(unit, change, record, ids), unit.id),
    renameUnit: (id, name, change) =>
      driver.write(function* () {
        const renamed = yield statement(
          `update units set name = $1 where number = ${numberIn('$2')} and parent is not null returning number`,
          name,
          id,
        )
        if (renamed.length === 0) return false
        yield* record(change)
        return true
      }, id),
    removeUnit: (id, change) => driver.write(() => removeUnit(id, change, record, driver.lockRows)),
  }
}

async function listLevel(
  driver: Driver,
  ids: Ids,
  { below, level, after }: LevelRange,
  limit: number,
): Promise<Unit[]> {
  const start = after.startsWith(`${below}/`) ? after : below
  const parts = start.split('/').slice(1)
  await ids.prepare(parts)
  const range = pathOf(ids, below.split('/').slice(1))
  // The ID of a page token may be that of a unit that is gone; its number is not.
  const from = start === below ? `${range}/` : pathOf(ids, parts)
  const rows = await driver.read(
    statement(
      `${selectUnit} where u.level = $1 and u.path > $2 and u.path < $3 order by u.path limit $4`,
      level,
      from,
      `${range}0`,
      limit,
    ),
  )
  return unitsIn(ids, rows)
}

/** Returns the path in storage. An unknown ID has number 0, so nothing is below it. */
function pathOf(ids: Ids, parts: readonly string[]): string {
  return parts.map((id) => pathEnd(ids.numberOf(id) ?? 0)).join('')
}

/** One statement decides, by the parent as it is when it runs. */
function* addUnit(
  { id, parentId, propertyId, name, level, creator }: NewUnit,
  change: Recorded,
  record: Recorder,
  ids: Ids,
): Steps<void> {
  const number = (yield* ids.take([id]))(id)
  const added = yield statement(
    `insert into units (number, organization, parent, level, path, name)
     select cast($1 as integer), p.organization, p.number, p.level + 1, p.path || cast($2 as text), cast($3 as text)
     from ids i join units p on p.number = i.number join units o on o.number = p.organization
     where i.id = $4 and p.level < ${levelsMax} and (
       p.level = 0 or o.requires_subscription is null
       or exists (select 1 from units where number = ${numberIn('$5')} and subscription is not null))
     returning number`,
    number,
    pathEnd(number),
    name,
    parentId,
    propertyId ?? null,
  )
  if (added.length === 0) {
    const [parent] = yield statement(`select level from units where number = ${numberIn('$1')}`, parentId)
    if (!parent) throw refuse('NOT_FOUND', `The unit ${parentId} can't be found.`, { reason: 'unit' })
    if (parent.level === levelsMax) throw refuse('INVALID_PARAM', levelsMessage, { reason: 'state' })
    throw refuse('INVALID_PARAM', subscriptionNeededMessage(propertyId ?? parentId), {
      reason: 'subscription',
    })
  }
  const role = { ...creator, unitId: id, role: 'A4P.UnitAdmin', level, propagate: true } as const
  yield assignStatement(role, number, change.stamp.now)
  yield* record(change)
}

/** Reads what the removal of a unit needs. */
const readTenancy = rowReader(
  { number: integer, parent: nullable(integer), subscription: nullable(integer) },
  (row) => row,
)

/** With the row locked, nothing more comes below the unit or is enabled for it: either would refer to the row. */
function* removeUnit(id: UnitId, change: Recorded, record: Recorder, lockRows: string): Steps<boolean> {
  const [row] = yield statement(
    `select ${readTenancy.columns} from units where number = ${numberIn('$1')} ${lockRows}`,
    id,
  )
  if (!row) return false
  const { number, parent, subscription } = readTenancy(row)
  const [child] = yield statement(
    'select i.id from units u join ids i on i.number = u.number where u.parent = $1 limit 1',
    number,
  )
  if (child)
    throw refuse('INVALID_PARAM', `${id} still has units below it, such as ${child.id}.`, { reason: 'state' })
  const [enabled] = yield statement(
    'select i.id from enablements e join ids i on i.number = e.skill where e.unit = $1 and e.skill <> $2 limit 1',
    number,
    subscription ?? 0,
  )
  if (enabled) throw refuse('INVALID_PARAM', `${enabled.id} is still enabled for ${id}.`, { reason: 'state' })
  yield statement('delete from enablements where unit = $1', number)
  yield removeAllOn(number)
  yield statement('delete from units where number = $1', number)
  if (parent === null) yield discardLinksOfOrganization({ organizationId: id, now: change.stamp.now })
  yield* record(change)
  return true
}
