/** The Role API as routes. Source: "Role API". */
import { assignRole, assignRoleBatch } from '../../operations/roles/assign-role.ts'
import { listPrincipalAssignments, listRoleAssignments } from '../../operations/roles/list-assignments.ts'
import { getRole, listRoles } from '../../operations/roles/list-roles.ts'
import { revokeRole, revokeRoleBatch } from '../../operations/roles/revoke-role.ts'
import type { Operation } from '../../protocol/operations.ts'
import * as schemas from '../../protocol/role.ts'
import { askerOf } from '../engine/exchange.ts'
import { accepted, created, noContent, ok } from './answer-schema.ts'
import { type Route, route } from './route.ts'

const rolesPath = '/v1/roles'
const rolePath = '/v1/roles/:roleId'
const assignmentsPath = `${rolePath}/assignments`

function roles(operation: Operation, shape: 'single' | 'batch') {
  const config = { operation, access: 'either', shape, isOfAmazon: true } as const
  return { config, tag: 'Roles', refuses: [404] } as const
}

const readingRoutes: readonly Route[] = [
  route({
    ...roles('list_roles', 'single'),
    method: 'GET',
    path: rolesPath,
    operationId: 'listRoles',
    summary: 'List the roles of a unit',
    query: schemas.RoleListQuery,
    success: ok('A page of the roles.', schemas.RolePage),
    handle: (context, request) => listRoles(context, askerOf(request), request.query),
  }),
  route({
    ...roles('get_role', 'single'),
    method: 'GET',
    path: rolePath,
    operationId: 'getRole',
    summary: 'Get a role',
    params: schemas.RolePath,
    success: ok('The role.', schemas.RoleBody),
    handle: (context, request) => getRole(context, askerOf(request), request.params.roleId),
  }),
  route({
    ...roles('list_role_assignments', 'single'),
    method: 'GET',
    path: assignmentsPath,
    operationId: 'listRoleAssignments',
    summary: 'List the principals that have a role',
    params: schemas.RolePath,
    query: schemas.RoleAssignmentsQuery,
    success: ok('A page of the assignments.', schemas.AssignmentPage),
    handle: (context, request) =>
      listRoleAssignments(context, askerOf(request), {
        roleId: request.params.roleId,
        ...request.query,
      }),
  }),
  route({
    ...roles('list_principal_assignments', 'single'),
    method: 'GET',
    path: `${rolesPath}/assignments`,
    operationId: 'listPrincipalAssignments',
    summary: 'List the roles that a principal has on a unit',
    query: schemas.PrincipalAssignmentsQuery,
    success: ok('A page of the assignments.', schemas.AssignmentPage),
    handle: (context, request) => listPrincipalAssignments(context, askerOf(request), request.query),
  }),
]

const changingRoutes: readonly Route[] = [
  route({
    ...roles('assign_role', 'single'),
    method: 'POST',
    path: assignmentsPath,
    operationId: 'assignRole',
    summary: 'Assign a role to a principal',
    params: schemas.RolePath,
    body: schemas.AssignRoleRequest,
    success: created('The role is assigned.', schemas.AssignmentBody),
    handle: (context, request) =>
      assignRole(context, askerOf(request), {
        roleId: request.params.roleId,
        requestId: request.id,
        request: request.body,
      }),
  }),
  route({
    ...roles('revoke_role', 'single'),
    method: 'DELETE',
    path: assignmentsPath,
    operationId: 'revokeRole',
    summary: 'Revoke a role from a principal',
    params: schemas.RolePath,
    query: schemas.RevokeRoleQuery,
    success: noContent('The role is revoked.'),
    handle: (context, request) =>
      revokeRole(context, askerOf(request), {
        roleId: request.params.roleId,
        requestId: request.id,
        principalId: request.query.principalId,
        propagate: request.query.propagate === 'true',
      }),
  }),
  route({
    ...roles('batch_assign_role', 'batch'),
    method: 'POST',
    path: `${assignmentsPath}/batchAssign`,
    operationId: 'assignRoleBatch',
    summary: 'Assign a role to several principals',
    params: schemas.RolePath,
    unchecked: { body: schemas.BatchAssignRoleRequest },
    success: accepted('The request was accepted.'),
    handle: (context, request) =>
      assignRoleBatch(context, askerOf(request), {
        roleId: request.params.roleId,
        requestId: request.id,
        body: request.body,
      }),
  }),
  route({
    ...roles('batch_revoke_role', 'batch'),
    method: 'POST',
    path: `${assignmentsPath}/batchRevoke`,
    operationId: 'revokeRoleBatch',
    summary: 'Revoke a role from several principals',
    params: schemas.RolePath,
    unchecked: { body: schemas.BatchRevokeRoleRequest },
    success: accepted('The request was accepted.'),
    handle: (context, request) =>
      revokeRoleBatch(context, askerOf(request), {
        roleId: request.params.roleId,
        requestId: request.id,
        body: request.body,
      }),
  }),
]

export const roleRoutes: readonly Route[] = [...readingRoutes, ...changingRoutes]
