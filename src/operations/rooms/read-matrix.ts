import type { Asker } from '../../model/access.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import type { RoomRow } from '../../model/ports/room-storage.ts'
import { type Matrix, type MatrixQuery, type MatrixRow, rowsMax } from '../../protocol/console/matrix.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { cellSkills, columnsOf, skillColumn } from './matrix-skills.ts'
import { rangesOf, visibleIn } from './visible-ranges.ts'

/** The maximum number of ranges that one page reads; a caller with many roles may receive a short or empty page. */
const rangesMax = 100

/**
 * Returns a page of which skill is on in which unit. Refuses with NOT_FOUND an unknown unit or skill, with FORBIDDEN a unit that the
 * caller may not read, with INVALID_PARAM the `after` of another list.
 */
export async function readMatrix(
  context: Context,
  asker: Asker,
  unitId: UnitId,
  query: MatrixQuery,
): Promise<Matrix> {
  const { maxResults = rowsMax, skillId } = query
  const list = `matrix ${unitId}`
  const after = query.after === undefined ? '' : String(readPageToken(context, query.after, list)[0])
  const { unit, roots } = await visibleIn(context, asker, unitId)
  // What changes from now on may be missing in the page, and comes as an event.
  const position = await positionOf(context)
  const columns = await columnsOf(context, unit, skillId)
  const skills = cellSkills(columns, skillId !== undefined)
  const ranges = rangesOf(roots, after)
  const found: RoomRow[] = []
  let end: string | undefined
  for (const [index, range] of ranges.entries()) {
    // One more unit than the page shows whether there is a next page.
    const limit = maxResults + 1 - found.length
    const page = { now: context.now(), limit, hasTimes: true }
    found.push(...(await context.storage.rooms.listRows(range, skills, page)))
    end = found.length > maxResults ? found[maxResults - 1]?.unit.path : undefined
    if (end !== undefined) break
    if (index + 1 === rangesMax && ranges.length > rangesMax) {
      end = found.at(-1)?.unit.path ?? range.root.path
      break
    }
  }
  return {
    position,
    organizationId: unit.organizationId,
    skills: columns.skills.map(skillColumn),
    ...(columns.hasMore && { hasMoreSkills: true as const }),
    rows: found.slice(0, maxResults).map(rowOf),
    paginationContext: end === undefined ? {} : { after: writePageToken(context, list, [end]) },
  }
}

/** Returns the ID of the newest entry of the operations log; empty if there is none. */
export async function positionOf({ storage }: Context): Promise<string> {
  const [newest] = await storage.log.list({}, { newest: true, limit: 1 })
  return newest?.id ?? ''
}

function rowOf({ unit, cells, changedAt }: RoomRow): MatrixRow {
  const { id, name, parentId, level } = unit
  const time = changedAt === undefined ? {} : { changedAt: new Date(changedAt).toISOString() }
  return { id, name, ...(parentId && { parentId }), level, cells, ...time }
}
