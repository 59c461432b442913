/**
 * A typed client of the Skill Management API, for Amazon's service and for Skillkeeper. It needs only `fetch`.
 *
 * ```ts
 * import { SkillsClient } from 'skillkeeper/client'
 *
 * const client = new SkillsClient({ endpoint: 'http://127.0.0.1:5337', credentials: { clientId, clientSecret } })
 * await client.enable({ skillId, unitId, stage: 'live' })
 * await client.waitUntilEnabled({ skillId, unitId })
 * for await (const enablement of client.list({ unitId })) console.log(enablement.skill.id)
 * ```
 */

export type {
  Change,
  ChangeItem,
  ChangeItemPage,
  ChangeOperations,
  ChangeOutcome,
  ChangePage,
  ChangePreview,
  ChangeRequest,
  ListChangeItemsRequest,
  ListChangesRequest,
  StartOptions,
  WaitForChangeOptions,
} from './change-operations.ts'
export type {
  AccountLinkRequest,
  Answered,
  BatchDisableItem,
  BatchDisableRequest,
  BatchEnableRequest,
  BatchGetItem,
  BatchGetRequest,
  BatchItem,
  DisableRequest,
  EnableManyRequest,
  Enablement,
  EnablementPage,
  EnableRequest,
  EnableStage,
  Expandable,
  GetRequest,
  ListRequest,
  NameFreeInvocation,
  Page,
  SkillRequest,
  Stage,
  Target,
  UnitEnablements,
  UnitEnablementsPage,
  UnitToDisable,
  UnitToEnable,
  WaitRequest,
} from './enablement.ts'
export {
  AbortError,
  AnswerError,
  ApiError,
  BatchError,
  type ErrorCode,
  type ItemError,
  type Operation,
  SkillsError,
  TimeoutError,
  TokenError,
  TransportError,
} from './errors.ts'
export type { PagedList } from './listing.ts'
export {
  type AcceptedUnit,
  type FailedUnit,
  type ManyProgress,
  type ManyResult,
  type RefusedUnit,
  StoppedError,
  type UnitOutcome,
} from './many/many-result.ts'
export type { GetManyOptions, UnitReport } from './many/read-many.ts'
export type { ManyOptions } from './many/send-many.ts'
export type { UnitLike, Units } from './many/unit-source.ts'
export {
  type MissingUnit,
  type WaitManyOptions,
  type WaitOptions,
  type WaitProgress,
  WaitTimeoutError,
} from './many/wait.ts'
export type { AttemptEvent, CallOptions, Fetch, Region, SkillsClientOptions } from './options.ts'
export type {
  AssignmentRequest,
  ListPrincipalAssignmentsRequest,
  ListRoleAssignmentsRequest,
  ListRolesRequest,
  RevocationRequest,
  Role,
  RoleAssignment,
  RoleAssignmentPage,
  RoleOperations,
  RolePage,
} from './role-operations.ts'
export type { FollowOptions, RoomChange, RoomEvent } from './rooms/follow-changes.ts'
export type {
  FoundUnit,
  MatrixPage,
  MatrixRow,
  MatrixSkill,
  Me,
  OnCounts,
  RoomOperations,
  RoomSummary,
  RoomUnit,
} from './rooms/room-operations.ts'
export { SkillsClient } from './skills-client.ts'
export type { ClientClock } from './transport/clock.ts'
export type { ClientCredentials, Credentials, TokenFunction } from './transport/credentials.ts'
export type { RetryOptions } from './transport/retry.ts'
export type {
  CreateUnitRequest,
  ListUnitsRequest,
  Unit,
  UnitOperations,
  UnitPage,
} from './unit-operations.ts'
