/** The write that adds a change. */
import type { Change } from '../../model/changes/change.ts'
import { recorded, type WriteStamp } from '../../model/operations-log.ts'
import type { NewChange } from '../../model/ports/change-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { type Driver, named, type Row, type Steps, statement } from '../engine/driver.ts'
import { nullable, rowReader, text } from '../engine/row-reader.ts'
import { numberIn } from '../ids/ids.ts'
import type { Recorder } from '../log/operations-log.ts'
import { changeColumns, isUndone, readChange } from './change-row.ts'

export const changeWith = named(['id'], (at) => `select ${changeColumns} from changes where id = ${at.id}`)

function* getChange(id: string): Steps<Change> {
  const [row] = yield changeWith({ id })
  if (row === undefined) throw new Error('A change that was added is not there.')
  return readChange(row)
}

type Idempotency = NonNullable<NewChange['idempotency']>

const readKnown = rowReader({ id: text(), request_hash: nullable(text()) }, (row) => row)

const changeWithKey = named(
  ['key'],
  (at) => `select ${readKnown.columns} from changes where idempotency_key = ${at.key}`,
)

/** Returns the ID of the change that was found for the key. */
function idOfKnown(row: Row, { requestHash }: Idempotency): string {
  const { id, request_hash: hash } = readKnown(row)
  if (hash !== requestHash) {
    throw refuse('INVALID_PARAM', 'Idempotency-Key is invalid: it was used for another request.')
  }
  return id
}

/** See `ChangeStorage.findRepeated`. */
export async function findRepeated(driver: Driver, idempotency: Idempotency): Promise<Change | undefined> {
  const [known] = await driver.read(changeWithKey({ key: idempotency.key }))
  if (known === undefined) return undefined
  const [row] = await driver.read(changeWith({ id: idOfKnown(known, idempotency) }))
  return row && readChange(row)
}

/** Adds the change, or returns the one that has its key. See `ChangeStorage.add`. */
export function* addChange(
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
  return row && (yield* getChange(idOfKnown(row, idempotency)))
}

function* addedMeanwhile(idempotency: NewChange['idempotency']): Steps<Change> {
  const known = yield* changeOfKey(idempotency)
  if (known === undefined) throw new Error('A change was not added, and no other one has its key.')
  return known
}

function* takeBack(undoOf: string, id: string): Steps<void> {
  const [taken] = yield statement(
    `update changes set undone_by = $1 where id = $2 and not ${isUndone} and status <> 'running' returning number`,
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
