import type { Client } from '../model/client.ts'
import type { LogEntry } from '../model/operations-log.ts'
import { refuse } from '../model/refusal.ts'
import type { Skill } from '../model/skill.ts'
import type { CatalogChange, CatalogStorage } from '../model/storage.ts'
import type { Unit } from '../model/unit.ts'
import type { UnitId } from '../protocol/identifiers.ts'
import { discardLinks } from './account-links.ts'
import { putDelegatedLink } from './delegated-links.ts'
import {
  type Driver,
  inLockOrder,
  placeholders,
  type Row,
  type Statement,
  type Steps,
  statement,
  type Value,
} from './driver.ts'
import { grantStatement } from './grants.ts'
import { logStatement } from './operations-log.ts'
import { subscriptionStorage } from './subscriptions.ts'
import { selectUnit, toUnit, unitStorage } from './units.ts'

/** Units that one statement looks up; a list is filled up to it, so that there is one text to prepare. */
const unitsPerStatement = 100

export function catalogStorage(driver: Driver): CatalogStorage {
  const findOne = async <T>(query: Statement, read: (row: Row) => T): Promise<T | undefined> => {
    const [row] = await driver.read(query)
    return row && read(row)
  }
  const list = async <T>(query: Statement, read: (row: Row) => T): Promise<T[]> =>
    (await driver.read(query)).map(read)

  return {
    findUnit: (id) => findOne(statement(`${selectUnit} where u.id = $1`, id), toUnit),
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

    put: (change, log) => driver.write(() => putCatalog(change, log)),
    ...unitStorage(driver),
    ...subscriptionStorage(driver),
    removeSkill: (id, log) =>
      driver.write(function* () {
        const enabled = yield statement('select unit_id from enablements where skill_id = $1 limit 1', id)
        if (enabled.length > 0)
          throw refuse('INVALID_PARAM', `${id} is still enabled for ${enabled[0]?.unit_id}.`)
        const removed = yield statement('delete from skills where id = $1 returning id', id)
        if (removed.length === 0) return false
        yield statement(`update account_links set ${discardLinks(1)} where skill_id = $2`, log.at, id)
        yield logStatement(log)
        return true
      }),
    removeClient: (id, log) =>
      driver.write(function* () {
        const removed = yield statement('delete from clients where id = $1 returning id', id)
        if (removed.length === 0) return false
        yield statement('delete from authorization_codes where client_id = $1', id)
        yield statement('delete from grants where client_id = $1', id)
        yield logStatement(log)
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

function* putCatalog(change: CatalogChange, log: LogEntry): Steps<void> {
  const added = new Set<string>()
  // By path, so that parents come first.
  for (const unit of inLockOrder(change.units, ({ path }) => path)) {
    yield* putUnit(unit, added)
    added.add(unit.id)
  }
  for (const skill of inLockOrder(change.skills, ({ id }) => id)) yield skillStatement(skill)
  for (const client of inLockOrder(change.clients, ({ id }) => id)) yield clientStatement(client)
  for (const grant of change.refreshTokens ?? []) yield grantStatement(grant)
  for (const link of change.delegatedLinks ?? []) yield* putDelegatedLink(link, log, log.id)
  yield logStatement(log)
}

function* putUnit(unit: Unit, added: ReadonlySet<string>): Steps<void> {
  if (unit.parentId !== undefined && !added.has(unit.parentId)) {
    const [parent] = yield statement('select id from units where id = $1', unit.parentId)
    if (!parent)
      throw refuse('INVALID_PARAM', `${unit.id}: there is no unit ${unit.parentId} to put it under.`)
  }
  const isOrganization = unit.parentId === undefined
  const rows = yield statement(
    `insert into units (id, organization_id, parent_id, level, path, name, solution, country, requires_subscription)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (id) do update set name = excluded.name, solution = excluded.solution, country = excluded.country,
       requires_subscription = excluded.requires_subscription
     where units.parent_id is not distinct from excluded.parent_id
     returning id`,
    unit.id,
    unit.organizationId,
    unit.parentId ?? null,
    unit.level,
    unit.path,
    unit.name,
    isOrganization ? unit.solution : null,
    isOrganization ? unit.country : null,
    isOrganization && unit.requiresSubscription ? 1 : null,
  )
  if (rows.length === 0)
    throw refuse('INVALID_PARAM', `${unit.id} stands under another unit already; a unit never moves.`)
}

function skillStatement(skill: Skill): Statement {
  return statement(
    `insert into skills (id, name, stages, account_linking) values ($1, $2, $3, $4)
     on conflict (id) do update set name = excluded.name, stages = excluded.stages, account_linking = excluded.account_linking`,
    skill.id,
    skill.name,
    JSON.stringify(skill.stages),
    skill.accountLinking === undefined ? null : JSON.stringify(skill.accountLinking),
  )
}

function clientStatement(client: Client): Statement {
  return statement(
    `insert into clients (id, name, secret_hash, redirect_uris, roles, is_demo) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do update set name = excluded.name, secret_hash = excluded.secret_hash,
       redirect_uris = excluded.redirect_uris, roles = excluded.roles, is_demo = excluded.is_demo`,
    client.id,
    client.name,
    client.secretHash ?? null,
    JSON.stringify(client.redirectUris),
    JSON.stringify(client.roles),
    client.isDemo ? 1 : 0,
  )
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
  } as Client
}
