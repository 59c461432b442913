/** Changes as rows. */
import type { Principal } from '../../model/access.ts'
import type { Change, ChangeCounts, Partition, Selection } from '../../model/changes/change.ts'
import type { ClaimedChange } from '../../model/ports/change-storage.ts'
import type { ChangeAction } from '../../protocol/console/change.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'

const columns = {
  id: text(),
  action: text<ChangeAction>(),
  status: text<Change['status']>(),
  created_at: integer,
  finished_at: nullable(integer),
  actor: text(),
  request_id: text(),
  principal: nullable(json<Principal>()),
  root_id: nullable(text<UnitId>()),
  skill_ids: json<readonly SkillId[]>(),
  stage: nullable(text<Stage>()),
  partition_names: nullable(json<NonNullable<Partition>>()),
  undo_of: nullable(text()),
  retry_of: nullable(text()),
  undone_by: nullable(text()),
  total: integer,
  done: integer,
  already: integer,
  refused: integer,
  gone: integer,
}

export const readChange = rowReader(
  columns,
  (row): Change => ({
    id: row.id,
    action: row.action,
    status: row.status,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
    actor: row.actor,
    requestId: row.request_id,
    principal: row.principal === null ? undefined : parsed(row.principal),
    rootId: row.root_id ?? undefined,
    skillIds: parsed(row.skill_ids),
    stage: row.stage ?? undefined,
    partition: row.partition_names === null ? undefined : parsed(row.partition_names),
    undoOf: row.undo_of ?? undefined,
    retryOf: row.retry_of ?? undefined,
    undoneBy: row.undone_by ?? undefined,
    counts: { total: row.total, done: row.done, already: row.already, refused: row.refused, gone: row.gone },
  }),
)

/** What a change has besides that while it runs. */
export const readWork = rowReader(
  { selection: nullable(json<Selection>()), position: text() },
  (row): Pick<ClaimedChange, 'selection' | 'position'> => ({
    selection: row.selection === null ? undefined : parsed(row.selection),
    position: row.position,
  }),
)

/** What a write needs of a change that it has locked. */
export const readHeld = rowReader(
  {
    number: integer,
    noted: integer,
    next_place: integer,
    has_all: integer,
    root_id: nullable(text<UnitId>()),
    total: integer,
    done: integer,
    already: integer,
    refused: integer,
    gone: integer,
  },
  (row): HeldChange => ({
    number: row.number,
    noted: row.noted,
    nextPlace: row.next_place,
    hasAll: row.has_all === 1,
    rootId: row.root_id ?? undefined,
    counts: { total: row.total, done: row.done, already: row.already, refused: row.refused, gone: row.gone },
  }),
)

export interface HeldChange {
  readonly number: number
  /** How many items are noted, and whether these are all. */
  readonly noted: number
  readonly hasAll: boolean
  /** The first item without an outcome. */
  readonly nextPlace: number
  readonly rootId: UnitId | undefined
  readonly counts: ChangeCounts
}

/** Whether the change is taken back: an undo that has ended without doing anything does not count. */
export const isUndone = `(changes.undone_by is not null and not exists (
    select 1 from changes undo where undo.id = changes.undone_by and undo.status <> 'running' and undo.done = 0))`

/** The columns that are not stored as they are read. */
const derived: ReadonlyMap<string, string> = new Map([
  ['root_id', '(select ids.id from ids where ids.number = changes.root)'],
  ['has_all', 'case when selection is null then 1 else 0 end'],
  ['undone_by', `case when ${isUndone} then changes.undone_by end`],
])

function withDerived(names: string): string {
  return names
    .split(', ')
    .map((name) => (derived.has(name) ? `${derived.get(name)} as ${name}` : `changes.${name}`))
    .join(', ')
}

export const changeColumns = withDerived(readChange.columns)
export const workColumns = readWork.columns
export const heldColumns = withDerived(readHeld.columns)
