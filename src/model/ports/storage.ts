/**
 * The storage port, for every engine. Each method is one atomic, durable step: when its promise resolves, the change is
 * on disk; when it rejects, nothing of it is. A method rejects with a `Refusal` SERVICE_UNAVAILABLE when the engine is
 * overloaded, and with the engine's own error when it is broken. `find…` may return `undefined`; `list…` returns a page
 * in a stable order.
 */
import type { PrincipalId, SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { LoggedOperation } from '../../protocol/operator.ts'
import type { Client } from '../client.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { LogEntry, Recorded } from '../operations-log.ts'
import type { Person } from '../principals/person.ts'
import type { Assignment, Role } from '../principals/role.ts'
import type { Skill } from '../skill.ts'
import type { Unit } from '../unit.ts'
import type { ChangeStorage } from './change-storage.ts'
import type { EnablementStorage } from './enablement-storage.ts'
import type { DelegatedLinkStorage, LinkRenewalStorage, LinkStorage } from './link-storage.ts'
import type { PersonStorage } from './person-storage.ts'
import type { RoleStorage } from './role-storage.ts'
import type { RoomStorage } from './room-storage.ts'
import type { SealedStorage } from './sealed.ts'
import type { SessionStorage } from './session-storage.ts'
import type { UnitStorage } from './unit-storage.ts'

export type * from './change-storage.ts'
export type * from './enablement-storage.ts'
export type * from './link-storage.ts'
export type * from './person-storage.ts'
export type * from './role-storage.ts'
export type * from './room-storage.ts'
export type * from './session-storage.ts'

export interface Storage {
  readonly catalog: CatalogStorage
  readonly roles: RoleStorage
  readonly rooms: RoomStorage
  readonly enablements: EnablementStorage
  readonly changes: ChangeStorage
  readonly links: LinkStorage
  readonly renewals: LinkRenewalStorage
  readonly delegatedLinks: DelegatedLinkStorage
  readonly grants: GrantStorage
  readonly sessions: SessionStorage
  readonly keys: KeyStorage
  readonly sealed: SealedStorage
  readonly log: LogStorage
  /** Rejects if the storage cannot answer or is known to be read-only; for `/readyz`. */
  ping(): Promise<void>
  /** The size of the write-ahead log of a data folder, in bytes; `undefined` if this process has none. */
  logBytes(): number | undefined
  /** Finishes the accepted work, then closes. Safe to call twice. */
  close(): Promise<void>
}

// ---- Catalog ------------------------------------------------------------------------------------------------------

export interface CatalogStorage extends UnitStorage, PersonStorage {
  findUnit(id: UnitId): MaybePromise<Unit | undefined>
  /** Returns the units in any order, without unknown ones. At most 1,000 IDs. */
  findUnits(ids: readonly UnitId[]): MaybePromise<Unit[]>
  findSkill(id: SkillId): MaybePromise<Skill | undefined>
  findClient(id: string): MaybePromise<Client | undefined>
  /** Returns organizations in the order of creation, after the given one. Refuses with INVALID_PARAM an ID that it never returned. */
  listOrganizations(after: string, limit: number): Promise<Unit[]>
  /** Returns the children of a unit in the same way. */
  listUnits(parentId: UnitId, after: string, limit: number): Promise<Unit[]>
  listSkills(after: string, limit: number): Promise<Skill[]>
  listClients(after: string, limit: number): Promise<Client[]>
  /** Returns the clients of the embedded demo catalog. */
  listEmbeddedClients(): Promise<Client[]>
  /** Returns clients whose roles have not all become assignments, because an earlier release has written them. */
  listUnassignedClients(limit: number): Promise<UnassignedClient[]>
  /**
   * Adds or updates by ID, in one step, in the order organizations, units (parents first), skills, clients, people, roles.
   * A unit never moves: refuses with INVALID_PARAM a unit that exists below another parent, or whose parent is unknown.
   * Adds `refreshTokens` as grants of their clients. Returns false, and writes nothing, if `unchanged` is not what is stored.
   */
  put(records: CatalogChange, change: Recorded): Promise<boolean>
  /** Makes the next look-ups read what is stored now, also what another node has changed. */
  forgetAll(): void
  /** Returns false if there is no such skill. Refuses with INVALID_PARAM while it is enabled anywhere. */
  removeSkill(id: SkillId, change: Recorded): Promise<boolean>
  /**
   * Removes the client with its codes, its refresh tokens and the roles of its account. Returns false if there is no such
   * client.
   */
  removeClient(id: string, accountId: PrincipalId, change: Recorded): Promise<boolean>
}

/** A change of at most 1,000 records; callers split larger ones. */
export interface CatalogChange {
  /** Organizations (level 0) and units, parents before children. */
  readonly units?: readonly Unit[]
  readonly skills?: readonly Skill[]
  readonly clients?: readonly Client[]
  readonly people?: readonly Person[]
  /** Assigned whatever the principals have; their units are known. */
  readonly assignments?: readonly Assignment[]
  /** Ended where the principals have them. */
  readonly revocations?: readonly HeldRole[]
  readonly refreshTokens?: readonly Omit<Grant, 'revokedAt'>[]
  readonly delegatedLinks?: readonly DelegatedLinkRecord[]
  /** A record as it was read, which the change is about. */
  readonly unchanged?: StoredRecord
}

/** A record as a look-up returns it; a unit is an organization. */
export type StoredRecord =
  | { readonly kind: 'unit'; readonly value: Unit }
  | { readonly kind: 'skill'; readonly value: Skill }
  | { readonly kind: 'client'; readonly value: Client }
  | { readonly kind: 'person'; readonly value: Person }

/** A role of a principal. */
export interface HeldRole extends Role {
  readonly principalId: PrincipalId
}

/** A client with those of its roles that have become assignments. */
export interface UnassignedClient {
  readonly client: Client
  readonly assignedRoles: Client['roles']
}

/** A delegated link with known tokens; it replaces an existing one as `delegate` does. */
export interface DelegatedLinkRecord {
  readonly organizationId: UnitId
  readonly skillId: SkillId
  readonly sealedTokens: string
}

// ---- Tokens -------------------------------------------------------------------------------------------------------

/** A grant of a person or the operator to a client. The refresh token identifies it. */
export interface Grant {
  readonly id: string
  readonly clientId: string
  /** The person who gave it; `undefined` for the operator, and the tokens speak for the client. */
  readonly personId: PrincipalId | undefined
  readonly scopes: readonly string[]
  /** Hashed with the purpose `refresh-token`; unique. */
  readonly refreshTokenHash: string
  readonly createdAt: number
  readonly revokedAt: number | undefined
}

export interface AuthorizationCode {
  /** Hashed with the purpose `authorization-code`. */
  readonly codeHash: string
  readonly clientId: string
  /** As in the grant. */
  readonly personId: PrincipalId | undefined
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly codeChallenge: string | undefined
  readonly codeChallengeMethod: 'S256' | 'plain' | undefined
  readonly expiresAt: number
}

/** The outcome of redeeming a code. */
export type CodeRedemption =
  | { readonly kind: 'redeemed'; readonly grant: Grant }
  /** The code was used before: the grant of its first use is now revoked. */
  | { readonly kind: 'reused'; readonly grantId: string }
  | { readonly kind: 'unknown' }

export interface GrantStorage {
  addCode(code: AuthorizationCode): Promise<void>
  findCode(codeHash: string): Promise<AuthorizationCode | undefined>
  /**
   * Exchanges the code for the grant, once. A second call for the same code, even simultaneous and on another node,
   * revokes the grant of the first: its refresh token, and its access tokens until `revokeUntil`.
   */
  redeemCode(codeHash: string, grant: Grant, revokeUntil: number): Promise<CodeRedemption>
  findGrant(refreshTokenHash: string): Promise<Grant | undefined>
  /** Revokes the grant and refuses its access tokens until `revokeUntil`, when all of them have expired. */
  revokeGrant(grantId: string, now: number, revokeUntil: number): Promise<void>
  /** Refuses the access token with this ID until `revokeUntil`, when it has expired. */
  revokeAccessToken(tokenId: string, revokeUntil: number): Promise<void>
  /** Whether the access token or its grant is revoked. */
  isRevoked(tokenId: string, grantId: string | undefined): Promise<boolean>
  /** Deletes at most `limit` expired codes and revocations; returns how many. */
  forgetExpired(now: number, limit: number): Promise<number>
}

// ---- Keys ---------------------------------------------------------------------------------------------------------

/** A key of the service, sealed with the sealing key. */
export interface KeyRecord {
  readonly id: string
  readonly purpose: 'hash' | 'sign'
  readonly sealed: string
  readonly createdAt: number
}

export interface KeyStorage {
  list(): Promise<KeyRecord[]>
  /** Adds the key unless the ID exists: nodes that start at once all use the stored key. */
  add(key: KeyRecord): Promise<void>
}

// ---- Operations log -----------------------------------------------------------------------------------------------

export interface LogFilter {
  readonly requestId?: string
  readonly organizationId?: UnitId
  readonly unitId?: UnitId
  readonly skillId?: SkillId
  readonly operation?: LoggedOperation
  readonly outcome?: LogEntry['outcome']
  /** `operator` matches all operators, whatever their names. */
  readonly actor?: string
  /** From this millisecond on. */
  readonly since?: number
  /** Before this millisecond. */
  readonly until?: number
}

export interface LogStorage {
  /** Returns entries in the order of their IDs: after `position`, or before it with `newest`. */
  list(filter: LogFilter, page: { position?: string; newest: boolean; limit: number }): Promise<LogEntry[]>
  /** Returns the ID and the time of the newest entry. */
  findNewest(): Promise<Pick<LogEntry, 'id' | 'at'> | undefined>
  /** Returns the IDs of the newest entries above `floor`, which has the form of an ID, the newest first. */
  listNewestIds(floor: string, limit: number): Promise<string[]>
  /** Whether there is an entry with the ID. Refuses with INVALID_PARAM an ID that no entry can have. */
  has(id: string): Promise<boolean>
  /** How soon an entry of this node or another is worth looking for, in milliseconds. */
  readonly lookMs: number
  append(change: Recorded): Promise<void>
  /** Deletes at most `limit` entries that are older than `at`; returns how many. */
  forgetBefore(at: number, limit: number): Promise<number>
}
