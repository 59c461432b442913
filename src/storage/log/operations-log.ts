import type { LogEntry, Recorded } from '../../model/operations-log.ts'
import type { LogFilter, LogStorage } from '../../model/ports/storage.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { LoggedOperation, LoggedOutcome } from '../../protocol/operator.ts'
import { type Driver, insertInto, type Statement, statement, type Value } from '../engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'

const insertEntry = insertInto({
  table: 'operations_log',
  columns: {
    id: 'text',
    at: 'bigint',
    request_id: 'text',
    actor: 'text',
    operation: 'text',
    outcome: 'text',
    organization_id: 'text',
    unit_id: 'text',
    skill_id: 'text',
    item_id: 'bigint',
    detail: 'text',
    effective_at: 'bigint',
  },
  key: ['id'],
})

/** Who holds an operator's token: alone, or with a name behind it. */
const operator = 'operator'

/** Makes the statements that record changes. A write runs them with its own, so that both are stored or neither. */
export type Recorder = (...changes: readonly Recorded[]) => Statement[]

/** `newId` must return IDs in ascending order. */
export function createRecorder(newId: () => string): Recorder {
  return (...changes) =>
    changes.map(({ stamp, change }) =>
      insertEntry({
        id: newId(),
        at: stamp.now,
        request_id: stamp.requestId,
        actor: stamp.actor,
        operation: change.operation,
        outcome: change.outcome ?? 'done',
        organization_id: change.organizationId ?? null,
        unit_id: change.unitId ?? null,
        skill_id: change.skillId ?? null,
        item_id: change.itemId ?? null,
        detail: change.detail === undefined ? null : JSON.stringify(change.detail),
        effective_at: change.effectiveAt ?? null,
      }),
    )
}

export function logStorage(driver: Driver, record: Recorder): LogStorage {
  return {
    async list(filter, page) {
      const rows = await driver.read(listStatement(filter, page))
      return rows.map(readEntry)
    },
    async append(change) {
      await driver.write(function* () {
        yield record(change)
      }, change.stamp.requestId)
    },
    // IDs sort by time, so the oldest are the first: no look at the rest of a long log.
    forgetBefore: (at, limit) =>
      driver.write(function* () {
        const rows = yield statement(
          `delete from operations_log where at < $1 and id in (select id from operations_log order by id limit $2)
           returning id`,
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
  const add = (condition: string, value: Value | undefined) => {
    if (value === undefined) return
    values.push(value)
    conditions.push(`${condition} $${values.length}`)
  }
  add('request_id =', filter.requestId)
  add('organization_id =', filter.organizationId)
  add('unit_id =', filter.unitId)
  add('skill_id =', filter.skillId)
  add('operation =', filter.operation)
  add('outcome =', filter.outcome)
  if (filter.actor === operator) {
    // Their names begin behind a colon, and a semicolon comes next.
    values.push(operator, `${operator}:`, `${operator};`)
    const [last, second, first] = [values.length, values.length - 1, values.length - 2]
    conditions.push(`(actor = $${first} or (actor >= $${second} and actor < $${last}))`)
  } else add('actor =', filter.actor)
  if (filter.since !== undefined) add('id >=', lowestId(filter.since))
  add('at >=', filter.since)
  add('at <', filter.until)
  add(page.newest ? 'id <' : 'id >', page.position)
  values.push(page.limit)
  return statement(
    `select ${readEntry.columns} from operations_log ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by id ${page.newest ? 'desc' : 'asc'} limit $${values.length}`,
    ...values,
  )
}

/**
 * Below all IDs of entries from `since` on, so that a look at the last hour passes over the years before. An ID is made
 * when its entry is, or later where a clock was set back meanwhile; the minute is for the moment in between.
 */
function lowestId(since: number): string {
  const digits = Math.max(0, Math.floor(since) - 60_000)
    .toString(16)
    .padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}`
}

const readEntry = rowReader(
  {
    id: text(),
    at: integer,
    request_id: text(),
    actor: text(),
    operation: text<LoggedOperation>(),
    outcome: text<LoggedOutcome>(),
    organization_id: nullable(text<UnitId>()),
    unit_id: nullable(text<UnitId>()),
    skill_id: nullable(text<SkillId>()),
    item_id: nullable(integer),
    detail: nullable(json<Readonly<Record<string, unknown>>>()),
    effective_at: nullable(integer),
  },
  (row): LogEntry => ({
    id: row.id,
    at: row.at,
    requestId: row.request_id,
    actor: row.actor,
    operation: row.operation,
    outcome: row.outcome,
    ...(row.organization_id === null ? {} : { organizationId: row.organization_id }),
    ...(row.unit_id === null ? {} : { unitId: row.unit_id }),
    ...(row.skill_id === null ? {} : { skillId: row.skill_id }),
    ...(row.item_id === null ? {} : { itemId: row.item_id }),
    ...(row.effective_at === null ? {} : { effectiveAt: row.effective_at }),
    ...(row.detail === null ? {} : { detail: parsed(row.detail) }),
  }),
)
