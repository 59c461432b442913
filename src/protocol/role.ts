/** Requests and responses of `/v1/roles`. Source: "Role API", and what known clients send and read. */
import * as Type from 'typebox'
import { ItemId } from './enablement.ts'
import { PrincipalId, RoleId, UnitId } from './identifiers.ts'
import { Instant } from './instant.ts'

/** The names of the roles. `viewer` is not Amazon's: it lets its holder read, and change nothing. */
export const RoleName = Type.Union(
  [Type.Literal('A4H.OrgAdmin'), Type.Literal('A4P.UnitAdmin'), Type.Literal('viewer')],
  {
    description:
      'A4H.OrgAdmin (of an organization) and A4P.UnitAdmin let their holder manage units and assign roles. viewer, which Amazon does not have, lets its holder read.',
  },
)
export type RoleName = Type.Static<typeof RoleName>

/** A role of a unit, which can be assigned to principals. */
export const RoleBody = Type.Object({ roleId: RoleId, roleName: RoleName, unitId: UnitId })
export type RoleBody = Type.Static<typeof RoleBody>

const ExpiresAt = Type.Unsafe<string>({
  ...Instant,
  description: 'When the assignment ends, as in RFC 3339. Absent: it does not end by itself.',
})

/** A role that a principal has. */
export const AssignmentBody = Type.Object({
  ...RoleBody.properties,
  principalId: PrincipalId,
  propagate: Type.Boolean({ description: 'Whether the role covers all units below its unit, too.' }),
  expiresAt: Type.Optional(ExpiresAt),
})
export type AssignmentBody = Type.Static<typeof AssignmentBody>

/** `nextToken` is null on the last page. */
const paginationContext = Type.Object({ nextToken: Type.Union([Type.String(), Type.Null()]) })

export const RolePage = Type.Object({ results: Type.Array(RoleBody), paginationContext })
export type RolePage = Type.Static<typeof RolePage>

export const AssignmentPage = Type.Object({ results: Type.Array(AssignmentBody), paginationContext })
export type AssignmentPage = Type.Static<typeof AssignmentPage>

/** `maxResults` 1 to 10, default 10; `nextToken` of the previous page. */
const pageRequest = {
  maxResults: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10,
      default: 10,
      description: 'Maximum number of results to display, from 1 to 10.',
    }),
  ),
  nextToken: Type.Optional(
    Type.String({ maxLength: 2048, description: 'Continuation token of the previous answer.' }),
  ),
}

const targets = {
  unitId: Type.Optional(UnitId),
  targetEntityId: Type.Optional(
    Type.Unsafe<UnitId>({ ...UnitId, description: 'The unit in another parameter; unitId or this one.' }),
  ),
}

/** Query of "List roles". */
export const RoleListQuery = Type.Object({
  ...targets,
  roleName: Type.Optional(
    Type.String({
      pattern: '^[\\x20-\\x7e]{1,100}$',
      description: 'Only the role with this name, such as A4P.UnitAdmin; none if the unit has no such role.',
    }),
  ),
  ...pageRequest,
})
export type RoleListRequest = Type.Static<typeof RoleListQuery>

/** Query of "List principal assignments": who has the role. */
export const RoleAssignmentsQuery = Type.Object(pageRequest)
export type RoleAssignmentsRequest = Type.Static<typeof RoleAssignmentsQuery>

/** Query of "List role assignments": which roles the principal has on the unit. */
export const PrincipalAssignmentsQuery = Type.Object({
  principalId: PrincipalId,
  ...targets,
  ...pageRequest,
})
export type PrincipalAssignmentsRequest = Type.Static<typeof PrincipalAssignmentsQuery>

const Propagate = Type.Boolean({
  description: 'Whether the role covers all units below its unit, too.',
  default: false,
})

/** Body of "Assign role". */
export const AssignRoleRequest = Type.Object({
  principalId: PrincipalId,
  propagate: Type.Optional(Propagate),
  expiresAt: Type.Optional(ExpiresAt),
})
export type AssignRoleRequest = Type.Static<typeof AssignRoleRequest>

const revokePropagate = 'Whether the role ends on all units below, too. A4H.OrgAdmin is A4P.UnitAdmin there.'
const RevokePropagate = Type.Boolean({ description: revokePropagate, default: false })

/** Query of "Revoke role assignment". */
export const RevokeRoleQuery = Type.Object({
  principalId: PrincipalId,
  propagate: Type.Optional(
    Type.Unsafe<'true' | 'false'>({
      type: 'string',
      enum: ['true', 'false'],
      default: 'false',
      description: `${revokePropagate} true or false.`,
    }),
  ),
})

/** One item of "Batch assign role". */
export const BatchAssignRoleItem = Type.Object({ itemId: ItemId, ...AssignRoleRequest.properties })
export type BatchAssignRoleItem = Type.Static<typeof BatchAssignRoleItem>

/** Body of "Batch assign role": 1 to 50 items. */
export const BatchAssignRoleRequest = Type.Object({
  items: Type.Array(BatchAssignRoleItem, {
    description: 'A list of request items, 1 to 50. Each names a principal.',
  }),
})

/** One item of "Batch revoke role assignment". */
export const BatchRevokeRoleItem = Type.Object({
  itemId: ItemId,
  principalId: PrincipalId,
  propagate: Type.Optional(RevokePropagate),
})
export type BatchRevokeRoleItem = Type.Static<typeof BatchRevokeRoleItem>

/** Body of "Batch revoke role assignment": 1 to 50 items. */
export const BatchRevokeRoleRequest = Type.Object({
  items: Type.Array(BatchRevokeRoleItem, {
    description: 'A list of request items, 1 to 50. Each names a principal.',
  }),
})

export const RolePath = Type.Object({ roleId: RoleId })
