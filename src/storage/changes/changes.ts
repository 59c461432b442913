/** Changes of many units and skills, their items, and who works on them. */
import type { Change } from '../../model/changes/change.ts'
import { recorded, type WriteStamp } from '../../model/operations-log.ts'
import type { ChangeStorage, ClaimedChange, NewChange } from '../../model/ports/change-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { enableParts, idsOf, recordKey } from '../enablements/enablements.ts'
import { type Driver, named, type Row, type Steps, statement, type Value } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import { type Ids, numberIn } from '../ids/ids.ts'
import type { Recorder } from '../log/operations-log.ts'
import { listOfItems, noteItems, waitingItems } from './change-items.ts'
import { changeColumns, readChange, readWork, workColumns } from './change-row.ts'
import { finishIfDone, holdClaimed, lockedState, settleItems } from './settle-items.ts'

export function changeStorage(driver: Driver, record: Recorder, ids: Ids): ChangeStorage {
  const parts = enableParts(driver, record)
  const findState = lockedState(driver)
  const takeDue = dueChange(driver)
  return {
    add: (change, stamp, runningMax) =>
      driver.write(() => addChange(change, stamp, runningMax, record), changeKey(change.id)),

    find: async (id) => {
      const [row] = await driver.read(changeWith({ id }))
      return row && readChange(row)
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

const changeWith = named(['id'], (at) => `select ${changeColumns} from changes where id = ${at.id}`)

function* getChange(id: string): Steps<Change> {
  const [row] = yield changeWith({ id })
  if (row === undefined) throw new Error('A change that was added is not there.')
  return readChange(row)
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
  if (status === 'undone') conditions.push('changes.undone_by is not null')
  else if (status !== undefined)
    conditions.push(`changes.status = ${at(status)} and changes.undone_by is null`)
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

function dueChange({ takeRows }: Driver) {
  return named(
    ['id', 'now', 'leaseUntil'],
    (at) => `update changes set due_at = ${at.leaseUntil}, claim = ${at.id}
      where number = (select number from changes where due_at <= ${at.now} order by due_at, number limit 1 ${takeRows})
      returning ${changeColumns}, ${workColumns}`,
  )
}

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

const readKnown = rowReader({ id: text(), request_hash: nullable(text()) }, (row) => row)

const changeWithKey = named(
  ['key'],
  (at) => `select ${readKnown.columns} from changes where idempotency_key = ${at.key}`,
)

function* addChange(
  change: NewChange,
  stamp: WriteStamp,
  runningMax: number,
  record: Recorder,
): Steps<Change> {
  const { id, idempotency, undoOf, rootId } = change
  const known = yield* changeOfKey(idempotency)
  if (known !== undefined) return known
  const running = yield statement(
    'select number from changes where due_at is not null and actor = $1 limit $2',
    change.actor,
    runningMax,
  )
  if (running.length >= runningMax) throw tooMany(runningMax)
  const [row] = yield insertChange(change, stamp)
  // Another node has added one with the key at the same time.
  if (row === undefined) return yield* addedMeanwhile(idempotency)
  if (undoOf !== undefined) yield* takeBack(undoOf, id)
  if (rootId !== undefined) yield noteScopes({ change: Number(row.number), root: rootId })
  const { action, skillIds, total, retryOf } = change
  const detail = {
    change: id,
    action,
    skillIds,
    total,
    ...(undoOf && { undoOf }),
    ...(retryOf && { retryOf }),
  }
  yield* record(recorded(stamp, { operation: 'change', outcome: 'accepted', unitId: rootId, detail }))
  return yield* getChange(id)
}

function* changeOfKey(idempotency: NewChange['idempotency']): Steps<Change | undefined> {
  if (idempotency === undefined) return undefined
  const [row] = yield changeWithKey({ key: idempotency.key })
  if (row === undefined) return undefined
  const { id, request_hash: hash } = readKnown(row)
  if (hash !== idempotency.requestHash) {
    throw refuse('INVALID_PARAM', 'Idempotency-Key is invalid: it was used for another request.')
  }
  return yield* getChange(id)
}

function* addedMeanwhile(idempotency: NewChange['idempotency']): Steps<Change> {
  const known = yield* changeOfKey(idempotency)
  if (known === undefined) throw new Error('A change was not added, and no other one has its key.')
  return known
}

function* takeBack(undoOf: string, id: string): Steps<void> {
  const [taken] = yield statement(
    `update changes set undone_by = $1 where id = $2 and undone_by is null and status <> 'running' returning number`,
    id,
    undoOf,
  )
  if (taken === undefined) {
    throw refuse('INVALID_PARAM', `The change ${undoOf} runs, or another change takes it back.`, {
      reason: 'state',
    })
  }
}

function insertChange(change: NewChange, { now, requestId }: WriteStamp) {
  const { principal, partition, idempotency } = change
  return statement(
    `insert into changes (id, action, status, created_at, actor, request_id, principal, root, skill_ids, stage,
        partition_names, undo_of, retry_of, selection, position, noted, next_place, total, done, already, refused, gone,
        due_at, idempotency_key, request_hash)
      values ($1, $2, 'running', $3, $4, $5, $6, ${numberIn('$7')}, $8, $9, $10, $11, $12, $13, '', 0, 0, $14, 0, 0, 0, 0,
        $3, $15, $16)
      on conflict (idempotency_key) do nothing returning number`,
    change.id,
    change.action,
    now,
    change.actor,
    requestId,
    principal === undefined ? null : JSON.stringify(principal),
    change.rootId ?? null,
    JSON.stringify(change.skillIds),
    change.stage ?? null,
    partition === undefined ? null : JSON.stringify(partition),
    change.undoOf ?? null,
    change.retryOf ?? null,
    JSON.stringify(change.selection),
    change.total,
    idempotency?.key ?? null,
    idempotency?.requestHash ?? null,
  )
}

/** Notes the root and the units above it. */
const noteScopes = named(
  ['change', 'root'],
  (at) => `insert into change_scopes (unit, change)
    with recursive up (number, parent) as (
      select number, parent from units where number = ${numberIn(at.root)}
      union all select u.number, u.parent from up join units u on u.number = up.parent)
    select number, cast(${at.change} as integer) from up`,
)

function tooMany(runningMax: number) {
  return refuse(
    'TOO_MANY_REQUESTS',
    `At most ${runningMax} changes of one caller can run at the same time.`,
    {
      retryAfterMs: 5000,
    },
  )
}

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
