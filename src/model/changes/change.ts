/** A change of many units and skills: a record with an item for each unit and skill, which the background makes one after the other. */
import type {
  ChangeAction,
  ChangeOutcome,
  ChangeRequest,
  ChangeStatus,
} from '../../protocol/console/change.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { Principal } from '../access.ts'
import { idsInPath, type Unit } from '../unit.ts'
import type { SkillState, Wanted } from './skill-state.ts'

export type Partition = ChangeRequest['partition']

/** How many items of a change have each outcome; those without one are waiting. */
export interface ChangeCounts {
  readonly total: number
  readonly done: number
  readonly already: number
  readonly refused: number
  readonly gone: number
}

/** The terms that all items of a change have in common. */
export interface ChangeTerms {
  readonly action: ChangeAction
  /** The skills by their own IDs, each once. */
  readonly skillIds: readonly SkillId[]
  readonly stage: Stage | undefined
  readonly partition: Partition
}

/** Where the items of a change come from. */
export type Selection =
  | { readonly kind: 'units'; readonly ids: readonly UnitId[] }
  | {
      readonly kind: 'below'
      readonly under: UnitId
      readonly level: number | undefined
      readonly name: string | undefined
    }
  /**
   * The items of another change that have one of the outcomes, and then those that a cancel has left unnoted. With `isUndo` each goes
   * from what it became to what it was.
   */
  | {
      readonly kind: 'items'
      readonly of: string
      readonly outcomes: readonly ChangeOutcome[]
      readonly isUndo: boolean
      readonly unnoted?: Unnoted | undefined
    }

/** The part of a change whose items are not noted: its selection from a position on, which is empty at the start. */
export interface Unnoted {
  readonly selection: Selection
  readonly position: string
}

/** The caller who began a change. */
export interface ChangeAuthor {
  readonly actor: string
  /** Whose roles count, as they are when an item is done; `undefined` for the operator. */
  readonly principal: Principal | undefined
}

export interface Change extends ChangeTerms, ChangeAuthor {
  readonly id: string
  readonly status: Exclude<ChangeStatus, 'undone'>
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly finishedAt: number | undefined
  readonly requestId: string
  readonly rootId: UnitId | undefined
  readonly counts: ChangeCounts
  readonly undoOf: string | undefined
  readonly retryOf: string | undefined
  readonly undoneBy: string | undefined
}

/** One unit and one skill of a change. */
export interface ChangeItem {
  /** Its number in the change, from 0 on. */
  readonly place: number
  readonly unitId: UnitId
  readonly skillId: SkillId
  readonly outcome: ChangeOutcome
  readonly reason: string | undefined
  /** For an item that is done: what it was, and what it became. For a planned one that waits: what it must be, and shall become. */
  readonly plan: StatePair | undefined
}

export interface StatePair {
  readonly before: SkillState | undefined
  readonly after: SkillState | undefined
}

export function waitingIn({ total, done, already, refused, gone }: ChangeCounts): number {
  return total - done - already - refused - gone
}

/** The outcomes of the items that a retry takes: what failed, and what a cancel has left. */
export const failedOutcomes: readonly ChangeOutcome[] = ['waiting', 'refused', 'gone']

export function failedIn(counts: ChangeCounts): number {
  return counts.refused + counts.gone + waitingIn(counts)
}

export function shownStatus({ status, undoneBy }: Pick<Change, 'status' | 'undoneBy'>): ChangeStatus {
  return undoneBy === undefined ? status : 'undone'
}

/** The stage in which a change enables. */
export const usualStage: Stage = 'live'

export const nameWithoutPartition =
  'The name of the unit has no letter or digit of which a partition name could be made.'

/** Returns what a change wants of an item, or a text that says why it can want nothing. */
export function wantedOf(
  { action, stage, partition }: ChangeTerms,
  { plan }: Pick<ChangeItem, 'plan'>,
  unit: Pick<Unit, 'name'>,
): Wanted | string {
  if (plan !== undefined) return { kind: 'restore', from: plan.before, to: plan.after }
  if (action === 'disable') return { kind: 'disable', stage }
  const partitionNames = partitionNamesOf(partition, unit)
  if (partitionNames === 'impossible') return nameWithoutPartition
  return { kind: 'enable', stage: stage ?? usualStage, partitionNames }
}

const partitionLengthMax = 255

function partitionNamesOf(
  partition: Partition,
  { name }: Pick<Unit, 'name'>,
): readonly string[] | undefined | 'impossible' {
  if (partition === undefined) return undefined
  if (partition === 'none') return []
  if (partition !== 'unit-name') return partition.text.split(',').map((part) => part.trim())
  // Letters lose their accents and stay.
  const letters = name.normalize('NFKD').replace(/[^A-Za-z0-9-]/g, '')
  return letters === '' ? 'impossible' : [letters.slice(0, partitionLengthMax)]
}

/** Narrows the path that units have in common by one more unit. `common`: `undefined` before the first unit. */
export function commonPath(
  common: readonly UnitId[] | undefined,
  unit: Pick<Unit, 'path'>,
): readonly UnitId[] {
  const ids = idsInPath(unit)
  if (common === undefined) return ids
  const end = common.findIndex((id, index) => id !== ids[index])
  return end < 0 ? common : common.slice(0, end)
}

/** Whether the name has the text in it, whatever the case. */
export function hasInName(name: string, part: string): boolean {
  return name.toLowerCase().includes(part.toLowerCase())
}
