/** The part of the storage port that keeps enablements; the rules of storage.ts apply to each method. */
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { Enablement } from '../enablement.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { WriteStamp } from '../operations-log.ts'

/** The account link that an enablement shall use. */
export type LinkChange =
  /** Keep the current link; a new record has none. */
  | { readonly kind: 'keep' }
  /** Use this link, which must be `LINKED` at the time of the write. */
  | { readonly kind: 'linked'; readonly name: string }
  /** Use this link; if it does not exist, create it `PENDING` for the background step. */
  | { readonly kind: 'pending'; readonly name: string; readonly sealedRequest: string }

export interface EnableRecord {
  readonly unitId: UnitId
  readonly skillId: SkillId
  readonly organizationId: UnitId
  readonly stage: Stage
  readonly partitionNames: readonly string[]
  readonly nameFreeLocales: readonly string[]
  readonly link: LinkChange
  /** Refuse with INVALID_PARAM, unless the unit's record of this skill already has a link. */
  readonly needsExistingLink: boolean
  /** The skill is a subscription: refuse with INVALID_PARAM if the unit has another one. */
  readonly isSubscription: boolean
  /** The `itemId` of the batch item, for the operations log. */
  readonly itemId?: number
  /** The ID of the change that it is an item of, for the operations log. */
  readonly changeId?: string
}

export interface DisableRecord {
  readonly unitId: UnitId
  readonly skillId: SkillId
  /** The stage to disable; `undefined` for any. */
  readonly stage: Stage | undefined
  /** The `itemId` of the batch item, for the operations log. */
  readonly itemId?: number
  /** The ID of the change that it is an item of, for the operations log. */
  readonly changeId?: string
}

/** The stamp of a write that may make records `ENABLING`. */
export interface ActivationStamp extends WriteStamp {
  /** From when they are `ENABLED`; `undefined`: when they are released. */
  readonly activateAt: number | undefined
}

/** The place in a list where a page ends: the list is ordered by time of creation, then as the skills came to be known. */
export interface ListPosition {
  readonly createdAt: number
  readonly skillId: SkillId
}

/** The due times to bring forward: a clock that was ahead may have set them too late. */
export interface Haste {
  readonly dueAfter: number
  readonly now: number
  readonly limit: number
}

export interface EnablementStorage {
  find(unitId: UnitId, skillId: SkillId): MaybePromise<Enablement | undefined>
  /** Returns at most `limit` records of the unit, after the position or from the start. */
  list(unitId: UnitId, after: ListPosition | undefined, limit: number): MaybePromise<Enablement[]>
  /**
   * Does the same for at most 1,000 units. Takes the first `limits.units` units that have records, and returns at most
   * `limits.records` of each with the unit's place in the list. Returns fewer only if no more units have records.
   * `after` applies to the first unit. A unit may occur twice.
   */
  listOfUnits(
    unitIds: readonly UnitId[],
    after: ListPosition | undefined,
    limits: { readonly units: number; readonly records: number },
  ): Promise<{ readonly place: number; readonly enablements: readonly Enablement[] }[]>
  /**
   * Adds or changes the record and logs it (ledger, row 18: clients repeat requests). In the same stage what is `ENABLED`
   * stays so; a change of the stage makes it `ENABLING` again. Partition names and locales are replaced. The link is kept
   * unless `link` says otherwise; a link that loses its last enablement becomes due. Refuses with NOT_FOUND if the unit is
   * gone, with INVALID_PARAM if the link is gone.
   */
  enable(record: EnableRecord, stamp: ActivationStamp): Promise<Enablement>
  /** Does the same for at most 1,000 records, in order, all or nothing; logs `batch_enable` for each item. */
  enableMany(records: readonly EnableRecord[], stamp: ActivationStamp): Promise<void>
  /** Removes the record (only of that stage, if one is given) and logs it. Returns false if there is none. */
  disable(unitId: UnitId, skillId: SkillId, stage: Stage | undefined, stamp: WriteStamp): Promise<boolean>
  /** Does the same for at most 1,000 records in one step; logs `batch_disable` for each removed record. */
  disableMany(records: readonly DisableRecord[], stamp: WriteStamp): Promise<void>
  /**
   * Makes at most `limit` records that become `ENABLED` after `dueAfter` become so at `now`; returns how many. It reads all
   * records.
   */
  hasten(haste: Haste): Promise<number>
  /**
   * Makes at most `limit` records `ENABLED` that wait for nothing but their release, and logs `activate` for each; returns how many.
   * It reads all records.
   */
  release(
    which: { readonly unitId?: UnitId | undefined; readonly skillId?: SkillId | undefined },
    stamp: WriteStamp,
    limit: number,
  ): Promise<number>
  /** Returns the first time after `now` at which a record becomes `ENABLED`, if there is one. It reads all records. */
  nextActivation(now: number): MaybePromise<number | undefined>
}
