import type { Country, Solution } from '../protocol/catalog.ts'
import type { UnitId } from '../protocol/identifiers.ts'
import type { UnitBody } from '../protocol/unit.ts'
import { refuse } from './refusal.ts'

/** The maximum number of levels below an organization. Source: Property Hierarchy Management API. */
export const levelsMax = 15

export const levelsMessage = `An organization can have at most ${levelsMax} levels of units.`

/** The maximum length of a path, in characters, so that it fits into an index. Fifteen real IDs take 2,000. */
export const pathLengthMax = 2500

/** A node of an organization's tree. The organization itself is the unit of level 0. */
export interface Unit {
  readonly id: UnitId
  readonly organizationId: UnitId
  /** `undefined` for the organization itself. */
  readonly parentId: UnitId | undefined
  readonly level: number
  /** The IDs from the organization to the unit itself, each after a slash: a role check only searches this text. */
  readonly path: string
  readonly name: string
  /** The solution of the organization. */
  readonly solution: Solution
  /** The country of the organization. */
  readonly country: Country
  /** Whether a property of the organization needs a subscription before units can be created below it. */
  readonly requiresSubscription: boolean
}

/** The path of a unit below the given parent path; the organization's parent path is empty. */
export function pathBelow(parentPath: string, id: UnitId): string {
  return `${parentPath}/${id}`
}

/** Returns the unit of level 1 in the path, which is the property; `undefined` for the organization. */
export function propertyOf({ path }: Unit): UnitId | undefined {
  // The parts of a path are unit IDs.
  return path.split('/')[2] as UnitId | undefined
}

/** Whether `path` is the path of the unit or of one below it. */
export function isWithin(path: string, ancestorId: UnitId): boolean {
  return path.includes(`/${ancestorId}/`) || path.endsWith(`/${ancestorId}`)
}

/** The IDs in the path: of the organization first, of the unit itself last. */
export function idsInPath({ path }: Pick<Unit, 'path'>): UnitId[] {
  // The parts of a path are unit IDs.
  return path.split('/').slice(1) as UnitId[]
}

/** Returns the ID with `did.` if it has none, and without it if it has (ledger, row 2). */
export function otherUnitSpelling(id: UnitId): UnitId {
  const [prefix, did] = ['amzn1.alexa.unit.', 'did.']
  const rest = id.slice(prefix.length)
  return `${prefix}${rest.startsWith(did) ? rest.slice(did.length) : `${did}${rest}`}` as UnitId
}

/** Refuses with FORBIDDEN the organization, which only the operator changes. */
export function requireBelowOrganization({ id, level }: Unit): void {
  if (level === 0) throw refuse('FORBIDDEN', `${id} is the organization itself. A client cannot change it.`)
}

/** Returns the unit as the API sends it. */
export function unitBody({ id, level, name, parentId }: Unit): UnitBody {
  return { id, level, name: { type: 'PLAIN', value: { text: name } }, ...(parentId && { parentId }) }
}
