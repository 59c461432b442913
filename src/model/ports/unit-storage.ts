/** The part of the storage port that lists and changes the tree of units for its clients. */
import type { PrincipalId, SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { Recorded } from '../operations-log.ts'
import type { Unit } from '../unit.ts'

export interface UnitStorage {
  /**
   * Returns the units of one level below a unit, after the given path: in the order of creation, by the units above first. The path
   * may be that of a unit that is gone.
   */
  listLevel(range: LevelRange, limit: number): Promise<Unit[]>
  /**
   * Adds the unit below its parent, and the role of its creator. Refuses with NOT_FOUND if the parent is gone, with INVALID_PARAM if the parent is
   * on the lowest level, or if the property lacks the required subscription.
   */
  addUnit(unit: NewUnit, change: Recorded): Promise<void>
  /** Returns false if there is no such unit below an organization. */
  renameUnit(id: UnitId, name: string, change: Recorded): Promise<boolean>
  /**
   * Removes the unit with its roles. Returns false if there is no such unit. Refuses with INVALID_PARAM while it has
   * children or enablements. The enablement of its subscription does not count: it is removed, too.
   */
  removeUnit(id: UnitId, change: Recorded): Promise<boolean>
  /** Returns the subscription of the property, which is enabled for it. */
  findSubscription(propertyId: UnitId): Promise<SkillId | undefined>
  /** Removes the subscription of the property and its enablement. Returns false if there is none. */
  removeSubscription(propertyId: UnitId, change: Recorded): Promise<boolean>
}

export interface LevelRange {
  /** The path of their common ancestor. */
  readonly below: string
  readonly level: number
  /** A path; empty for the first page. */
  readonly after: string
}

export interface NewUnit {
  readonly id: UnitId
  readonly parentId: UnitId
  /** The ancestor of level 1; `undefined` if the unit itself has level 1. */
  readonly propertyId: UnitId | undefined
  readonly name: string
  readonly level: number
  /** Gets A4P.UnitAdmin of the unit. */
  readonly creator: { readonly principalId: PrincipalId; readonly expiresAt: number | undefined }
}
