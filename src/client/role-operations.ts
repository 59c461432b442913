/** The operations on roles. Source: "Role API". */

import type { Answered, Page } from './enablement.ts'
import { AnswerError, type Operation } from './errors.ts'
import { createList, type PagedList } from './listing.ts'
import type { CallOptions } from './options.ts'
import type { Answer } from './transport/call.ts'
import { type CallApi, queryOf } from './transport/caller.ts'
import { isRecord, nextTokenOf } from './transport/read-answer.ts'

/** A role of a unit. */
export interface Role {
  readonly roleId: string
  /** `A4H.OrgAdmin` of an organization, `A4P.UnitAdmin` of any unit; `viewer` only at a Skillkeeper. */
  readonly roleName: string
  readonly unitId: string
}

/** A role that a principal has. Amazon documents no more than the principal or the role of an assignment. */
export interface RoleAssignment {
  readonly roleId: string | undefined
  readonly roleName: string | undefined
  readonly unitId: string | undefined
  readonly principalId: string | undefined
  /** Whether the role covers all units below its unit, too. */
  readonly propagate: boolean | undefined
  /** As in RFC 3339; absent if the assignment does not end by itself. */
  readonly expiresAt: string | undefined
}

export interface RolePage extends Page {
  readonly roles: readonly Role[]
}

export interface RoleAssignmentPage extends Page {
  readonly assignments: readonly RoleAssignment[]
}

/** The part of a request for a list that chooses the page. */
interface PageRequest {
  /** Results per page, 1 to 10 (10). */
  readonly maxResults?: number
  /** The `nextToken` of the previous page. */
  readonly nextToken?: string
}

export interface ListRolesRequest extends PageRequest {
  readonly unitId: string
  /** Only the role with this name. */
  readonly roleName?: string
}

export interface ListRoleAssignmentsRequest extends PageRequest {
  readonly roleId: string
}

export interface ListPrincipalAssignmentsRequest extends PageRequest {
  readonly principalId: string
  /** Required, but for the caller's own roles at a Skillkeeper. */
  readonly unitId?: string
}

/** A role for a principal. */
export interface AssignmentRequest {
  /** `amzn1.account.…`, the `user_id` of the profile. */
  readonly principalId: string
  /** Whether the role covers all units below its unit, too (false). */
  readonly propagate?: boolean
  /** When the assignment ends: a date, or a text as in RFC 3339. */
  readonly expiresAt?: string | Date
}

/** The end of a role for a principal. */
export interface RevocationRequest {
  readonly principalId: string
  /** Whether the role ends on all units below, too (false). A4H.OrgAdmin is A4P.UnitAdmin there. */
  readonly propagate?: boolean
}

interface Batch<Item> {
  readonly roleId: string
  /** 1 to 50, each with an `itemId` of its own, and each principal once. */
  readonly items: readonly (Item & { readonly itemId: number })[]
}

/** The operations on roles, `client.roles`. Each rejects with a `SkillsError`: 403 without a role on the unit or above it. */
export interface RoleOperations {
  /** "List roles": awaited, one page; iterated, all roles from that page on. */
  list(request: ListRolesRequest, options?: CallOptions): PagedList<RolePage, Role>
  /** "Get role". 404 for an unknown role. */
  get(roleId: string, options?: CallOptions): Promise<Role & Answered>
  /**
   * "List principal assignments": who has the role.
   *
   * ```ts
   * for await (const { principalId } of client.roles.listAssignments({ roleId })) …
   * ```
   */
  listAssignments(
    request: ListRoleAssignmentsRequest,
    options?: CallOptions,
  ): PagedList<RoleAssignmentPage, RoleAssignment>
  /** "List role assignments": which roles the principal has on the unit. */
  listPrincipalAssignments(
    request: ListPrincipalAssignmentsRequest,
    options?: CallOptions,
  ): PagedList<RoleAssignmentPage, RoleAssignment>
  /**
   * "Assign role". 400 if the principal has the role. The client therefore does not repeat the request when the outcome is
   * unknown; `listAssignments` shows the outcome.
   */
  assign(request: AssignmentRequest & { readonly roleId: string }, options?: CallOptions): Promise<Answered>
  /** "Revoke role assignment". 404 if the principal does not have it, 400 for the last A4H.OrgAdmin of an organization. */
  revoke(request: RevocationRequest & { readonly roleId: string }, options?: CallOptions): Promise<Answered>
  /** "Batch assign role": all or nothing; a `BatchError` lists the items at fault. Not repeated, as `assign`. */
  batchAssign(request: Batch<AssignmentRequest>, options?: CallOptions): Promise<Answered>
  /** "Batch revoke role assignment": all or nothing. At a Skillkeeper a principal without the role counts as success. */
  batchRevoke(request: Batch<RevocationRequest>, options?: CallOptions): Promise<Answered>
}

const rolesPath = '/v1/roles'
const pathOf = (roleId: string) => `${rolesPath}/${encodeURIComponent(roleId)}`
const assignmentsOf = (roleId: string) => `${pathOf(roleId)}/assignments`

export function createRoleOperations(call: CallApi): RoleOperations {
  async function change(
    operation: Operation,
    method: 'POST' | 'DELETE',
    path: string,
    parts: Parameters<CallApi>[3],
  ): Promise<Answered> {
    const { requestId } = await call(operation, method, path, parts)
    return { requestId }
  }
  return {
    list({ nextToken: first, ...wanted }, options) {
      const page = async (nextToken: string | undefined) => {
        const path = `${rolesPath}?${queryOf({ ...wanted, nextToken })}`
        const answer = await call('listRoles', 'GET', path, { options })
        return { roles: resultsOf('listRoles', answer, readRole), ...endOf('listRoles', answer) }
      }
      return createList('listRoles', first, page, ({ roles }) => roles)
    },
    async get(roleId, options) {
      const { body, requestId } = await call('getRole', 'GET', pathOf(roleId), { options })
      const role = readRole(body)
      if (role) return { ...role, requestId }
      throw new AnswerError('The answer is no role.', { operation: 'getRole', requestId })
    },
    listAssignments({ roleId, nextToken: first, maxResults }, options) {
      const operation = 'listRoleAssignments'
      const page = async (nextToken: string | undefined) => {
        const query = queryOf({ maxResults, nextToken })
        const path = `${assignmentsOf(roleId)}${query === '' ? '' : `?${query}`}`
        return assignmentPageOf(operation, await call(operation, 'GET', path, { options }))
      }
      return createList(operation, first, page, ({ assignments }) => assignments)
    },
    listPrincipalAssignments({ nextToken: first, ...wanted }, options) {
      const operation = 'listPrincipalAssignments'
      const page = async (nextToken: string | undefined) => {
        const path = `${rolesPath}/assignments?${queryOf({ ...wanted, nextToken })}`
        return assignmentPageOf(operation, await call(operation, 'GET', path, { options }))
      }
      return createList(operation, first, page, ({ assignments }) => assignments)
    },
    assign: ({ roleId, ...body }, options) =>
      change('assignRole', 'POST', assignmentsOf(roleId), { options, body, isRepeatable: false }),
    revoke: ({ roleId, principalId, propagate }, options) => {
      const query = queryOf({
        principalId,
        propagate: propagate === undefined ? undefined : String(propagate),
      })
      return change('revokeRole', 'DELETE', `${assignmentsOf(roleId)}?${query}`, { options, doneStatus: 404 })
    },
    batchAssign: ({ roleId, items }, options) =>
      change('batchAssignRole', 'POST', `${assignmentsOf(roleId)}/batchAssign`, {
        options,
        body: { items },
        isRepeatable: false,
      }),
    batchRevoke: ({ roleId, items }, options) =>
      change('batchRevokeRole', 'POST', `${assignmentsOf(roleId)}/batchRevoke`, { options, body: { items } }),
  }
}

function assignmentPageOf(operation: Operation, answer: Answer): RoleAssignmentPage {
  return { assignments: resultsOf(operation, answer, readAssignment), ...endOf(operation, answer) }
}

function endOf(operation: Operation, answer: Answer): Page {
  return { nextToken: nextTokenOf(operation, answer), requestId: answer.requestId }
}

function resultsOf<Item>(
  operation: Operation,
  { body, requestId }: Answer,
  read: (value: unknown) => Item | undefined,
): Item[] {
  const given = isRecord(body) ? body['results'] : undefined
  const items = Array.isArray(given) ? given.map(read).filter((item) => item !== undefined) : []
  if (Array.isArray(given) && items.length === given.length) return items
  throw new AnswerError('The answer is no page of roles.', { operation, requestId })
}

function readRole(value: unknown): Role | undefined {
  if (!isRecord(value)) return undefined
  const { roleId, roleName, unitId } = value
  const isRole = typeof roleId === 'string' && typeof roleName === 'string' && typeof unitId === 'string'
  return isRole ? { roleId, roleName, unitId } : undefined
}

function readAssignment(value: unknown): RoleAssignment | undefined {
  if (!isRecord(value)) return undefined
  const text = (name: string) => (typeof value[name] === 'string' ? value[name] : undefined)
  const propagate = value['propagate']
  return {
    roleId: text('roleId'),
    roleName: text('roleName'),
    unitId: text('unitId'),
    principalId: text('principalId'),
    propagate: typeof propagate === 'boolean' ? propagate : undefined,
    expiresAt: text('expiresAt'),
  }
}
