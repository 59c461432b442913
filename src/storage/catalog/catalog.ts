import type { Client } from '../../model/client.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { Recorded } from '../../model/operations-log.ts'
import type { CatalogChange, CatalogStorage } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import type { Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import {
  type Driver,
  inLockOrder,
  insertInto,
  placeholders,
  type Row,
  type Statement,
  type Steps,
  statement,
  type Value,
} from '../engine/driver.ts'
import { discardLinks } from '../links/account-links.ts'
import { putDelegatedLink } from '../links/delegated-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import { grantStatement } from '../secrets/grants.ts'
import { subscriptionStorage } from './subscriptions.ts'
import { findUnit, selectUnit, toUnit, unitStorage } from './units.ts'

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
  const findOne = <T>(query: Statement, read: (row: Row) => T): MaybePromise<T | undefined> =>
    whenReady(driver.read(query), ([row]) => row && read(row))
  const list = async <T>(query: Statement, read: (row: Row) => T): Promise<T[]> =>
    (await driver.read(query)).map(read)

  return {
    findUnit: (id) => findOne(findUnit({ id }), toUnit),
    findSkill: (id) => findOne(statement('select * from skills where id = $1', id), toSkill),
    findClient: (id) => findOne(statement('select * from clients where id = $1', id), toClient),
    findUnits: (ids) => findUnits(driver, ids),
    listOrganizations: (after, limit) =>
      list(
        statement(
          `${selectUnit} where u.parent_id is null and u.id > $1 order by u.id limit $2`,
          after,
          limit,
        ),
        toUnit,
      ),
    listUnits: (parentId, after, limit) =>
      list(
        statement(
          `${selectUnit} where u.parent_id = $1 and u.id > $2 order by u.id limit $3`,
          parentId,
          after,
          limit,
        ),
        toUnit,
      ),
    listSkills: (after, limit) =>
      list(statement('select * from skills where id > $1 order by id limit $2', after, limit), toSkill),
    listClients: (after, limit) =>
      list(statement('select * from clients where id > $1 order by id limit $2', after, limit), toClient),

    listEmbeddedClients: () =>
      list(statement('select * from clients where is_embedded = 1 order by id limit 100'), toClient),

    put: (records, change) => driver.write(() => putCatalog(records, change, record, newId)),
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
        yield statement(
          `update account_links set ${discardLinks(1)} where skill_id = $2`,
          change.stamp.now,
          id,
        )
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
    units.push(...(await driver.read(statement(sql, ...some))).map(toUnit))
  }
  return units
}

function* putCatalog(
  records: CatalogChange,
  change: Recorded,
  record: Recorder,
  newId: () => string,
): Steps<void> {
  const levels = Map.groupBy(records.units ?? [], ({ level }) => level)
  // Parents come first.
  for (const level of [...levels.keys()].sort((a, b) => a - b)) yield* putUnits(levels.get(level) ?? [])
  yield inLockOrder(records.skills, ({ id }) => id).map(skillStatement)
  yield inLockOrder(records.clients, ({ id }) => id).map(clientStatement)
  if (records.skills?.length || records.clients?.length) yield markLinkingClients
  yield (records.refreshTokens ?? []).map(grantStatement)
  for (const link of records.delegatedLinks ?? []) yield* putDelegatedLink(link, change.stamp, newId())
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

const insertUnit = insertInto({
  table: 'units',
  columns: {
    id: 'text',
    organization_id: 'text',
    parent_id: 'text',
    level: 'integer',
    path: 'text',
    name: 'text',
    solution: 'text',
    country: 'text',
    requires_subscription: 'integer',
  },
  key: ['id'],
  onConflict: `on conflict (id) do update set name = excluded.name, solution = excluded.solution,
    country = excluded.country, requires_subscription = excluded.requires_subscription
    where units.parent_id is not distinct from excluded.parent_id`,
  returning: 'id',
})

function unitStatement(unit: Unit): Statement {
  const isOrganization = unit.parentId === undefined
  return insertUnit({
    id: unit.id,
    organization_id: unit.organizationId,
    parent_id: unit.parentId ?? null,
    level: unit.level,
    path: unit.path,
    name: unit.name,
    solution: isOrganization ? unit.solution : null,
    country: isOrganization ? unit.country : null,
    requires_subscription: isOrganization && unit.requiresSubscription ? 1 : null,
  })
}

const insertSkill = insertInto({
  table: 'skills',
  columns: { id: 'text', name: 'text', stages: 'text', account_linking: 'text', own_client_id: 'text' },
  key: ['id'],
  onConflict: `on conflict (id) do update set name = excluded.name, stages = excluded.stages,
    account_linking = excluded.account_linking, own_client_id = excluded.own_client_id`,
})

function skillStatement(skill: Skill): Statement {
  const linking = skill.accountLinking
  return insertSkill({
    id: skill.id,
    name: skill.name,
    stages: JSON.stringify(skill.stages),
    account_linking: linking === undefined ? null : JSON.stringify(linking),
    own_client_id: linking?.accessTokenUri.startsWith('/') ? linking.clientId : null,
  })
}

const insertClient = insertInto({
  table: 'clients',
  columns: {
    id: 'text',
    name: 'text',
    secret_hash: 'text',
    redirect_uris: 'text',
    roles: 'text',
    is_demo: 'integer',
    grants: 'text',
    is_embedded: 'integer',
  },
  key: ['id'],
  onConflict: `on conflict (id) do update set name = excluded.name, secret_hash = excluded.secret_hash,
    redirect_uris = excluded.redirect_uris, roles = excluded.roles, is_demo = excluded.is_demo,
    grants = excluded.grants, is_embedded = excluded.is_embedded`,
})

function clientStatement(client: Client): Statement {
  return insertClient({
    id: client.id,
    name: client.name,
    secret_hash: client.secretHash ?? null,
    redirect_uris: JSON.stringify(client.redirectUris),
    roles: JSON.stringify(client.roles),
    is_demo: client.isDemo ? 1 : 0,
    grants: client.grants === undefined ? null : JSON.stringify(client.grants),
    is_embedded: client.isEmbedded ? 1 : null,
  })
}

function toSkill(row: Row): Skill {
  return {
    id: row.id,
    name: row.name,
    stages: JSON.parse(row.stages as string),
    accountLinking: row.account_linking === null ? undefined : JSON.parse(row.account_linking as string),
  } as Skill
}

function toClient(row: Row): Client {
  return {
    id: row.id,
    name: row.name,
    secretHash: row.secret_hash ?? undefined,
    redirectUris: JSON.parse(row.redirect_uris as string),
    roles: JSON.parse(row.roles as string),
    isDemo: row.is_demo === 1,
    grants: row.grants === null ? undefined : JSON.parse(row.grants as string),
    isEmbedded: row.is_embedded === 1,
    linksAccounts: row.links_accounts === 1,
  } as Client
}
