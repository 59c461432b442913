/**
 * Roles of units, and who has them. A role has no record: its ID contains the unit and the name, so each unit has its
 * roles from its creation to its removal.
 */
import type { PrincipalId, RoleId, UnitId } from '../../protocol/identifiers.ts'
import { isUnitId } from '../../protocol/identifiers.ts'
import type { AssignmentBody, RoleBody, RoleName } from '../../protocol/role.ts'
import type { Unit } from '../unit.ts'

/** A role of a unit. */
export interface Role {
  readonly unitId: UnitId
  readonly role: RoleName
}

/** A role that a principal has. */
export interface Assignment extends Role {
  readonly principalId: PrincipalId
  /** The level of the unit: 0 for an organization. */
  readonly level: number
  /** Covers all units below, too. */
  readonly propagate: boolean
  /** Milliseconds since the epoch; `undefined` if it does not end by itself. */
  readonly expiresAt: number | undefined
}

/** The roles of a principal that cover most, those of high units first. */
export interface HeldRoles {
  readonly assignments: readonly Assignment[]
  /** The principal has more: whoever does not find a role here must ask storage for the unit. */
  readonly hasMore: boolean
}

/** The code of each role in its ID, in the order of a list. */
const codes: readonly (readonly [code: string, name: RoleName])[] = [
  ['O', 'A4H.OrgAdmin'],
  ['U', 'A4P.UnitAdmin'],
  ['V', 'viewer'],
]

const rolePrefix = 'amzn1.alexa.role.did.'
const unitPrefix = 'amzn1.alexa.unit.'
/** After the code of the role: whether the ID of the unit has `did.`. */
const forms: readonly (readonly [code: string, prefix: string])[] = [
  ['D', `${unitPrefix}did.`],
  ['N', unitPrefix],
]

export function roleIdOf({ unitId, role }: Role): RoleId {
  const [form, prefix] = forms.find(([, prefix]) => unitId.startsWith(prefix)) ?? ['N', unitPrefix]
  const code = codes.find(([, name]) => name === role)?.[0]
  // The parts have the form of the schema.
  return `${rolePrefix}${code}${form}${unitId.slice(prefix.length)}` as RoleId
}

/** Returns the role with the ID; `undefined` if no role can have it. The unit may not exist. */
export function roleWithId(roleId: RoleId): Role | undefined {
  const [code, form, id] = [
    roleId.charAt(rolePrefix.length),
    roleId.charAt(rolePrefix.length + 1),
    roleId.slice(rolePrefix.length + 2),
  ]
  const role = codes.find(([known]) => known === code)?.[1]
  const unitId = `${forms.find(([known]) => known === form)?.[1]}${id}`
  return role !== undefined && isUnitId(unitId) ? { unitId, role } : undefined
}

/** The roles that the unit has, in the order of a list. Only an organization has A4H.OrgAdmin. */
export function rolesOf({ id, level }: Pick<Unit, 'id' | 'level'>): Role[] {
  return codes
    .map(([, role]) => ({ unitId: id, role }))
    .filter(({ role }) => role !== 'A4H.OrgAdmin' || level === 0)
}

/** The name of the role that has the same rights on a unit below an organization, which alone has A4H.OrgAdmin. */
export function nameBelow(role: RoleName): RoleName {
  return role === 'A4H.OrgAdmin' ? 'A4P.UnitAdmin' : role
}

/** The names of the roles that may change what they cover. */
export const changingRoles: ReadonlySet<RoleName> = new Set(['A4H.OrgAdmin', 'A4P.UnitAdmin'])

export function holdsAt({ expiresAt }: Pick<Assignment, 'expiresAt'>, now: number): boolean {
  return expiresAt === undefined || now < expiresAt
}

export function roleBody(role: Role): RoleBody {
  return { roleId: roleIdOf(role), roleName: role.role, unitId: role.unitId }
}

export function assignmentBody(assignment: Assignment): AssignmentBody {
  const { principalId, propagate, expiresAt } = assignment
  return {
    ...roleBody(assignment),
    principalId,
    propagate,
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  }
}

export const lastAdminMessage =
  'principalId is invalid: the organization would have no A4H.OrgAdmin left who stays and covers as much. Assign the role to another principal first.'
