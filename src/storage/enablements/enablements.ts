import type { LinkKey } from '../../model/account-link.ts'
import type { Enablement } from '../../model/enablement.ts'
import { whenReady } from '../../model/maybe-promise.ts'
import { type Recorded, recorded, type WriteStamp } from '../../model/operations-log.ts'
import type {
  ActivationStamp,
  DisableRecord,
  EnablementStorage,
  EnableRecord,
} from '../../model/ports/storage.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { takeSubscriptions } from '../catalog/subscriptions.ts'
import { type Driver, inLockOrder, type Row, type Steps, statement } from '../engine/driver.ts'
import { releaseLink } from '../links/account-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import { linksOfRecords } from './enablement-links.ts'
import { listOfUnit, listOfUnits } from './enablement-lists.ts'
import { findEnablement, toEnablement, upsertStatement } from './enablement-row.ts'

export function enablementStorage(driver: Driver, record: Recorder): EnablementStorage {
  return {
    find: (unitId, skillId) =>
      whenReady(
        driver.read(findEnablement({ unit_id: unitId, skill_id: skillId })),
        ([row]) => row && toEnablement(row),
      ),

    list: listOfUnit(driver),

    listOfUnits: listOfUnits(driver),

    enable: (wanted, stamp) =>
      driver.write(
        function* () {
          const [enablement] = yield* enableAll([wanted], stamp, 'enable', record, driver.lockRows)
          return enablement as Enablement
        },
        ...keysOf(wanted),
      ),

    enableMany: (records, stamp) =>
      driver.write(
        function* () {
          for (const pass of passesOf(records)) {
            yield* enableAll(pass, stamp, 'batch_enable', record, driver.lockRows)
          }
        },
        ...records.flatMap(keysOf),
      ),

    disable: (unitId, skillId, stage, stamp) =>
      driver.write(function* () {
        return (yield* disableAll([{ unitId, skillId, stage }], stamp, 'disable', record)) > 0
      }, recordKey({ unitId, skillId })),

    disableMany: (records, stamp) =>
      driver.write(
        function* () {
          for (const pass of passesOf(records)) yield* disableAll(pass, stamp, 'batch_disable', record)
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
        yield record(...rows.map((row) => activation(row, now)))
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
  record: Recorder,
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
  const itemIds = new Map(records.map((one) => [recordKey(one), one.itemId]))
  const changes = removed.map((row) => {
    const { skillId, organizationId } = linkKeyOf(row)
    const unitId = row.unit_id as UnitId
    const itemId = itemIds.get(recordKey({ unitId, skillId }))
    return recorded(stamp, {
      operation,
      organizationId,
      unitId,
      skillId,
      itemId,
      detail: { stage: row.stage },
    })
  })
  yield record(...changes)
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
  stamp: ActivationStamp,
  operation: 'enable' | 'batch_enable',
  record: Recorder,
  lockRows: string,
): Steps<Enablement[]> {
  yield* takeSubscriptions(records)
  const linkOf = yield* linksOfRecords(records, stamp, lockRows)
  const rows = yield records.map((one) => upsertStatement(one, linkOf(one), stamp))
  const enablements = rows.map(toEnablement)
  const changes = records.map(({ organizationId, unitId, skillId, itemId, stage }, index) =>
    recorded(stamp, {
      operation,
      outcome: enablements[index]?.status === 'ENABLED' ? 'done' : 'accepted',
      organizationId,
      unitId,
      skillId,
      itemId,
      detail: { stage },
    }),
  )
  yield record(...changes)
  return enablements
}

function activation(row: Row, now: number): Recorded {
  return recorded(
    { now, requestId: row.request_id as string, actor: row.actor as string },
    {
      operation: 'activate',
      organizationId: row.organization_id as UnitId,
      unitId: row.unit_id as UnitId,
      skillId: row.skill_id as SkillId,
      itemId: (row.item_id as number) ?? undefined,
    },
  )
}
