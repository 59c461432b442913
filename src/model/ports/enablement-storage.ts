/** The part of the storage port that keeps enablements; what holds for each of its methods stands in storage.ts. */
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { Enablement } from '../enablement.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { WriteStamp } from '../operations-log.ts'

/** The account link that an enablement shall use. */
export type LinkChange =
  /** Keep what is there; a new record has no link. */
  | { readonly kind: 'keep' }
  /** Live on the link, which must be `LINKED` when this is written. */
  | { readonly kind: 'linked'; readonly name: string }
  /** Live on the link, which is made `PENDING` for the background step unless it is there already. */
  | { readonly kind: 'pending'; readonly name: string; readonly sealedRequest: string }

export interface EnableRecord {
  readonly unitId: UnitId
  readonly skillId: SkillId
  readonly organizationId: UnitId
  readonly stage: Stage
  readonly partitionNames: readonly string[]
  readonly nameFreeLocales: readonly string[]
  readonly link: LinkChange
  /** Refuse with INVALID_PARAM, unless the unit's record of this skill already lives on a link. */
  readonly needsExistingLink: boolean
  /** The skill is a subscription: refuse with INVALID_PARAM, if the unit has another one already. */
  readonly isSubscription: boolean
  /** Of the batch item, for the operations log. */
  readonly itemId?: number
}

export interface DisableRecord {
  readonly unitId: UnitId
  readonly skillId: SkillId
  /** The only stage in which it is disabled, if one is given. */
  readonly stage: Stage | undefined
  /** Of the batch item, for the operations log. */
  readonly itemId?: number
}

/** The stamp of a write that may make records `ENABLING`. */
export interface ActivationStamp extends WriteStamp {
  /** From when they are `ENABLED`. */
  readonly activateAt: number
}

/** The place in a list where a page ends: the list is ordered by time of creation, then skill ID. */
export interface ListPosition {
  readonly createdAt: number
  readonly skillId: SkillId
}

/** Which due times to bring forward: a clock that was ahead may have set them too late. */
export interface Haste {
  readonly dueAfter: number
  readonly now: number
  readonly limit: number
}

export interface EnablementStorage {
  find(unitId: UnitId, skillId: SkillId): MaybePromise<Enablement | undefined>
  /** The unit's records after the position (from the start without one), at most `limit`. */
  list(unitId: UnitId, after: ListPosition | undefined, limit: number): MaybePromise<Enablement[]>
  /**
   * The same for many units: of the first `limits.units` that have any records, at most `limits.records` of each, with
   * the unit's place in the list. Fewer only if no more units have any. `after`: in the first unit. A unit may stand
   * there twice. At most 1,000 units.
   */
  listOfUnits(
    unitIds: readonly UnitId[],
    after: ListPosition | undefined,
    limits: { readonly units: number; readonly records: number },
  ): Promise<{ readonly place: number; readonly enablements: readonly Enablement[] }[]>
  /**
   * Adds or changes the record and logs it, by the rules of the ledger, row 18: same stage, what is `ENABLED`
   * stays so; another stage, it switches and is `ENABLING` again; partition names and locales are replaced; the link is kept unless
   * `link` says otherwise, and a link that no enablement uses any more becomes due. Refuses with NOT_FOUND a unit
   * that is gone, with INVALID_PARAM a link that is gone.
   */
  enable(record: EnableRecord, stamp: ActivationStamp): Promise<Enablement>
  /** The same for many, all or nothing, in order; one log entry `batch_enable` an item. At most 1,000 records. */
  enableMany(records: readonly EnableRecord[], stamp: ActivationStamp): Promise<void>
  /** Removes the record (of that stage, if one is given) and logs it. False when there is none. */
  disable(unitId: UnitId, skillId: SkillId, stage: Stage | undefined, stamp: WriteStamp): Promise<boolean>
  /** The same for many in one step; one log entry `batch_disable` for each that was there. At most 1,000 records. */
  disableMany(records: readonly DisableRecord[], stamp: WriteStamp): Promise<void>
  /**
   * Makes at most `limit` records that are `ENABLED` only from after `dueAfter` so from `now`; returns how many. It looks at all
   * records.
   */
  hasten(haste: Haste): Promise<number>
}
