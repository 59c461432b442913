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
import { type Ids, type NumberOf, numberIn } from '../ids/ids.ts'
import { putDelegatedLink } from '../links/delegated-links.ts'
import { LinkRows } from '../links/link-row.ts'
import { discardLinksOfSkill } from '../links/many-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import { putAssignment, removeAssignment } from '../roles/assignment-row.ts'
import { grantStatement } from '../secrets/grants.ts'
import { clientStatement, readSkill, skillStatement } from './catalog-row.ts'
import { clientStorage } from './clients.ts'
import { personStatement, personStorage } from './people.ts'
import { isStored } from './stored-record.ts'
import { subscriptionStorage } from './subscriptions.ts'
import { findPlace, findUnit, readPlace, selectUnit, unitStatement, unitsIn } from './unit-row.ts'
import { unitStorage } from './units.ts'

/** Units that one statement looks up; a list is filled up to it, so that there is one text to prepare. */
const unitsPerStatement = 100

const isLinkingClient =
  'case when exists (select 1 from skills s where s.own_client_id = clients.id) then 1 else 0 end'

/** Marks each client anew by whether a skill links accounts as it. */
const markLinkingClients = statement(
  `update clients set links_accounts = ${isLinkingClient} where coalesce(links_accounts, 0) <> ${isLinkingClient}`,
)

/** `newId`: see `putDelegatedLink`. */
export function catalogStorage(
  driver: Driver,
  record: Recorder,
  ids: Ids,
  newId: () => string,
): CatalogStorage {
  const links = new LinkRows(driver)
  const putLink = (link: DelegatedLinkRecord, stamp: WriteStamp) =>
    putDelegatedLink(links, link, stamp, newId)
  const findOne = <T>(query: Statement, read: (row: Row) => T): MaybePromise<T | undefined> =>
    whenReady(driver.read(query), ([row]) => row && read(row))
  const list = async <T>(query: Statement, read: (row: Row) => T): Promise<T[]> =>
    (await driver.read(query)).map(read)

  return {
    findUnit: (id) =>
      whenReady(driver.read(findUnit({ id })), (rows) => whenReady(unitsIn(ids, rows), ([unit]) => unit)),
    findSkill: (id) =>
      findOne(statement(`select ${readSkill.columns} from skills where id = $1`, id), readSkill),
    findUnits: (unitIds) => findUnits(driver, ids, unitIds),
    listOrganizations: (after, limit) => listChildren(driver, ids, null, after, limit),
    listUnits: (parentId, after, limit) => listChildren(driver, ids, parentId, after, limit),
    listSkills: (after, limit) =>
      list(
        statement(`select ${readSkill.columns} from skills where id > $1 order by id limit $2`, after, limit),
        readSkill,
      ),
    put: (records, change) =>
      driver.write(() => putCatalog(records, change, { record, ids, putLink, lockRows: driver.lockRows })),
    forgetAll() {},
    ...unitStorage(driver, record, ids),
    ...subscriptionStorage(driver, record),
    ...personStorage(driver, record),
    ...clientStorage(driver, record),
    removeSkill: (id, change) =>
      driver.write(function* () {
        const [enabled] = yield statement(
          `select i.id from enablements e join ids i on i.number = e.unit where e.skill = ${numberIn('$1')} limit 1`,
          id,
        )
        if (enabled)
          throw refuse('INVALID_PARAM', `${id} is still enabled for ${enabled.id}.`, { reason: 'state' })
        const removed = yield statement('delete from skills where id = $1 returning id', id)
        if (removed.length === 0) return false
        yield markLinkingClients
        yield discardLinksOfSkill({ skillId: id, now: change.stamp.now })
        yield* record(change)
        return true
      }),
  }
}

async function findUnits(driver: Driver, ids: Ids, unitIds: readonly UnitId[]): Promise<Unit[]> {
  const units: Unit[] = []
  for (let start = 0; start < unitIds.length; start += unitsPerStatement) {
    const some: Value[] = unitIds.slice(start, start + unitsPerStatement)
    while (some.length < unitsPerStatement) some.push(some[0] ?? null)
    const sql = `${selectUnit} where i.id in (${placeholders(1, unitsPerStatement)})`
    units.push(...(await unitsIn(ids, await driver.read(statement(sql, ...some)))))
  }
  return units
}

/** Lists in the order of the numbers. `after`: an ID of the page before; it may be that of a unit that is gone. */
async function listChildren(
  driver: Driver,
  ids: Ids,
  parentId: UnitId | null,
  after: string,
  limit: number,
): Promise<Unit[]> {
  await ids.prepare(after === '' ? [] : [after])
  const start = after === '' ? 0 : ids.numberOf(after)
  if (start === undefined) throw refuse('INVALID_PARAM', `after is invalid: no page ended with ${after}.`)
  const rows =
    parentId === null
      ? driver.read(
          statement(
            `${selectUnit} where u.parent is null and u.number > $1 order by u.number limit $2`,
            start,
            limit,
          ),
        )
      : driver.read(
          statement(
            `${selectUnit} where u.parent = ${numberIn('$1')} and u.number > $2 order by u.number limit $3`,
            parentId,
            start,
            limit,
          ),
        )
  return unitsIn(ids, await rows)
}

interface PutParts {
  readonly record: Recorder
  readonly ids: Ids
  readonly putLink: (link: DelegatedLinkRecord, stamp: WriteStamp) => Steps<void>
  readonly lockRows: string
}

function* putCatalog(
  records: CatalogChange,
  change: Recorded,
  { record, ids, putLink, lockRows }: PutParts,
): Steps<boolean> {
  const { units = [], assignments = [], unchanged } = records
  if (unchanged && !(yield* isStored(unchanged, lockRows))) return false
  // Depth first, so that the rooms of a ward have adjacent numbers: what is enabled for them together is stored together.
  const depthFirst = inLockOrder(units, ({ path }) => path.replaceAll('/', '\0'))
  // Skills of one catalog are listed by ID where they were enabled at the same time.
  const [skills, clients] = [
    inLockOrder(records.skills, ({ id }) => id),
    inLockOrder(records.clients, ({ id }) => id),
  ]
  const numberOf = yield* ids.take([
    ...[...depthFirst, ...skills, ...clients].map(({ id }) => id),
    ...assignments.map(({ unitId }) => unitId),
  ])
  const levels = Map.groupBy(units, ({ level }) => level)
  // Parents come first.
  for (const level of [...levels.keys()].sort((a, b) => a - b))
    yield* putUnits(levels.get(level) ?? [], numberOf)
  yield skills.map(skillStatement)
  yield clients.map(clientStatement)
  if (records.skills?.length || records.clients?.length) yield markLinkingClients
  yield inLockOrder(records.people, ({ id }) => id).map(personStatement)
  yield (records.revocations ?? []).map((role) => removeAssignment(role.principalId, role))
  const { now } = change.stamp
  yield assignments.map((assignment) => putAssignment(assignment, numberOf(assignment.unitId), now))
  yield (records.refreshTokens ?? []).map(grantStatement)
  for (const link of records.delegatedLinks ?? []) yield* putLink(link, change.stamp)
  yield* record(change)
  return true
}

/** Puts units of one level. */
function* putUnits(units: readonly Unit[], numberOf: NumberOf): Steps<void> {
  const parentIds = new Set(units.flatMap(({ parentId }) => parentId ?? []))
  const places = (yield [...parentIds].map((id) => findPlace({ id }))).map(readPlace)
  const pathOf = new Map(places.map(({ id, path }) => [id, path]))
  const lost = units.find(({ parentId }) => parentId !== undefined && !pathOf.has(parentId))
  if (lost !== undefined)
    throw refuse('INVALID_PARAM', `${lost.id}: there is no unit ${lost.parentId} to put it under.`)
  const put = yield inLockOrder(units, ({ id }) => id).map((unit) =>
    unitStatement(unit, numberOf(unit.id), pathOf.get(unit.parentId ?? '') ?? ''),
  )
  const numbers = new Set(put.map(({ number }) => number))
  const moved = units.find(({ id }) => !numbers.has(numberOf(id)))
  if (moved !== undefined)
    throw refuse('INVALID_PARAM', `${moved.id} stands under another unit already; a unit never moves.`)
}
