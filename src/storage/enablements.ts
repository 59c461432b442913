import { accountLinkNeeded } from '../model/account-link.ts'
import type { Enablement } from '../model/enablement.ts'
import type { LogEntry } from '../model/operations-log.ts'
import { refuse } from '../model/refusal.ts'
import type { DisableRecord, EnablementStorage, EnableRecord, WriteStamp } from '../model/storage.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import { linkForEnablement, releaseLink } from './account-links.ts'
import { type Driver, inLockOrder, type Row, type Statement, statement } from './driver.ts'
import { enablementColumns as columns, toEnablement } from './enablement-row.ts'
import { listOfUnits } from './enablements-of-units.ts'
import { logStatement } from './operations-log.ts'

type Steps<T> = Generator<Statement, T, Row[]>

export function enablementStorage(driver: Driver, newId: () => string): EnablementStorage {
  return {
    async find(unitId, skillId) {
      const [row] = await driver.read(
        statement(`select ${columns} from enablements where unit_id = $1 and skill_id = $2`, unitId, skillId),
      )
      return row && toEnablement(row)
    },

    async list(unitId, after, limit) {
      const rows = await driver.read(
        statement(
          `select ${columns} from enablements where unit_id = $1 and (created_at, skill_id) > ($2, $3)
           order by created_at, skill_id limit $4`,
          unitId,
          after?.createdAt ?? -1,
          after?.skillId ?? '',
          limit,
        ),
      )
      return rows.map(toEnablement)
    },

    listOfUnits: listOfUnits(driver),

    enable: (record, stamp) => driver.write(() => enable(record, stamp, 'enable', newId), ...keysOf(record)),

    enableMany: (records, stamp) =>
      driver.write(
        function* () {
          for (const record of inLockOrder(records, ({ unitId }) => unitId))
            yield* enable(record, stamp, 'batch_enable', newId)
        },
        ...records.flatMap(keysOf),
      ),

    disable: (unitId, skillId, stage, stamp) =>
      driver.write(
        () => disable({ unitId, skillId, stage }, stamp, 'disable', newId),
        recordKey({ unitId, skillId }),
      ),

    disableMany: (records, stamp) =>
      driver.write(
        function* () {
          for (const record of inLockOrder(records, ({ unitId }) => unitId))
            yield* disable(record, stamp, 'batch_disable', newId)
        },
        ...records.map(recordKey),
      ),

    activateDue: (now, limit) =>
      driver.write(function* () {
        const rows = yield statement(
          `update enablements set status = 'ENABLED', due_at = null
           where (unit_id, skill_id) in (
             select unit_id, skill_id from enablements where due_at <= $1 order by due_at limit $2 ${driver.takeRows})
           returning unit_id, skill_id, organization_id, request_id, actor, item_id`,
          now,
          limit,
        )
        for (const row of rows) yield logStatement(activation(row, now, newId()))
        return rows.length
      }),

    async nextDueAt() {
      const [row] = await driver.read(
        statement('select min(due_at) as due_at from enablements where due_at is not null'),
      )
      return (row?.due_at as number | null) ?? undefined
    },
  }
}

/** What a record's write touches: the record, and the link that it is to live on. */
function keysOf(record: EnableRecord): string[] {
  const { skillId, organizationId, link } = record
  const key = recordKey(record)
  return link.kind === 'keep' ? [key] : [key, `${organizationId} ${skillId} ${link.name}`]
}

function recordKey({ unitId, skillId }: { unitId: UnitId; skillId: SkillId }): string {
  return `${unitId} ${skillId}`
}

function* disable(
  { unitId, skillId, stage, itemId }: DisableRecord,
  stamp: WriteStamp,
  operation: 'disable' | 'batch_disable',
  newId: () => string,
): Steps<boolean> {
  const [removed] = yield statement(
    `delete from enablements where unit_id = $1 and skill_id = $2 and stage = coalesce($3, stage)
     returning organization_id, stage, link_name`,
    unitId,
    skillId,
    stage ?? null,
  )
  if (!removed) return false
  const organizationId = removed.organization_id as UnitId
  if (removed.link_name !== null) {
    yield releaseLink({ organizationId, skillId, name: removed.link_name as string }, stamp.now)
  }
  yield logStatement({
    id: newId(),
    at: stamp.now,
    requestId: stamp.requestId,
    actor: stamp.actor,
    operation,
    outcome: 'done',
    organizationId,
    unitId,
    skillId,
    ...(itemId === undefined ? {} : { itemId }),
    detail: { stage: removed.stage },
  })
  return true
}

/**
 * One upsert decides, by the record that is there when it runs. The link comes first: it must still stand, and its
 * row is what this write and the one that would discard it contend for.
 */
function* enable(
  record: EnableRecord,
  stamp: WriteStamp,
  operation: 'enable' | 'batch_enable',
  newId: () => string,
): Steps<Enablement> {
  if (record.needsExistingLink) yield* requireLink(record, stamp)
  const link = yield* linkForEnablement(record, stamp)
  if (link.name !== undefined) yield* releaseReplacedLink(record, link.name, stamp.now)
  const [row] = yield upsertStatement(record, link, stamp)
  const enablement = toEnablement(row ?? {})
  yield logStatement({
    id: newId(),
    at: stamp.now,
    requestId: stamp.requestId,
    actor: stamp.actor,
    operation,
    outcome: enablement.status === 'ENABLED' ? 'done' : 'accepted',
    organizationId: record.organizationId,
    unitId: record.unitId,
    skillId: record.skillId,
    ...(record.itemId === undefined ? {} : { itemId: record.itemId }),
    detail: { stage: record.stage },
  })
  return enablement
}

/** An update and not a look: it keeps the record as it is until this write ends. */
function* requireLink(record: EnableRecord, stamp: WriteStamp): Steps<void> {
  const [linked] = yield statement(
    'update enablements set request_id = $1 where unit_id = $2 and skill_id = $3 and link_name is not null returning link_name',
    stamp.requestId,
    record.unitId,
    record.skillId,
  )
  if (!linked) throw refuse('INVALID_PARAM', accountLinkNeeded)
}

function* releaseReplacedLink(record: EnableRecord, name: string, now: number): Steps<void> {
  yield statement(
    `update account_links set due_at = $1, claim = null where state = 'LINKED' and organization_id = $2 and skill_id = $3 and name = (
       select link_name from enablements where unit_id = $4 and skill_id = $3 and link_name <> $5)`,
    now,
    record.organizationId,
    record.skillId,
    record.unitId,
    name,
  )
}

/** A link of null keeps the one that is there; a link that is not linked yet holds the record back. */
function upsertStatement(record: EnableRecord, link: LinkState, stamp: WriteStamp): Statement {
  return statement(
    `insert into enablements (unit_id, skill_id, organization_id, stage, partition_names, status, link_name, is_linked,
       due_at, created_at, request_id, actor, item_id, name_free_locales)
     values ($1, $2, $3, $4, $5, 'ENABLING', $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (unit_id, skill_id) do update set
       status = case when enablements.stage = excluded.stage then enablements.status else 'ENABLING' end,
       due_at = case
         when enablements.stage = excluded.stage and enablements.status = 'ENABLED' then null
         when excluded.link_name is not null and excluded.is_linked = 0 then null
         when excluded.link_name is null and enablements.link_name is not null and enablements.is_linked = 0 then null
         when enablements.stage = excluded.stage then coalesce(enablements.due_at, excluded.due_at)
         else excluded.due_at end,
       stage = excluded.stage,
       partition_names = excluded.partition_names, name_free_locales = excluded.name_free_locales,
       link_name = coalesce(excluded.link_name, enablements.link_name),
       is_linked = case when excluded.link_name is null then enablements.is_linked else excluded.is_linked end,
       request_id = excluded.request_id, actor = excluded.actor, item_id = excluded.item_id
     returning ${columns}`,
    record.unitId,
    record.skillId,
    record.organizationId,
    record.stage,
    JSON.stringify(record.partitionNames),
    link.name ?? null,
    link.isLinked ? 1 : 0,
    link.name === undefined || link.isLinked ? stamp.activateAt : null,
    stamp.now,
    stamp.requestId,
    stamp.actor,
    record.itemId ?? null,
    record.nameFreeLocales.length === 0 ? null : JSON.stringify(record.nameFreeLocales),
  )
}

/** The link that a record is to live on; no name means: the one that is there. */
export interface LinkState {
  readonly name: string | undefined
  readonly isLinked: boolean
}

function activation(row: Row, now: number, id: string): LogEntry {
  const entry = {
    id,
    at: now,
    requestId: row.request_id,
    actor: row.actor,
    operation: 'activate',
    outcome: 'done',
    organizationId: row.organization_id,
    unitId: row.unit_id,
    skillId: row.skill_id,
    ...(row.item_id === null ? {} : { itemId: row.item_id }),
  }
  return entry as LogEntry
}
