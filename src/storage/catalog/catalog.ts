import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Recorded, WriteStamp } from '../../model/operations-log.ts'
import type { CatalogChange, CatalogStorage, DelegatedLinkRecord } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import type { Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import {
  type Driver,
  inLockOrder,
  placeholders,
  type Row,
  type Statement,
  type Steps,
  statement,
  type Value,
} from '../engine/driver.ts'
import { putDelegatedLink } from '../links/delegated-links.ts'
import { LinkRows } from '../links/link-row.ts'
import { discardLinksOfSkill } from '../links/many-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import { grantStatement } from '../secrets/grants.ts'
import { clientStatement, readClient, readSkill, skillStatement, unitStatement } from './catalog-row.ts'
import { subscriptionStorage } from './subscriptions.ts'
import { findUnit, readUnit, selectUnit, unitStorage } from './units.ts'

/** Units that one statement looks up; a list is filled up to it, so that there is one text to prepare. */
const unitsPerStatement = 100

const isLinkingClient =
  'case when exists (select 1 from skills s where s.own_client_id = clients.id) then 1 else 0 end'

/** Marks each client anew by whether a skill links accounts as it. */
const markLinkingClients = statement(
  `update clients set links_accounts = ${isLinkingClient} where coalesce(links_accounts, 0) <> ${isLinkingClient}`,
)

/** `newId`: see `putDelegatedLink`. */
export function catalogStorage(driver: Driver, record: Recorder, newId: () => string): CatalogStorage {
  const links = new LinkRows(driver)
  const putLink = (link: DelegatedLinkRecord, stamp: WriteStamp) =>
    putDelegatedLink(links, link, stamp, newId)
  const findOne = <T>(query: Statement, read: (row: Row) => T): MaybePromise<T | undefined> =>
    whenReady(driver.read(query), ([row]) => row && read(row))
  const list = async <T>(query: Statement, read: (row: Row) => T): Promise<T[]> =>
    (await driver.read(query)).map(read)

  return {
    findUnit: (id) => findOne(findUnit({ id }), readUnit),
    findSkill: (id) =>
      findOne(statement(`select ${readSkill.columns} from skills where id = $1`, id), readSkill),
    findClient: (id) =>
      findOne(statement(`select ${readClient.columns} from clients where id = $1`, id), readClient),
    findUnits: (ids) => findUnits(driver, ids),
    listOrganizations: (after, limit) =>
      list(
        statement(
          `${selectUnit} where u.parent_id is null and u.id > $1 order by u.id limit $2`,
          after,
          limit,
        ),
        readUnit,
      ),
    listUnits: (parentId, after, limit) =>
      list(
        statement(
          `${selectUnit} where u.parent_id = $1 and u.id > $2 order by u.id limit $3`,
          parentId,
          after,
          limit,
        ),
        readUnit,
      ),
    listSkills: (after, limit) =>
      list(
        statement(`select ${readSkill.columns} from skills where id > $1 order by id limit $2`, after, limit),
        readSkill,
      ),
    listClients: (after, limit) =>
      list(
        statement(
          `select ${readClient.columns} from clients where id > $1 order by id limit $2`,
          after,
          limit,
        ),
        readClient,
      ),

    listEmbeddedClients: () =>
      list(
        statement(`select ${readClient.columns} from clients where is_embedded = 1 order by id limit 100`),
        readClient,
      ),

    put: (records, change) => driver.write(() => putCatalog(records, change, record, putLink)),
    ...unitStorage(driver, record),
    ...subscriptionStorage(driver, record),
    removeSkill: (id, change) =>
      driver.write(function* () {
        const enabled = yield statement('select unit_id from enablements where skill_id = $1 limit 1', id)
        if (enabled.length > 0)
          throw refuse('INVALID_PARAM', `${id} is still enabled for ${enabled[0]?.unit_id}.`)
        const removed = yield statement('delete from skills where id = $1 returning id', id)
        if (removed.length === 0) return false
        yield markLinkingClients
        yield discardLinksOfSkill({ skillId: id, now: change.stamp.now })
        yield record(change)
        return true
      }),
    removeClient: (id, change) =>
      driver.write(function* () {
        const removed = yield statement('delete from clients where id = $1 returning id', id)
        if (removed.length === 0) return false
        yield statement('delete from authorization_codes where client_id = $1', id)
        yield statement('delete from grants where client_id = $1', id)
        yield record(change)
        return true
      }),
  }
}

async function findUnits(driver: Driver, ids: readonly UnitId[]): Promise<Unit[]> {
  const units: Unit[] = []
  for (let start = 0; start < ids.length; start += unitsPerStatement) {
    const some: Value[] = ids.slice(start, start + unitsPerStatement)
    while (some.length < unitsPerStatement) some.push(some[0] ?? null)
    const sql = `${selectUnit} where u.id in (${placeholders(1, unitsPerStatement)})`
    units.push(...(await driver.read(statement(sql, ...some))).map(readUnit))
  }
  return units
}

function* putCatalog(
  records: CatalogChange,
  change: Recorded,
  record: Recorder,
  putLink: (link: DelegatedLinkRecord, stamp: WriteStamp) => Steps<void>,
): Steps<void> {
  const levels = Map.groupBy(records.units ?? [], ({ level }) => level)
  // Parents come first.
  for (const level of [...levels.keys()].sort((a, b) => a - b)) yield* putUnits(levels.get(level) ?? [])
  yield inLockOrder(records.skills, ({ id }) => id).map(skillStatement)
  yield inLockOrder(records.clients, ({ id }) => id).map(clientStatement)
  if (records.skills?.length || records.clients?.length) yield markLinkingClients
  yield (records.refreshTokens ?? []).map(grantStatement)
  for (const link of records.delegatedLinks ?? []) yield* putLink(link, change.stamp)
  yield record(change)
}

/** Units of one level. */
function* putUnits(units: readonly Unit[]): Steps<void> {
  const parents = new Map(
    units.flatMap((unit) => (unit.parentId === undefined ? [] : [[unit.parentId, unit]])),
  )
  const known = yield [...parents.keys()].map((id) => statement('select id from units where id = $1', id))
  const lost = missingFrom(known, parents)
  if (lost !== undefined)
    throw refuse('INVALID_PARAM', `${lost.id}: there is no unit ${lost.parentId} to put it under.`)
  const put = yield inLockOrder(units, ({ id }) => id).map(unitStatement)
  const moved = missingFrom(put, new Map(units.map((unit) => [unit.id, unit])))
  if (moved !== undefined)
    throw refuse('INVALID_PARAM', `${moved.id} stands under another unit already; a unit never moves.`)
}

function missingFrom(rows: readonly Row[], wanted: ReadonlyMap<string, Unit>): Unit | undefined {
  const there = new Set(rows.map(({ id }) => id))
  return [...wanted].find(([id]) => !there.has(id))?.[1]
}
