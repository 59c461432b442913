import { type Enablement, statusAt } from '../../model/enablement.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import { type Recorded, recorded, type WriteStamp } from '../../model/operations-log.ts'
import type {
  ActivationStamp,
  DisableRecord,
  EnablementStorage,
  EnableRecord,
} from '../../model/ports/storage.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { takeSubscriptions } from '../catalog/subscriptions.ts'
import { byEngine, type Driver, inLockOrder, named, type Statement, type Steps } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import type { Ids, NumberOf } from '../ids/ids.ts'
import { leaveLink, leaveReplacedLink } from '../links/many-links.ts'
import type { Recorder } from '../log/operations-log.ts'
import { type LeaveReplaced, linksOfRecords } from './enablement-links.ts'
import { listOfUnit, listOfUnits } from './enablement-lists.ts'
import {
  enablementOf,
  findByIds,
  findByNumbers,
  readEnablement,
  readIds,
  upsertStatement,
  waitsAgainStatement,
} from './enablement-row.ts'
import { heldEnablements } from './held-enablements.ts'

export function enablementStorage(driver: Driver, record: Recorder, ids: Ids): EnablementStorage {
  const parts = enableParts(driver, record)
  const hasten = hastenedEnablements(driver)
  return {
    find: (unitId, skillId) => findOne(driver, ids, unitId, skillId),

    list: listOfUnit(driver, ids),

    listOfUnits: listOfUnits(driver, ids),

    enable: (wanted, stamp) =>
      ids.write(
        idsOf('enable', [wanted], stamp),
        function* (numberOf) {
          const [enablement] = yield* enableAll([wanted], stamp, 'enable', numberOf, parts)
          if (enablement === undefined) throw new Error('The write of an enablement gave no row.')
          return enablement
        },
        keysOf(wanted),
      ),

    enableMany: (records, stamp) =>
      ids.write(
        idsOf('batch_enable', records, stamp),
        function* (numberOf) {
          for (const pass of passesOf(records)) yield* enableAll(pass, stamp, 'batch_enable', numberOf, parts)
        },
        records.flatMap(keysOf),
      ),

    disable: (unitId, skillId, stage, stamp) => {
      const records = [{ unitId, skillId, stage }]
      return ids.write(
        idsOf('disable', records, stamp),
        function* (numberOf) {
          return (yield* disableAll(records, stamp, 'disable', numberOf, record)) > 0
        },
        records.map(recordKey),
      )
    },

    disableMany: (records, stamp) =>
      ids.write(
        idsOf('batch_disable', records, stamp),
        function* (numberOf) {
          for (const pass of passesOf(records))
            yield* disableAll(pass, stamp, 'batch_disable', numberOf, record)
        },
        records.map(recordKey),
      ),

    ...heldEnablements(driver, record),

    hasten: ({ dueAfter, now, limit }) =>
      driver.write(function* () {
        return (yield hasten({ dueAfter, now, limit })).length
      }),
  }
}

type EnablementOperation = 'enable' | 'batch_enable' | 'disable' | 'batch_disable'
const outcomes = ['done', 'accepted'] as const

/** The parts that enabling uses. */
export interface EnableParts {
  readonly record: Recorder
  readonly leaveReplaced: LeaveReplaced
}

export function enableParts(driver: Driver, record: Recorder): EnableParts {
  return { record, leaveReplaced: leaveReplacedLink(driver) }
}

function findOne(
  driver: Driver,
  ids: Ids,
  unitId: UnitId,
  skillId: SkillId,
): MaybePromise<Enablement | undefined> {
  const [unit, skill] = [ids.numberOf(unitId), ids.numberOf(skillId)]
  if (unit === undefined || skill === undefined) {
    return whenReady(driver.read(findByIds({ unit_id: unitId, skill_id: skillId })), ([row]) => {
      if (row === undefined) return undefined
      const [found, texts] = [readEnablement(row), readIds(row)]
      ids.learn(unitId, found.unit)
      ids.learn(skillId, found.skill)
      ids.learn(texts.organizationId, found.organization)
      return enablementOf(found, texts)
    })
  }
  return whenReady(driver.read(findByNumbers({ unit, skill })), ([row]) => {
    if (row === undefined) return undefined
    const found = readEnablement(row)
    return whenReady(ids.idsOf([found.organization]), (idOf) =>
      enablementOf(found, { unitId, skillId, organizationId: idOf(found.organization) as UnitId }),
    )
  })
}

/** Returns the texts whose numbers a write needs, those of its log entries included. */
export function idsOf(
  operation: EnablementOperation,
  records: readonly (RecordKey & { readonly organizationId?: UnitId })[],
  { actor }: WriteStamp,
): ReadonlySet<string> {
  const ids = new Set<string>([actor, operation, ...outcomes])
  for (const { unitId, skillId, organizationId } of records) {
    ids.add(unitId).add(skillId)
    if (organizationId !== undefined) ids.add(organizationId)
  }
  return ids
}

const hastenedEnablements = byEngine(({ takeRows }) =>
  named(
    ['dueAfter', 'now', 'limit'],
    (at) => `with taken as materialized (
        select unit, skill from enablements where enabled_from > ${at.dueAfter} limit ${at.limit} ${takeRows})
      update enablements set enabled_from = ${at.now} where (unit, skill) in (select unit, skill from taken)
      returning unit`,
  ),
)

/** Reads what `disableAll` needs of a removed record. */
const readDisabled = rowReader(
  {
    unit: integer,
    skill: integer,
    organization_id: text<UnitId>(),
    stage: text<Stage>(),
    link_name: nullable(text()),
  },
  (row) => row,
)

const deleteEnablement = named(
  ['unit', 'skill', 'stage'],
  (at) => `delete from enablements
    where unit = ${at.unit} and skill = ${at.skill} and stage = coalesce(${at.stage}, stage)
    returning unit, skill, (select id from ids where number = organization) as organization_id, stage, link_name`,
)

/** Returns keys for the record and for the link that it shall use. */
function keysOf(record: EnableRecord): string[] {
  const { skillId, organizationId, link } = record
  const key = recordKey(record)
  return link.kind === 'keep' ? [key] : [key, `${organizationId} ${skillId} ${link.name}`]
}

function detailOf(stage: Stage, changeId: string | undefined): Readonly<Record<string, unknown>> {
  return changeId === undefined ? { stage } : { stage, change: changeId }
}

/** The key of a record. */
interface RecordKey {
  readonly unitId: UnitId
  readonly skillId: SkillId
}

export function recordKey({ unitId, skillId }: RecordKey): string {
  return `${unitId} ${skillId}`
}

/** Divides the records into passes without a key that occurs twice. Of two records with the same key the later one is in a later pass. */
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

/** Returns how many there were. */
export function* disableAll(
  records: readonly DisableRecord[],
  stamp: WriteStamp,
  operation: EnablementOperation,
  numberOf: NumberOf,
  record: Recorder,
): Steps<number> {
  const byKey = new Map(records.map((one) => [`${numberOf(one.unitId)} ${numberOf(one.skillId)}`, one]))
  const removed = (yield records.map(({ unitId, skillId, stage }) =>
    deleteEnablement({ unit: numberOf(unitId), skill: numberOf(skillId), stage: stage ?? null }),
  )).map(readDisabled)
  const changes: Recorded[] = []
  const left: Statement[] = []
  for (const { unit, skill, organization_id: organizationId, stage, link_name: name } of removed) {
    const wanted = byKey.get(`${unit} ${skill}`)
    if (wanted === undefined) throw new Error('A record was removed that was not named.')
    const { unitId, skillId, itemId, changeId } = wanted
    if (name !== null) left.push(leaveLink({ organizationId, skillId, name, now: stamp.now }))
    const detail = detailOf(stage, changeId)
    changes.push(recorded(stamp, { operation, organizationId, unitId, skillId, itemId, detail }))
  }
  yield left
  yield* record(...changes)
  return removed.length
}

/**
 * One upsert decides, by the record that exists when it runs. The write takes the link first: the link must still exist, and a
 * write that would discard it waits for its row. No two of the records have the same unit and skill.
 */
export function* enableAll(
  records: readonly EnableRecord[],
  stamp: ActivationStamp,
  operation: EnablementOperation,
  numberOf: NumberOf,
  { record, leaveReplaced }: EnableParts,
): Steps<Enablement[]> {
  yield* takeSubscriptions(records, numberOf)
  const linkOf = yield* linksOfRecords(records, stamp, leaveReplaced, numberOf)
  const rows = (yield records.map((one) => upsertStatement(one, linkOf(one), stamp, numberOf))).map(
    readEnablement,
  )
  const enablements: Enablement[] = []
  const changes: Recorded[] = []
  const waiting: Statement[] = []
  for (const [
    index,
    { unitId, skillId, organizationId, itemId, changeId, stage, link },
  ] of records.entries()) {
    const row = rows[index]
    if (row === undefined) throw new Error('The write of an enablement gave no row.')
    const { unit, skill, enabledFrom, linkName, isLinked } = row
    if (link.kind === 'keep' && linkName !== undefined && !isLinked) {
      const { requestId } = stamp
      const actor = numberOf(stamp.actor)
      waiting.push(waitsAgainStatement({ unit, skill, requestId, actor, itemId: itemId ?? null }))
    }
    const isEnabled = statusAt(row, stamp.now) === 'ENABLED'
    const outcome = isEnabled ? 'done' : 'accepted'
    const effectiveAt = isEnabled ? undefined : enabledFrom
    const what = { organizationId, unitId, skillId, itemId, detail: detailOf(stage, changeId) }
    changes.push(recorded(stamp, { operation, outcome, effectiveAt, ...what }))
    enablements.push(enablementOf(row, { unitId, skillId, organizationId }))
  }
  if (waiting.length > 0) yield waiting
  yield record.withNumbers(changes, numberOf)
  return enablements
}
