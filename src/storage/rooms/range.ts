/** A unit and all units below it as a range of paths. */

import type { RoomRange } from '../../model/ports/room-storage.ts'
import { levelsMax } from '../../model/unit.ts'
import type { Ids } from '../ids/ids.ts'
import { pathEnd } from '../ids/path.ts'

/** Sorts before all characters of a path. */
const lowest = ' '
/** Sorts after the slash before a unit below, and before all digits. */
const behindSlash = '0'

/** The bounds of a range of paths in storage: from `from` on, before `to`. */
export interface PathRange {
  readonly from: string
  readonly to: string
}

export async function pathRange(ids: Ids, { root, isWhole, after }: RoomRange): Promise<PathRange> {
  const [top, start] = [partsOf(root.path), partsOf(after)]
  await ids.prepare([...top, ...start])
  const path = storedPath(ids, top)
  return {
    from: start.length === 0 ? path : `${storedPath(ids, start)}${lowest}`,
    to: `${path}${isWhole ? behindSlash : lowest}`,
  }
}

/** The IDs of a path; none for an empty one. */
function partsOf(path: string): string[] {
  return path.split('/').slice(1)
}

/** Returns the path in storage. The numbers are in memory. An unknown ID has the number 0, so nothing is below it. The ID of a unit that is gone keeps its number. */
function storedPath(ids: Ids, parts: readonly string[]): string {
  return parts.map((id) => pathEnd(ids.numberOf(id) ?? 0)).join('')
}

type Placeholders = Readonly<Record<'from' | 'to' | 'limit', string>>

/**
 * Selects `number` and `path` of the first units of a range, in its order. The index has the paths by level, so each level gives its
 * first ones.
 */
export function unitsInRange(at: Placeholders): string {
  const levels = Array.from(
    { length: levelsMax + 1 },
    (_, level) => `select number, path from (select number, path from units where level = ${level}
      and path >= ${at.from} and path < ${at.to} order by path limit ${at.limit}) level_${level}`,
  )
  return `select number, path from (${levels.join(' union all ')}) levels order by path limit ${at.limit}`
}
