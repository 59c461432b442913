/** The part of the storage port that reads many units with what is enabled for them; the rules of storage.ts apply to each method. */
import type { SkillId } from '../../protocol/identifiers.ts'
import type { Unit } from '../unit.ts'

export interface RoomStorage {
  /** Returns the first skills of the catalog in any order. */
  listSkillNames(limit: number): Promise<{ readonly id: SkillId; readonly name: string }[]>
  /** Returns the units of the range in its order, at most 1,000. Lets other work of the process go first. */
  listUnits(range: RoomRange, limit: number): Promise<Unit[]>
  /**
   * Does the same, with a cell of `model/rooms/cell.ts` for each skill, in the order of the skills. At most 200 skills. `hasTimes`:
   * with the time of the last change.
   */
  listRows(
    range: RoomRange,
    skills: CellSkills,
    page: { now: number; limit: number; hasTimes?: boolean },
  ): Promise<RoomRow[]>
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
  /** The time of the newest entry of the operations log about the unit; `undefined` if there is none, or no times were asked for. */
  readonly changedAt: number | undefined
}
