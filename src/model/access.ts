import type { PrincipalId } from '../protocol/identifiers.ts'
import type { Operation } from '../protocol/operations.ts'
import { type Assignment, changingRoles, type HeldRoles, holdsAt } from './principals/role.ts'
import { refuse } from './refusal.ts'
import type { Region } from './region.ts'
import { isWithin, type Unit } from './unit.ts'

/** The scope of the management operations. Source: "Manage API Access". */
export const managementScope = 'alexa::enterprise:management'

/** The scope of a token that speaks for an operator. Only a session of an operator gets one. */
export const operatorScope = 'skillkeeper:operator'

/** The holder of a token's rights: the person who gave it to the client, or else the client itself. */
export interface Principal {
  readonly clientId: string
  /** The account whose roles count, as the user profile shows it. */
  readonly accountId: PrincipalId
  /** The person; `undefined` if the token speaks for the client. */
  readonly personId: PrincipalId | undefined
  readonly scopes: readonly string[]
  /** The region of the host of the call, if the service distinguishes regions. */
  readonly region?: Region
  /** The operator for whom the token speaks, as the operations log names it. It has the rights of the operator and no role. */
  readonly operator?: string
}

/** The name of the principal in the operations log. */
export function actorOf({ clientId, personId }: Principal): string {
  return personId ?? clientId
}

/** The parts of a call of the operator's API that the operations log records. */
export interface OperatorCall {
  readonly requestId: string
  /** `operator`, or `operator:NAME`. */
  readonly actor: string
}

/** The caller of an operation that is open to the operator and to whoever has a role. `actor`: as the operations log names it. */
export type Asker =
  | { readonly kind: 'operator'; readonly actor: string }
  | { readonly kind: 'principal'; readonly actor: string; readonly principal: Principal }

/** Refuses with FORBIDDEN a token without the management scope (ledger, row 16: the token is valid, its rights do not suffice). */
export function requireManagement({ scopes }: Principal): void {
  if (!scopes.includes(managementScope)) {
    throw refuse('FORBIDDEN', `The access token lacks the scope ${managementScope}.`, { reason: 'scope' })
  }
}

/** Refuses with FORBIDDEN a principal without a role at that time (ledger, row 16). */
export function requireAnyRole(
  { personId }: Principal,
  { assignments, hasMore }: HeldRoles,
  now: number,
): void {
  if (hasMore || assignments.some((assignment) => holdsAt(assignment, now))) return
  throw refuse('FORBIDDEN', `The ${personId === undefined ? 'client' : 'person'} has no role on any unit.`)
}

/** Refuses with FORBIDDEN a principal that may change nothing anywhere. One with more roles than those given passes. */
export function requireChangingRole({ assignments, hasMore }: HeldRoles, now: number): void {
  const mayChange = (assignment: Assignment) => holdsAt(assignment, now) && changingRoles.has(assignment.role)
  if (!hasMore && !assignments.some(mayChange)) throw refuse('FORBIDDEN', noRoleMessage)
}

/** The operations of `viewer` (ledger, row Z3: it reads, and changes nothing). */
const readingOperations: ReadonlySet<Operation> = new Set([
  'get',
  'list',
  'batch_get',
  'get_unit',
  'list_units',
  'list_roles',
  'get_role',
  'list_role_assignments',
  'list_principal_assignments',
  'read_rooms',
])

/** Whether one of the assignments lets its holder do the operation on the unit at that time. */
export function isAllowed(
  assignments: readonly Assignment[],
  operation: Operation,
  unit: Pick<Unit, 'id' | 'path'>,
  now: number,
): boolean {
  const isReading = readingOperations.has(operation)
  return assignments.some(
    (assignment) =>
      covers(assignment, unit) &&
      holdsAt(assignment, now) &&
      (isReading || changingRoles.has(assignment.role)),
  )
}

/** Whether the assignment covers the unit, apart from its end. */
export function covers(
  { unitId, propagate }: Pick<Assignment, 'unitId' | 'propagate'>,
  { id, path }: Pick<Unit, 'id' | 'path'>,
): boolean {
  return propagate ? isWithin(path, unitId) : unitId === id
}

/**
 * The message of FORBIDDEN, the same for a foreign organization and a missing role (ledger, row 12: no one learns which
 * units exist).
 */
export const noRoleMessage =
  "The client doesn't have the right permission to perform the operation on this unit."
