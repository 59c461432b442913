/** The part of the storage port that reads many units with what is enabled for them; the rules of storage.ts apply to each method. */
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { Unit } from '../unit.ts'

export interface RoomStorage {
  /** Returns the first skills of the catalog in any order. */
  listSkillNames(limit: number): Promise<{ readonly id: SkillId; readonly name: string }[]>
  /** Returns the units of the range in its order, at most 1,000. Lets other work of the process go first. */
  listUnits(range: RoomRange, limit: number): Promise<Unit[]>
  /** Does the same, with a cell of `model/rooms/cell.ts` for each skill, in the order of the skills. At most 200 skills. */
  listRows(range: RoomRange, skills: CellSkills, page: { now: number; limit: number }): Promise<RoomRow[]>
  /**
   * Counts the first 1,000 units of the range and what is enabled for them. Lets other work of the process go first. The result has an
   * entry for each skill that is enabled, and for each child of `parent` that has units in the range.
   */
  count(range: RoomRange, of: { parent: Unit; linking: readonly SkillId[]; now: number }): Promise<RoomCounts>
}

/** A unit and all units below it, each before the units below it, siblings in the order of creation. */
export interface RoomRange {
  readonly root: Pick<Unit, 'path'>
  /** false: only the root itself. */
  readonly isWhole: boolean
  /** The path of the unit after which the range begins, which may be gone; empty for the whole range. */
  readonly after: string
}

export interface CellSkills {
  readonly skills: readonly { readonly id: SkillId; readonly hasAccountLinking: boolean }[]
  /** Units have few other skills: to read all of them costs less than to choose. */
  readonly areAll: boolean
}

export interface RoomRow {
  readonly unit: Unit
  readonly cells: string
}

/** How often something is enabled. Each enablement counts as `on`, and at most one of the others. */
export interface CellCounts {
  readonly on: number
  /** `ENABLING`, or waiting for a link. */
  readonly enabling: number
  /** Cells `!`. */
  readonly notLinked: number
}

export interface RoomCounts {
  readonly units: number
  /** The path of the last unit if the range may go on behind it. */
  readonly end: string | undefined
  readonly bySkill: readonly (CellCounts & { readonly skillId: SkillId })[]
  readonly byChild: readonly (CellCounts & { readonly unitId: UnitId; readonly units: number })[]
}
