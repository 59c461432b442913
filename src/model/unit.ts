import type { Country, Solution } from '../protocol/catalog.ts'
import type { UnitId } from '../protocol/identifiers.ts'

/** Levels below the organization that a tree of units may have. Source: Property Hierarchy Management API. */
export const levelsMax = 15

/** A node of an organization's tree. The organization itself is the unit of level 0. */
export interface Unit {
  readonly id: UnitId
  readonly organizationId: UnitId
  /** `undefined` for the organization itself. */
  readonly parentId: UnitId | undefined
  readonly level: number
  /** The IDs from the organization to the unit itself, each behind a slash: a role check is one look at it. */
  readonly path: string
  readonly name: string
  /** Of the organization. */
  readonly solution: Solution
  /** Of the organization. */
  readonly country: Country
}

/** The path of a unit below the given parent path; the organization's parent path is empty. */
export function pathBelow(parentPath: string, id: UnitId): string {
  return `${parentPath}/${id}`
}

/** Whether `path` is the path of the unit or of one below it. */
export function isWithin(path: string, ancestorId: UnitId): boolean {
  return path.includes(`/${ancestorId}/`) || path.endsWith(`/${ancestorId}`)
}
