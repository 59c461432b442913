import { recorded } from '../../model/operations-log.ts'
import type { ChangeStorage, ClaimedChange } from '../../model/ports/change-storage.ts'
import { enableParts, idsOf, recordKey } from '../enablements/enablements.ts'
import {
  byEngine,
  type Driver,
  named,
  type Row,
  type Steps,
  statement,
  type Value,
} from '../engine/driver.ts'
import { integer, nullable, rowReader } from '../engine/row-reader.ts'
import { type Ids, numberIn } from '../ids/ids.ts'
import type { Recorder } from '../log/operations-log.ts'
import { addChange, changeWith, findRepeated } from './add-change.ts'
import { listOfItems, noteItems, waitingItems } from './change-items.ts'
import { changeColumns, isUndone, readChange, readWork, workColumns } from './change-row.ts'
import { finishIfDone, holdClaimed, lockedState, settleItems } from './settle-items.ts'

export function changeStorage(driver: Driver, record: Recorder, ids: Ids): ChangeStorage {
  const parts = enableParts(driver, record)
  const findState = lockedState(driver)
  const takeDue = dueChange(driver)
  return {
    add: (change, stamp, runningMax) =>
      driver.write(() => addChange(change, stamp, runningMax, record), changeKey(change.id)),

    findRepeated: (idempotency) => findRepeated(driver, idempotency),

    find: async (id) => {
      const [row] = await driver.read(changeWith({ id }))
      return row && readChange(row)
    },

    findUnnoted: async (id) => {
      const [row] = await driver.read(workOf({ id }))
      const work = row && readWork(row)
      return work?.selection && { selection: work.selection, position: work.position }
    },

    list: async (filter, page) => (await driver.read(listStatement(filter, page))).map(readChange),

    listItems: listOfItems(driver),

    listWaiting: waitingItems(driver),

    claimDue: ({ id, now, leaseUntil }) =>
      driver.write(function* () {
        const [row] = yield takeDue({ id, now, leaseUntil })
        return row && claimedChange(row)
      }),

    async addItems(claim, items, position, stamp) {
      await ids.prepare(items.map(({ unitId }) => unitId))
      return ids.write(
        items.map(({ skillId }) => skillId),
        function* (numberOf) {
          const held = yield* holdClaimed(claim)
          if (held === undefined || held.hasAll) return false
          const { number } = held
          yield noteItems(number, held.noted, items, numberOf, ids)
          const noted = held.noted + items.length
          if (position !== undefined) {
            yield noteMore({ number, noted, position })
            return true
          }
          yield noteLast({ number, noted })
          const counts = { ...held.counts, total: noted }
          yield* finishIfDone({ ...held, noted, hasAll: true, counts }, claim.changeId, stamp, record)
          return true
        },
        [changeKey(claim.changeId)],
      )
    },

    settle(claim, works, stamp) {
      const wanted = works.filter((work) => work.kind === 'wanted')
      const skillIds = works.map(({ skillId }) => skillId)
      return ids.write(
        [...idsOf('enable', wanted, stamp), 'disable', ...skillIds],
        (numberOf) => settleItems(claim, works, stamp, { ...parts, findState, numberOf }),
        [changeKey(claim.changeId), ...wanted.map(recordKey)],
      )
    },

    release: ({ changeId, claimId }, dueAt) =>
      driver.write(function* () {
        yield letGo({ changeId, claimId, dueAt })
      }, changeKey(changeId)),

    cancel: (id, stamp) =>
      driver.write(function* () {
        const [row] = yield cancelRunning({ id, now: stamp.now })
        if (row === undefined) return false
        const { rootId: unitId, counts } = readChange(row)
        const detail = { change: id, status: 'cancelled', counts }
        yield* record(recorded(stamp, { operation: 'change', unitId, detail }))
        return true
      }, changeKey(id)),

    async nextDueAt() {
      const [row] = await driver.read(
        statement('select min(due_at) as due_at from changes where due_at is not null'),
      )
      return row && readDueAt(row)
    },

    forgetBefore: (at, limit) => driver.write(() => forgetBefore(at, limit)),
  }
}

function changeKey(id: string): string {
  return `change ${id}`
}

function listStatement(
  { under, actor, status }: Parameters<ChangeStorage['list']>[0],
  { after, limit }: Parameters<ChangeStorage['list']>[1],
) {
  const values: Value[] = []
  const at = (value: Value) => `$${values.push(value)}`
  const conditions: string[] = []
  if (under !== undefined) conditions.push(`scopes.unit = ${numberIn(at(under))}`)
  if (actor !== undefined) conditions.push(`changes.actor = ${at(actor)}`)
  if (status === 'undone') conditions.push(isUndone)
  else if (status !== undefined) conditions.push(`changes.status = ${at(status)} and not ${isUndone}`)
  if (after !== undefined)
    conditions.push(`changes.number < coalesce((select number from changes where id = ${at(after)}), 0)`)
  // In the order of the index by unit, if that is the way in.
  const order = under === undefined ? 'changes.number' : 'scopes.change'
  const from =
    under === undefined ? 'changes' : 'change_scopes scopes join changes on changes.number = scopes.change'
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
  return statement(
    `select ${changeColumns} from ${from} ${where} order by ${order} desc limit ${at(limit)}`,
    ...values,
  )
}

const readDueAt = rowReader({ due_at: nullable(integer) }, (row) => row.due_at ?? undefined)

function claimedChange(row: Row): ClaimedChange {
  return { ...readChange(row), ...readWork(row) }
}

const workOf = named(['id'], (at) => `select ${workColumns} from changes where id = ${at.id}`)

const dueChange = byEngine(({ takeRows }) =>
  named(
    ['id', 'now', 'leaseUntil'],
    (at) => `update changes set due_at = ${at.leaseUntil}, claim = ${at.id}
      where number = (select number from changes where due_at <= ${at.now} order by due_at, number limit 1 ${takeRows})
      returning ${changeColumns}, ${workColumns}`,
  ),
)

const noteMore = named(
  ['number', 'noted', 'position'],
  (at) => `update changes set noted = ${at.noted}, position = ${at.position} where number = ${at.number}`,
)

const noteLast = named(
  ['number', 'noted'],
  (at) =>
    `update changes set noted = ${at.noted}, total = ${at.noted}, selection = null where number = ${at.number}`,
)

const letGo = named(
  ['changeId', 'claimId', 'dueAt'],
  (at) => `update changes set due_at = ${at.dueAt}, claim = null
    where id = ${at.changeId} and claim = ${at.claimId} and status = 'running'`,
)

const cancelRunning = named(
  ['id', 'now'],
  (at) => `update changes set status = 'cancelled', finished_at = ${at.now}, due_at = null, claim = null
    where id = ${at.id} and status = 'running' returning ${changeColumns}`,
)

function* forgetBefore(at: number, limit: number): Steps<number> {
  const items = yield statement(
    `delete from change_items where (change, place) in (
        select i.change, i.place from changes c join change_items i on i.change = c.number
        where c.finished_at < $1 limit $2)
      returning place`,
    at,
    limit,
  )
  if (items.length >= limit) return items.length
  const ended = yield statement(
    `select c.number from changes c where c.finished_at < $1
       and not exists (select 1 from change_items i where i.change = c.number) limit $2`,
    at,
    limit,
  )
  if (ended.length === 0) return items.length
  yield ended.map(({ number }) => statement('delete from change_scopes where change = $1', Number(number)))
  yield ended.map(({ number }) => statement('delete from changes where number = $1', Number(number)))
  return items.length + ended.length
}
