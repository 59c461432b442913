/** The part of the storage port that is about the tree of units as its clients list and change it. */
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { Recorded } from '../operations-log.ts'
import type { Unit } from '../unit.ts'

export interface UnitStorage {
  /** The units of one level below a unit, by path, byte by byte, after the given path. */
  listLevel(range: LevelRange, limit: number): Promise<Unit[]>
  /**
   * Adds the unit below its parent, wherever that stands now. Refuses with NOT_FOUND when the parent is gone, with
   * INVALID_PARAM when it stands on the lowest level that there can be, or the property lacks the subscription that
   * its organization requires.
   */
  addUnit(unit: NewUnit, change: Recorded): Promise<void>
  /** False when there is no such unit below an organization. */
  renameUnit(id: UnitId, name: string, change: Recorded): Promise<boolean>
  /**
   * False when there is no such unit. Refuses with INVALID_PARAM while it has children, or enablements other than that
   * of its subscription, which goes with it.
   */
  removeUnit(id: UnitId, change: Recorded): Promise<boolean>
  /** The subscription of the property, which is enabled for it. */
  findSubscription(propertyId: UnitId): Promise<SkillId | undefined>
  /** Takes the subscription from the property, with its enablement. False when it has none. */
  removeSubscription(propertyId: UnitId, change: Recorded): Promise<boolean>
}

export interface LevelRange {
  /** The path of the unit below which they stand. */
  readonly below: string
  readonly level: number
  /** A path; empty for the first ones. */
  readonly after: string
}

export interface NewUnit {
  readonly id: UnitId
  readonly parentId: UnitId
  /** The unit of level 1 above it, unless it is one itself. */
  readonly propertyId: UnitId | undefined
  readonly name: string
}
