/** The part of the storage port that keeps changes; the rules of storage.ts apply to each method. */
import type { ChangeOutcome } from '../../protocol/console/change.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { Claim } from '../account-link-steps.ts'
import type {
  Change,
  ChangeAuthor,
  ChangeItem,
  ChangeTerms,
  Selection,
  StatePair,
  Unnoted,
} from '../changes/change.ts'
import type { Finding } from '../changes/skill-state.ts'
import type { WriteStamp } from '../operations-log.ts'
import type { ActivationStamp, LinkChange } from './enablement-storage.ts'

export interface NewChange extends ChangeTerms, ChangeAuthor {
  readonly id: string
  readonly rootId: UnitId | undefined
  readonly selection: Selection
  /** How many items the selection has, as far as that is known. */
  readonly total: number
  readonly undoOf: string | undefined
  readonly retryOf: string | undefined
  /** The key that the caller gave, and a hash of what it asked for. */
  readonly idempotency: { readonly key: string; readonly requestHash: string } | undefined
}

/** A change that this node works on. */
export interface ClaimedChange extends Change {
  /** Where its items come from; `undefined` once all are noted. */
  readonly selection: Selection | undefined
  /** How far they are noted; empty at the start. */
  readonly position: string
}

/** The right to work on a change, until `leaseUntil`; each write extends it. */
export interface ChangeClaim {
  readonly changeId: string
  readonly claimId: string
  readonly leaseUntil: number
}

export interface NewItem extends Pick<ChangeItem, 'unitId' | 'skillId'> {
  readonly plan: StatePair | undefined
}

/** An item with what was found out before the write. */
export type ItemWork = SettledWork | WantedWork

interface AnyWork extends Pick<ChangeItem, 'place' | 'unitId' | 'skillId' | 'plan'> {}

/** An item that is refused whatever the record is. */
export interface SettledWork extends AnyWork {
  readonly kind: 'settled'
  readonly outcome: 'refused' | 'gone'
  readonly reason: string
}

export interface WantedWork extends AnyWork, Finding {
  readonly kind: 'wanted'
  readonly organizationId: UnitId
  readonly link: LinkChange
  /** The skill is the subscription that fits the unit; a unit has at most one. */
  readonly isSubscription: boolean
}

export interface ChangeStorage {
  /**
   * Adds a running change, and notes it in the change that it takes back. Returns the change that has the idempotency key
   * already, if there is one. Refuses with INVALID_PARAM to take back what runs or is taken back, unless that undo has ended and did
   * nothing, and another request under the same key; with TOO_MANY_REQUESTS one more than `runningMax` running changes of an actor.
   */
  add(change: NewChange, stamp: WriteStamp, runningMax: number): Promise<Change>
  /** Returns the change that has the idempotency key, if there is one. Refuses with INVALID_PARAM another request under the same key. */
  findRepeated(idempotency: NonNullable<NewChange['idempotency']>): Promise<Change | undefined>
  find(id: string): Promise<Change | undefined>
  /** Returns what the change has not noted; `undefined` if it has noted all of its items. Final once the change has ended. */
  findUnnoted(id: string): Promise<Unnoted | undefined>
  /** Returns changes, the newest first. `under`: those whose root is this unit or below it. */
  list(
    filter: {
      readonly under?: UnitId | undefined
      readonly actor?: string | undefined
      readonly status?: Change['status'] | 'undone' | undefined
    },
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<Change[]>
  /** Returns items in the order of their places, from `from` on, of the outcomes if any are given. */
  listItems(
    id: string,
    which: {
      readonly from: number
      readonly outcomes?: readonly ChangeOutcome[] | undefined
      readonly limit: number
    },
  ): Promise<ChangeItem[]>
  /** Claims the running change that has waited longest; `undefined` if none is due. Two nodes never have the same. */
  claimDue(claim: Claim): Promise<ClaimedChange | undefined>
  /**
   * Adds at most 1,000 items behind those that are noted. `position`: how far they are noted; `undefined` if these are the last.
   * Finishes a change without items. Returns false if the claim is no longer held.
   */
  addItems(
    claim: ChangeClaim,
    items: readonly NewItem[],
    position: string | undefined,
    stamp: WriteStamp,
  ): Promise<boolean>
  /** Returns the next items without an outcome. */
  listWaiting(id: string, limit: number): Promise<ChangeItem[]>
  /**
   * Does the next items, at most 100: decides by what the records are now, changes them, logs each and notes the outcomes, all in
   * one step. Finishes the change with its last item. Returns false, and does nothing, if the claim is no longer held or the change
   * was cancelled. Refuses as `EnablementStorage.enable` does.
   */
  settle(claim: ChangeClaim, works: readonly ItemWork[], stamp: ActivationStamp): Promise<boolean>
  /** Returns the claim: the change is due at `dueAt`. */
  release(claim: ChangeClaim, dueAt: number): Promise<void>
  /** Ends a running change; what is done stays done. Returns false if it did not run. */
  cancel(id: string, stamp: WriteStamp): Promise<boolean>
  /** When the next change is due; `undefined` if none is. */
  nextDueAt(): Promise<number | undefined>
  /** Deletes at most `limit` items of changes that have ended before `at`, or such changes without items; returns how many. */
  forgetBefore(at: number, limit: number): Promise<number>
}
