/** The part of the storage port that keeps who has which role; the rules of storage.ts apply to each method. */
import type { PrincipalId, UnitId } from '../../protocol/identifiers.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Recorded } from '../operations-log.ts'
import type { Assignment, HeldRoles, Role } from '../principals/role.ts'

export interface RoleStorage {
  /**
   * Returns the roles of the principal on the highest units, at most 1,000, ended ones among them. May be out of date for
   * as long as the catalog if another node has changed them.
   */
  held(principalId: PrincipalId): MaybePromise<HeldRoles>
  /** Returns the roles of the principal on the units, ended ones among them. At most 16 IDs. */
  findOn(principalId: PrincipalId, unitIds: readonly UnitId[]): MaybePromise<Assignment[]>
  /** Returns the principals of the list that have the role at `now`. At most 50 IDs. */
  findHolders(role: Role, principalIds: readonly PrincipalId[], now: number): Promise<PrincipalId[]>
  /** Returns who has the role at `now`, by principal ID, after the given one. */
  listOfRole(role: Role, page: { after: string; now: number; limit: number }): Promise<Assignment[]>
  /** Returns the roles that the principal has at `now`, by level, creation of the unit and role, after the given one. */
  listOfPrincipal(
    principalId: PrincipalId,
    page: { after: AssignmentPosition | undefined; now: number; limit: number },
  ): Promise<Assignment[]>
  /**
   * Assigns one role to principals, each once, at most 50, all or nothing. Refuses with INVALID_PARAM if a principal has
   * the role at the time of the stamp, with NOT_FOUND if the unit is gone.
   */
  assign(assignments: readonly Assignment[], changes: readonly Recorded[]): Promise<void>
  /**
   * Ends one role for principals, each once, at most 50, all or nothing; with `propagate` also the role on all units
   * below, where A4H.OrgAdmin is A4P.UnitAdmin. Logs the change of each principal that had it at `now`, and returns these principals. Refuses with
   * INVALID_PARAM to end the last A4H.OrgAdmin of an organization; one that ends by itself does not replace one that does
   * not, nor does one of the organization alone replace one that propagates.
   */
  revoke(role: Role, revocations: readonly Revocation[], now: number): Promise<PrincipalId[]>
  /** Deletes at most `limit` ended assignments; returns how many. */
  forgetEnded(now: number, limit: number): Promise<number>
}

export interface AssignmentPosition extends Role {
  readonly level: number
}

export interface Revocation {
  readonly principalId: PrincipalId
  readonly propagate: boolean
  readonly change: Recorded
}
