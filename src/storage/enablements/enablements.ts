import { type Enablement, statusAt } from '../../model/enablement.ts'
import { whenReady } from '../../model/maybe-promise.ts'
import { recorded, type WriteStamp } from '../../model/operations-log.ts'
import type {
  ActivationStamp,
  DisableRecord,
  EnablementStorage,
  EnableRecord,
} from '../../model/ports/storage.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { takeSubscriptions } from '../catalog/subscriptions.ts'
import { type Driver, inLockOrder, named, type Steps } from '../engine/driver.ts'
import { nullable, rowReader, text } from '../engine/row-reader.ts'
import { leaveLink, leaveReplacedLink } from '../links/many-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import { type LeaveReplaced, linksOfRecords } from './enablement-links.ts'
import { listOfUnit, listOfUnits } from './enablement-lists.ts'
import { findEnablement, readEnablement, upsertStatement } from './enablement-row.ts'

export function enablementStorage(driver: Driver, record: Recorder): EnablementStorage {
  const leaveReplaced = leaveReplacedLink(driver.lockRows)
  const hasten = hastenedEnablements(driver)
  return {
    find: (unitId, skillId) =>
      whenReady(
        driver.read(findEnablement({ unit_id: unitId, skill_id: skillId })),
        ([row]) => row && readEnablement(row),
      ),

    list: listOfUnit(driver),

    listOfUnits: listOfUnits(driver),

    enable: (wanted, stamp) =>
      driver.write(
        function* () {
          const [enablement] = yield* enableAll([wanted], stamp, 'enable', record, leaveReplaced)
          if (enablement === undefined) throw new Error('The write of an enablement gave no row.')
          return enablement
        },
        ...keysOf(wanted),
      ),

    enableMany: (records, stamp) =>
      driver.write(
        function* () {
          for (const pass of passesOf(records)) {
            yield* enableAll(pass, stamp, 'batch_enable', record, leaveReplaced)
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

    hasten: ({ dueAfter, now, limit }) =>
      driver.write(function* () {
        return (yield hasten({ dueAfter, now, limit })).length
      }),
  }
}

function hastenedEnablements({ takeRows }: Driver) {
  return named(
    ['dueAfter', 'now', 'limit'],
    (at) => `update enablements set enabled_from = ${at.now} where (unit_id, skill_id) in (
        select unit_id, skill_id from enablements where enabled_from > ${at.dueAfter} limit ${at.limit} ${takeRows})
      returning unit_id`,
  )
}

/** Reads what `disableAll` needs of a removed record. */
const readDisabled = rowReader(
  {
    unit_id: text<UnitId>(),
    skill_id: text<SkillId>(),
    organization_id: text<UnitId>(),
    stage: text<Stage>(),
    link_name: nullable(text()),
  },
  (row) => ({
    unitId: row.unit_id,
    skillId: row.skill_id,
    organizationId: row.organization_id,
    stage: row.stage,
    linkName: row.link_name ?? undefined,
  }),
)

const deleteEnablement = named(
  ['unitId', 'skillId', 'stage'],
  (at) => `delete from enablements
    where unit_id = ${at.unitId} and skill_id = ${at.skillId} and stage = coalesce(${at.stage}, stage)
    returning ${readDisabled.columns}`,
)

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
  const removed = (yield records.map(({ unitId, skillId, stage }) =>
    deleteEnablement({ unitId, skillId, stage: stage ?? null }),
  )).map(readDisabled)
  yield removed.flatMap(({ organizationId, skillId, linkName: name }) =>
    name === undefined ? [] : [leaveLink({ organizationId, skillId, name, now: stamp.now })],
  )
  const itemIds = new Map(records.map((one) => [recordKey(one), one.itemId]))
  const changes = removed.map(({ organizationId, unitId, skillId, stage }) => {
    const itemId = itemIds.get(recordKey({ unitId, skillId }))
    return recorded(stamp, { operation, organizationId, unitId, skillId, itemId, detail: { stage } })
  })
  yield record(...changes)
  return removed.length
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
  leaveReplaced: LeaveReplaced,
): Steps<Enablement[]> {
  yield* takeSubscriptions(records)
  const linkOf = yield* linksOfRecords(records, stamp, leaveReplaced)
  const rows = yield records.map((one) => upsertStatement(one, linkOf(one), stamp))
  const enablements = rows.map(readEnablement)
  const changes = records.map(({ organizationId, unitId, skillId, itemId, stage }, index) => {
    const enabledFrom = enablements[index]?.enabledFrom
    const isEnabled = statusAt({ enabledFrom }, stamp.now) === 'ENABLED'
    const outcome = isEnabled ? 'done' : 'accepted'
    const effectiveAt = isEnabled ? undefined : enabledFrom
    const what = { organizationId, unitId, skillId, itemId, detail: { stage } }
    return recorded(stamp, { operation, outcome, effectiveAt, ...what })
  })
  yield record(...changes)
  return enablements
}
