/** The items of changes as rows. */
import type { ChangeItem, StatePair } from '../../model/changes/change.ts'
import type { SkillState } from '../../model/changes/skill-state.ts'
import type { ChangeStorage, NewItem } from '../../model/ports/change-storage.ts'
import type { ChangeOutcome } from '../../protocol/console/change.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { type Driver, insertInto, type Statement, statement, type Value } from '../engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'
import type { Ids, NumberOf } from '../ids/ids.ts'

/** A state as JSON; `null` of JSON is a skill that is off, and null of SQL no state at all. */
const state = nullable(json<SkillState | null>())

const readItem = rowReader(
  {
    place: integer,
    unit_id: text<UnitId>(),
    skill_id: text<SkillId>(),
    outcome: text<ChangeOutcome>(),
    reason: nullable(text()),
    state_before: state,
    state_after: state,
  },
  (row): ChangeItem => ({
    place: row.place,
    unitId: row.unit_id,
    skillId: row.skill_id,
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    plan:
      row.state_before === null || row.state_after === null
        ? undefined
        : { before: parsed(row.state_before) ?? undefined, after: parsed(row.state_after) ?? undefined },
  }),
)

const selectItems = `select i.place, coalesce(u.id, i.unit_id) as unit_id, k.id as skill_id, i.outcome, i.reason,
    i.state_before, i.state_after
  from changes c join change_items i on i.change = c.number left join ids u on u.number = i.unit join ids k on k.number = i.skill`

/** Returns items of a change from a place on. */
export function listOfItems(driver: Driver): ChangeStorage['listItems'] {
  return async (id, { from, outcomes, limit }) => {
    const values: Value[] = [id, from]
    const at = (value: Value) => `$${values.push(value)}`
    const among = outcomes && ` and i.outcome in (${outcomes.map(at).join(', ')})`
    const rows = await driver.read(
      statement(
        `${selectItems} where c.id = $1 and i.place >= $2${among ?? ''} order by i.place limit ${at(limit)}`,
        ...values,
      ),
    )
    return rows.map(readItem)
  }
}

/** Returns the next items of a change that have no outcome. */
export function waitingItems(driver: Driver): ChangeStorage['listWaiting'] {
  return async (id, limit) => {
    const rows = await driver.read(
      statement(
        `${selectItems} where c.id = $1 and i.place >= c.next_place order by i.place limit $2`,
        id,
        limit,
      ),
    )
    return rows.map(readItem)
  }
}

const noteItem = insertInto({
  table: 'change_items',
  columns: {
    change: 'integer',
    place: 'integer',
    unit: 'integer',
    unit_id: 'text',
    skill: 'integer',
    outcome: 'text',
    state_before: 'text',
    state_after: 'text',
  },
  key: ['change', 'place'],
})

/** The statements that note new items from a place on. A unit without a number keeps its ID. */
export function noteItems(
  change: number,
  firstPlace: number,
  items: readonly NewItem[],
  skillNumber: NumberOf,
  ids: Ids,
): Statement[] {
  return items.map(({ unitId, skillId, plan }, index) => {
    const unit = ids.numberOf(unitId)
    return noteItem({
      change,
      place: firstPlace + index,
      unit: unit ?? null,
      unit_id: unit === undefined ? unitId : null,
      skill: skillNumber(skillId),
      outcome: 'waiting',
      ...statesOf(plan),
    })
  })
}

/** An insert, because PostgreSQL then gets all rows as one statement. */
const updateItem = insertInto({
  table: 'change_items',
  columns: {
    change: 'integer',
    place: 'integer',
    skill: 'integer',
    outcome: 'text',
    reason: 'text',
    state_before: 'text',
    state_after: 'text',
  },
  key: ['change', 'place'],
  onConflict: `on conflict (change, place) do update set outcome = excluded.outcome, reason = excluded.reason,
    state_before = excluded.state_before, state_after = excluded.state_after`,
})

/** An item that has its outcome. */
export interface SettledItem {
  readonly place: number
  readonly skillId: SkillId
  readonly outcome: Exclude<ChangeOutcome, 'waiting'>
  readonly reason: string | undefined
  readonly plan: StatePair | undefined
}

export function settledItem(
  change: number,
  { place, skillId, outcome, reason, plan }: SettledItem,
  numberOf: NumberOf,
): Statement {
  return updateItem({
    change,
    place,
    skill: numberOf(skillId),
    outcome,
    reason: reason ?? null,
    ...statesOf(plan),
  })
}

function statesOf(plan: StatePair | undefined): { state_before: string | null; state_after: string | null } {
  return {
    state_before: plan === undefined ? null : JSON.stringify(plan.before ?? null),
    state_after: plan === undefined ? null : JSON.stringify(plan.after ?? null),
  }
}
