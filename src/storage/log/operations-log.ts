import { type LogEntry, lowestIdAt, type Recorded } from '../../model/operations-log.ts'
import type { LogFilter, LogStorage } from '../../model/ports/storage.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { LoggedOperation, LoggedOutcome } from '../../protocol/operator.ts'
import {
  type Driver,
  insertInto,
  type Statement,
  type Steps,
  statement,
  type Value,
} from '../engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'
import { type Ids, type NumberOf, numberIn } from '../ids/ids.ts'
import { entryId, logIds, positionOf, uuid } from './log-ids.ts'

const insertEntry = insertInto({
  table: 'operations_log',
  columns: {
    id: 'uuid',
    place: 'integer',
    at: 'bigint',
    request_id: 'text',
    actor: 'integer',
    operation: 'integer',
    outcome: 'integer',
    organization: 'integer',
    unit: 'integer',
    skill: 'integer',
    item_id: 'bigint',
    stage: 'text',
    detail: 'text',
    effective_at: 'bigint',
  },
  key: ['id', 'place'],
})

const done: LoggedOutcome = 'done'
/** The actor of an operator's token without a name; a name follows a colon. */
const operator = 'operator'
const placeMax = 2 ** 31 - 1
/** How long after its request an entry still has the ID of the request: entries sort by time. */
const requestRunsMs = 100
/** Units whose numbers have the same remainder share a place among the newest IDs. */
const newestIdsMax = 4096

/** Takes the steps that record changes. A write takes them with its own, so that both are stored or neither. */
export interface Recorder {
  (...changes: readonly Recorded[]): Steps<void>
  /** Returns the statements, for a write that has the numbers of what `numbered` returns. */
  withNumbers(changes: readonly Recorded[], numberOf: NumberOf): Statement[]
}

/** Returns the texts of a change that the log has as numbers. */
function numbered({ stamp, change }: Recorded): (string | undefined)[] {
  const { operation, outcome = done, organizationId, unitId, skillId } = change
  return [stamp.actor, operation, outcome, organizationId, unitId, skillId]
}

/** `newId` must return UUIDs of version 7, in ascending order. The IDs of requests should come from it too. */
export function createRecorder(ids: Ids, newId: () => string): Recorder {
  /** The ID of the newest entry of units, by their place. */
  const newestIds = new Map<number, string>()
  let lastPlace = 0
  const nextPlace = () => {
    lastPlace = (lastPlace % placeMax) + 1
    return lastPlace
  }

  function withNumbers(changes: readonly Recorded[], numberOf: NumberOf): Statement[] {
    const numberOrNull = (id: string | undefined) => (id === undefined ? null : numberOf(id))
    // Most entries have the ID of their request, and one ID is enough to tell how late all of them are.
    const ownId = newId()
    let unused: string | undefined = ownId
    let lastRequest = ''
    let isLastLate = false
    return changes.map(({ stamp, change }) => {
      const { requestId } = stamp
      if (requestId !== lastRequest) {
        lastRequest = requestId
        isLastLate = isOfLate(requestId, ownId)
      }
      const unit = numberOrNull(change.unitId)
      const slot = (unit ?? 0) % newestIdsMax
      // A request that came earlier may be done later: the entries of a unit are in the order of their writes.
      const isOfRequest = isLastLate && requestId >= (newestIds.get(slot) ?? '')
      const id = isOfRequest ? requestId : (unused ?? newId())
      if (!isOfRequest) unused = undefined
      newestIds.set(slot, id)
      const stage = change.detail?.stage
      const stageColumn = typeof stage === 'string' ? stage : null
      return insertEntry({
        id,
        place: isOfRequest ? nextPlace() : 0,
        at: stamp.now,
        request_id: isOfRequest ? null : requestId,
        actor: numberOf(stamp.actor),
        operation: numberOf(change.operation),
        outcome: numberOf(change.outcome ?? done),
        organization: numberOrNull(change.organizationId),
        unit,
        skill: numberOrNull(change.skillId),
        item_id: change.itemId ?? null,
        stage: stageColumn,
        detail: detailText(change.detail, stageColumn !== null),
        effective_at: change.effectiveAt ?? null,
      })
    })
  }

  return Object.assign(
    function* (...changes: readonly Recorded[]): Steps<void> {
      if (changes.length === 0) return
      const numberOf = yield* ids.take(changes.flatMap(numbered))
      yield withNumbers(changes, numberOf)
    },
    { withNumbers },
  )
}

/** `hasStage`: the stage has a column of its own. */
function detailText(detail: Recorded['change']['detail'], hasStage: boolean): string | null {
  const count = detail === undefined ? 0 : Object.keys(detail).length
  if (count === (hasStage ? 1 : 0)) return null
  return JSON.stringify(hasStage ? { ...detail, stage: undefined } : detail)
}

/** Whether the request has a UUID of version 7 that was made shortly before this one. */
function isOfLate(requestId: string, ownId: string): boolean {
  if (requestId >= ownId || requestId[14] !== '7' || !uuid.test(requestId)) return false
  return msOf(ownId) - msOf(requestId) <= requestRunsMs
}

/** Returns the time of a UUID of version 7, in milliseconds since the epoch. */
function msOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** `lookMs`: see the port. */
export function logStorage(driver: Driver, record: Recorder, lookMs: number): LogStorage {
  return {
    async list(filter, page) {
      const rows = await driver.read(listStatement(filter, page))
      return rows.map(readEntry)
    },
    ...logIds(driver),
    lookMs,
    async append(change) {
      await driver.write(() => record(change), change.stamp.requestId)
    },
    // IDs sort by time, so the oldest are the first: no look at the rest of a long log.
    forgetBefore: (at, limit) =>
      driver.write(function* () {
        const rows = yield statement(
          `delete from operations_log where at < $1
             and (id, place) in (select id, place from operations_log order by id, place limit $2)
           returning place`,
          at,
          limit,
        )
        return rows.length
      }),
  }
}

function listStatement(
  filter: LogFilter,
  page: { position?: string; newest: boolean; limit: number },
): Statement {
  const conditions: string[] = []
  const values: Value[] = []
  const at = (value: Value) => `$${values.push(value)}`
  const add = (value: Value | undefined, condition: (at: string) => string) => {
    if (value !== undefined) conditions.push(condition(at(value)))
  }
  const { requestId } = filter
  if (requestId !== undefined) {
    const others = `request_id = ${at(requestId)}`
    conditions.push(uuid.test(requestId) ? `(id = cast(${at(requestId)} as uuid) or ${others})` : others)
  }
  add(filter.organizationId, (id) => `organization = ${numberIn(id)}`)
  add(filter.unitId, (id) => `unit = ${numberIn(id)}`)
  add(filter.skillId, (id) => `skill = ${numberIn(id)}`)
  add(filter.operation, (name) => `operation = ${numberIn(name)}`)
  add(filter.outcome, (name) => `outcome = ${numberIn(name)}`)
  if (filter.actor === operator) {
    // Their names begin behind a colon, and a semicolon comes next.
    const names = `id >= ${at(`${operator}:`)} and id < ${at(`${operator};`)}`
    conditions.push(`actor in (select number from ids where id = ${at(operator)} or (${names}))`)
  } else add(filter.actor, (id) => `actor = ${numberIn(id)}`)
  if (filter.since !== undefined) conditions.push(`id >= cast(${at(lowestId(filter.since))} as uuid)`)
  add(filter.since, (since) => `at >= ${since}`)
  add(filter.until, (until) => `at < ${until}`)
  if (page.position !== undefined) {
    const { id, place } = positionOf(page.position)
    conditions.push(`(id, place) ${page.newest ? '<' : '>'} (cast(${at(id)} as uuid), ${at(place)})`)
  }
  const order = page.newest ? 'desc' : 'asc'
  return statement(
    `select ${selected} from operations_log ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by id ${order}, place ${order} limit ${at(page.limit)}`,
    ...values,
  )
}

/**
 * Below all IDs of entries from `since` on, so that a look at the last hour passes over the years before. An ID is made
 * when its entry is or when its request came, or later where a clock was set back meanwhile.
 */
function lowestId(since: number): string {
  return lowestIdAt(since - 60_000)
}

const idIn = (column: string) =>
  `(select ids.id from ids where ids.number = operations_log.${column}) as ${column}_id`
const selected = `id, place, at, request_id, item_id, stage, detail, effective_at,
  ${['actor', 'operation', 'outcome', 'organization', 'unit', 'skill'].map(idIn).join(', ')}`

const readEntry = rowReader(
  {
    id: text(),
    place: integer,
    at: integer,
    request_id: nullable(text()),
    actor_id: text(),
    operation_id: text<LoggedOperation>(),
    outcome_id: text<LoggedOutcome>(),
    organization_id: nullable(text<UnitId>()),
    unit_id: nullable(text<UnitId>()),
    skill_id: nullable(text<SkillId>()),
    item_id: nullable(integer),
    stage: nullable(text()),
    detail: nullable(json<Readonly<Record<string, unknown>>>()),
    effective_at: nullable(integer),
  },
  (row): LogEntry => ({
    id: entryId(row.id, row.place),
    at: row.at,
    requestId: row.request_id ?? row.id,
    actor: row.actor_id,
    operation: row.operation_id,
    outcome: row.outcome_id,
    ...(row.organization_id === null ? {} : { organizationId: row.organization_id }),
    ...(row.unit_id === null ? {} : { unitId: row.unit_id }),
    ...(row.skill_id === null ? {} : { skillId: row.skill_id }),
    ...(row.item_id === null ? {} : { itemId: row.item_id }),
    ...(row.effective_at === null ? {} : { effectiveAt: row.effective_at }),
    ...(row.stage === null && row.detail === null
      ? {}
      : {
          detail: {
            ...(row.stage !== null && { stage: row.stage }),
            ...(row.detail !== null && parsed(row.detail)),
          },
        }),
  }),
)
