/** The part of the tree that a caller may read. */
import type { Asker } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import type { RoomRange } from '../../model/ports/room-storage.ts'
import { refuse } from '../../model/refusal.ts'
import { isWithin, type Unit } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { Page } from '../../protocol/operator-pages.ts'
import { pageOf } from '../catalog/page-of.ts'
import { admitPrincipal, admitUnit } from '../units/admit-unit.ts'
import { type Root, visibleRoots } from '../units/visible-roots.ts'

/** A unit that the caller may read, and the subtrees of it that the caller may read, in the order of their paths. */
export interface Visible {
  readonly unit: Unit
  readonly roots: readonly Root[]
}

/**
 * Returns what the caller may read of a unit and of the units below it. Refuses with NOT_FOUND an unknown unit, with FORBIDDEN one
 * without a role on it or above it.
 */
export async function visibleIn(context: Context, asker: Asker, unitId: UnitId): Promise<Visible> {
  const unit = await readableUnit(context, asker, unitId)
  if (asker.kind === 'operator') return { unit, roots: [{ unit, isWhole: true }] }
  const { principal } = asker
  const held = await admitPrincipal(context, principal)
  const roots = await visibleRoots(context, principal, held, unit)
  const hasOwn = roots.some((root) => root.unit.id === unit.id)
  return { unit, roots: hasOwn ? roots : [{ unit, isWhole: false }, ...roots] }
}

/** Returns the unit if the caller may read it. Refuses as `visibleIn`. */
export async function readableUnit(context: Context, asker: Asker, unitId: UnitId): Promise<Unit> {
  if (asker.kind === 'principal') return admitUnit(context, asker.principal, 'read_rooms', unitId)
  const unit = await context.storage.catalog.findUnit(unitId)
  if (unit === undefined) throw refuse('NOT_FOUND', `The unit ${unitId} can't be found.`, { reason: 'unit' })
  return unit
}

/** Whether one of the roots covers a unit with this path. */
export function coversPath(roots: readonly Root[], path: string): boolean {
  return roots.some(({ unit, isWhole }) => (isWhole ? isWithin(path, unit.id) : path === unit.path))
}

/** Returns the ranges behind the position, which is a path; empty: all of them. */
export function rangesOf(roots: readonly Root[], after: string): RoomRange[] {
  return roots.flatMap(({ unit, isWhole }) => {
    const isIn = isWhole && isWithin(after, unit.id)
    const isBehind = `${unit.path}/` > `${after}/`
    return isIn || isBehind ? [{ root: unit, isWhole, after: isIn ? after : '' }] : []
  })
}

/** Returns a page of the units directly below that the caller may read. */
export async function childrenOf(
  { storage }: Context,
  { unit, roots }: Visible,
  query: { readonly after?: string; readonly maxResults?: number },
): Promise<Page<Unit>> {
  const { after = '', maxResults } = query
  const paging = maxResults === undefined ? {} : { maxResults }
  const itself = (child: Unit) => child
  if (roots.some((root) => root.unit.id === unit.id && root.isWhole))
    return pageOf(paging, (limit) => storage.catalog.listUnits(unit.id, after, limit), itself)
  const own = roots.map((root) => root.unit).filter(({ parentId }) => parentId === unit.id)
  const start = own.findIndex(({ id }) => id === after) + 1
  return pageOf(paging, async (limit) => own.slice(start, start + limit), itself)
}
