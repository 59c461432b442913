import type { Role } from './client.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Region } from './region.ts'
import { isWithin, type Unit } from './unit.ts'

/** The scope of the management operations. Source: "Manage API Access". */
export const managementScope = 'alexa::enterprise:management'

/** The client that a token stands for. */
export interface Principal {
  readonly clientId: string
  /** `amzn1.account.…`, as the user profile shows it. */
  readonly userId: string
  readonly scopes: readonly string[]
  readonly roles: readonly Role[]
  /** The region of the host of the call, if the service distinguishes regions. */
  readonly region?: Region
}

/** The parts of a call of the operator's API that the operations log records. */
export interface OperatorCall {
  readonly requestId: string
  /** `operator`, or `operator:NAME`. */
  readonly actor: string
}

/**
 * Refuses with FORBIDDEN a token without the management scope, and a client without a role (ledger, row 16: the token
 * is valid, its rights do not suffice).
 */
export function requireManagement(principal: Principal): void {
  if (!principal.scopes.includes(managementScope)) {
    throw refuse('FORBIDDEN', `The access token lacks the scope ${managementScope}.`, { reason: 'scope' })
  }
  if (principal.roles.length === 0) throw refuse('FORBIDDEN', 'The client has no role on any unit.')
}

/** Whether a role of the principal covers the unit. */
export function hasRoleOn(principal: Principal, unit: Unit): boolean {
  return principal.roles.some((role) => isWithin(unit.path, role.unitId))
}

/**
 * FORBIDDEN, with the same message for a foreign organization and a missing role (ledger, row 12: no one learns which
 * units exist).
 */
export function roleRefusal(principal: Principal, unit: Unit): Refusal | undefined {
  return hasRoleOn(principal, unit) ? undefined : refuse('FORBIDDEN', noRoleMessage)
}

export const noRoleMessage =
  "The client doesn't have the right permission to perform the operation on this unit."
