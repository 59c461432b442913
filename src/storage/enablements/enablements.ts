import type { LinkKey } from '../../model/account-link.ts'
import type { Enablement } from '../../model/enablement.ts'
import { whenReady } from '../../model/maybe-promise.ts'
import type { LogEntry } from '../../model/operations-log.ts'
import type { DisableRecord, EnablementStorage, EnableRecord, WriteStamp } from '../../model/ports/storage.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { takeSubscriptions } from '../catalog/subscriptions.ts'
import { type Driver, inLockOrder, type Row, type Steps, statement } from '../engine/driver.ts'
import { releaseLink } from '../links/account-links.ts'
import { logStatement } from '../log/operations-log.ts'
import { linksOfRecords } from './enablement-links.ts'
import { listOfUnit, listOfUnits } from './enablement-lists.ts'
import { findEnablement, toEnablement, upsertStatement } from './enablement-row.ts'

export function enablementStorage(driver: Driver, newId: () => string): EnablementStorage {
  return {
    find: (unitId, skillId) =>
      whenReady(
        driver.read(findEnablement({ unit_id: unitId, skill_id: skillId })),
        ([row]) => row && toEnablement(row),
      ),

    list: listOfUnit(driver),

    listOfUnits: listOfUnits(driver),

    enable: (record, stamp) =>
      driver.write(
        function* () {
          const [enablement] = yield* enableAll([record], stamp, 'enable', newId, driver.lockRows)
          return enablement as Enablement
        },
        ...keysOf(record),
      ),

    enableMany: (records, stamp) =>
      driver.write(
        function* () {
          for (const pass of passesOf(records)) {
            yield* enableAll(pass, stamp, 'batch_enable', newId, driver.lockRows)
          }
        },
        ...records.flatMap(keysOf),
      ),

    disable: (unitId, skillId, stage, stamp) =>
      driver.write(function* () {
        return (yield* disableAll([{ unitId, skillId, stage }], stamp, 'disable', newId)) > 0
      }, recordKey({ unitId, skillId })),

    disableMany: (records, stamp) =>
      driver.write(
        function* () {
          for (const pass of passesOf(records)) yield* disableAll(pass, stamp, 'batch_disable', newId)
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
        yield rows.map((row) => logStatement(activation(row, now, newId())))
        return rows.length
      }),

    async nextDueAt() {
      const [row] = await driver.read(
        statement('select min(due_at) as due_at from enablements where due_at is not null'),
      )
      return (row?.due_at as number | null) ?? undefined
    },

    hasten: (latest, now, limit) =>
      driver.write(function* () {
        const rows = yield statement(
          `update enablements set due_at = $1 where (unit_id, skill_id) in (
             select unit_id, skill_id from enablements where due_at > $2 limit $3 ${driver.takeRows})
           returning unit_id`,
          now,
          latest,
          limit,
        )
        return rows.length
      }),
  }
}

/** What a record's write touches: the record, and the link that it is to live on. */
function keysOf(record: EnableRecord): string[] {
  const { skillId, organizationId, link } = record
  const key = recordKey(record)
  return link.kind === 'keep' ? [key] : [key, `${organizationId} ${skillId} ${link.name}`]
}

/** By which a record is found. */
interface RecordKey {
  readonly unitId: UnitId
  readonly skillId: SkillId
}

function recordKey({ unitId, skillId }: RecordKey): string {
  return `${unitId} ${skillId}`
}

/**
 * The records in passes, none of which has the same unit and skill twice: of two that have, the later one is in a later
 * pass.
 */
function passesOf<T extends RecordKey>(records: readonly T[]): T[][] {
  const passes: T[][] = []
  const seen = new Map<string, number>()
  for (const record of inLockOrder(records, ({ unitId }) => unitId)) {
    const key = recordKey(record)
    const pass = seen.get(key) ?? 0
    seen.set(key, pass + 1)
    const others = passes[pass]
    if (others === undefined) passes.push([record])
    else others.push(record)
  }
  return passes
}

/** Gives how many there were. */
function* disableAll(
  records: readonly DisableRecord[],
  stamp: WriteStamp,
  operation: 'disable' | 'batch_disable',
  newId: () => string,
): Steps<number> {
  const removed = yield records.map(({ unitId, skillId, stage }) =>
    statement(
      `delete from enablements where unit_id = $1 and skill_id = $2 and stage = coalesce($3, stage)
       returning unit_id, skill_id, organization_id, stage, link_name`,
      unitId,
      skillId,
      stage ?? null,
    ),
  )
  yield removed.flatMap((row) => (row.link_name === null ? [] : [releaseLink(linkKeyOf(row), stamp.now)]))
  const itemIds = new Map(records.map((record) => [recordKey(record), record.itemId]))
  yield removed.map((row) => {
    const { skillId, organizationId } = linkKeyOf(row)
    const unitId = row.unit_id as UnitId
    const itemId = itemIds.get(recordKey({ unitId, skillId }))
    return logStatement({
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
      detail: { stage: row.stage },
    })
  })
  return removed.length
}

function linkKeyOf(row: Row): LinkKey {
  return { organizationId: row.organization_id, skillId: row.skill_id, name: row.link_name } as LinkKey
}

/**
 * One upsert decides, by the record that is there when it runs. The link comes first: it must still stand, and its
 * row is what this write and the one that would discard it contend for. No two of the records have the same unit and
 * skill.
 */
function* enableAll(
  records: readonly EnableRecord[],
  stamp: WriteStamp,
  operation: 'enable' | 'batch_enable',
  newId: () => string,
  lockRows: string,
): Steps<Enablement[]> {
  yield* takeSubscriptions(records)
  const linkOf = yield* linksOfRecords(records, stamp, lockRows)
  const rows = yield records.map((record) => upsertStatement(record, linkOf(record), stamp))
  const enablements = rows.map(toEnablement)
  yield records.map((record, index) =>
    logStatement({
      id: newId(),
      at: stamp.now,
      requestId: stamp.requestId,
      actor: stamp.actor,
      operation,
      outcome: enablements[index]?.status === 'ENABLED' ? 'done' : 'accepted',
      organizationId: record.organizationId,
      unitId: record.unitId,
      skillId: record.skillId,
      ...(record.itemId === undefined ? {} : { itemId: record.itemId }),
      detail: { stage: record.stage },
    }),
  )
  return enablements
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
