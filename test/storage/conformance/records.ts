/**
 * What the conformance tests put into a storage, and how they ask what became of it. Knows the port alone: no SQL and
 * no engine.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { AccountLink, LinkKey } from '../../../src/model/account-link.ts'
import type { Claim } from '../../../src/model/account-link-steps.ts'
import type { Client } from '../../../src/model/client.ts'
import {
  type LogEntry,
  type LoggedChange,
  type Recorded,
  recorded,
  type WriteStamp,
} from '../../../src/model/operations-log.ts'
import type {
  ActivationStamp,
  DelegatedLinkRecord,
  EnableRecord,
  Grant,
  LinkChange,
  Storage,
} from '../../../src/model/ports/storage.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import type { Skill } from '../../../src/model/skill.ts'
import { pathBelow, type Unit } from '../../../src/model/unit.ts'
import type { PrincipalId, SkillId, UnitId } from '../../../src/protocol/identifiers.ts'
import { createNewId } from '../../../src/world/new-id.ts'

/** A storage that is empty, belongs to one test alone, and is closed when that test ends. */
export interface OpenedStorage {
  readonly storage: Storage
  /** The same storage as another node sees it; the same value where the storage belongs to one process. */
  readonly otherNode: Storage
}
/** `newId`: makes the IDs of entries, where a test asks for certain ones. */
export type OpenStorage = (t: TestContext, newId?: () => string) => Promise<OpenedStorage>

/** When the histories of the tests begin. */
export const t0 = 1_700_000_000_000
/** How long a record is `ENABLING`. */
export const delayMs = 200

export const unitId = (name: string) => `amzn1.alexa.unit.did.${name}` as UnitId
export const skillId = (name: string) => `amzn1.ask.skill.${name}` as SkillId
export const principalId = (name: string) => `amzn1.account.${name}` as PrincipalId
export const newId = createNewId(() => t0)

export function organization(name = 'ORG1', more: Partial<Unit> = {}): Unit {
  const id = unitId(name)
  return {
    id,
    organizationId: id,
    parentId: undefined,
    level: 0,
    path: pathBelow('', id),
    name: `Organization ${name}`,
    solution: 'healthcare',
    country: 'US',
    requiresSubscription: false,
    ...more,
  }
}

export function unitBelow(parent: Unit, name: string): Unit {
  const id = unitId(name)
  return {
    ...parent,
    id,
    parentId: parent.id,
    level: parent.level + 1,
    path: pathBelow(parent.path, id),
    name: `Unit ${name}`,
  }
}

export function skill(name: string, more: Partial<Skill> = {}): Skill {
  return { id: skillId(name), name: `Skill ${name}`, stages: ['live'], accountLinking: undefined, ...more }
}

export function client(id: string, more: Partial<Client> = {}): Client {
  const role = { unitId: unitId('ORG1'), role: 'A4P.UnitAdmin' } as const
  return {
    id,
    name: `Client ${id}`,
    secretHash: `hash of the secret of ${id}`,
    redirectUris: ['http://127.0.0.1:9090/cb'],
    roles: [role],
    grants: undefined,
    isDemo: false,
    isEmbedded: false,
    linksAccounts: false,
    ...more,
  }
}

export function grant(id: string, more: Partial<Grant> = {}): Grant {
  return {
    id,
    clientId: 'client-1',
    personId: undefined,
    scopes: ['alexa::enterprise:management', 'profile'],
    refreshTokenHash: `hash of the refresh token of ${id}`,
    createdAt: t0,
    revokedAt: undefined,
    ...more,
  }
}

/** What is recorded with a change of the catalog, unless more is said. */
export function catalogEntry(
  more: Partial<LoggedChange> & { at?: number; requestId?: string } = {},
): Recorded {
  const { at = t0, requestId = 'request-catalog', ...change } = more
  return recorded({ now: at, requestId, actor: 'operator' }, { operation: 'catalog', ...change })
}

/** The entry that is to be read of it, but for the ID. */
export function entryOf({ stamp, change }: Recorded): Omit<LogEntry, 'id'> {
  const { now: at, requestId, actor } = stamp
  return { at, requestId, actor, outcome: 'done', ...change } as LogEntry
}

export function record(unit: Unit, name: string, more: Partial<EnableRecord> = {}): EnableRecord {
  return {
    unitId: unit.id,
    skillId: skillId(name),
    organizationId: unit.organizationId,
    stage: 'live',
    partitionNames: [],
    nameFreeLocales: [],
    link: { kind: 'keep' },
    needsExistingLink: false,
    isSubscription: false,
    ...more,
  }
}

export function stamp(now: number, requestId = 'request-1'): ActivationStamp {
  return { now, activateAt: now + delayMs, requestId, actor: 'client-1' }
}

export function origin(now: number, requestId = 'request-1'): WriteStamp {
  return { now, requestId, actor: 'client-1' }
}

export function claim(id: string, now: number, leaseMs = 10_000): Claim {
  return { id, now, leaseUntil: now + leaseMs }
}

export const linkKey = (unit: Unit, name: string, linkName: string): LinkKey => ({
  organizationId: unit.organizationId,
  skillId: skillId(name),
  name: linkName,
})

export const onLinked = (name: string): LinkChange => ({ kind: 'linked', name })
export const onPending = (name: string): LinkChange => ({
  kind: 'pending',
  name,
  sealedRequest: `request of ${name}`,
})

/** An organization and so many rooms in it. */
export async function putRooms(storage: Storage, count: number): Promise<{ root: Unit; rooms: Unit[] }> {
  const root = organization()
  const rooms = Array.from({ length: count }, (_, index) => unitBelow(root, `R${101 + index}`))
  await storage.catalog.put({ units: [root, ...rooms] }, catalogEntry())
  return { root, rooms }
}

/** The same with one room, which is what most tests need. */
export async function putRoom(storage: Storage): Promise<Unit> {
  const { rooms } = await putRooms(storage, 1)
  return rooms[0]!
}

/** Makes a link `LINKED` the way a request does: by a claim that is settled. Nobody lives on it yet. */
export async function putLinked(storage: Storage, key: LinkKey, now = t0): Promise<void> {
  await storage.links.claim(key, claim(`claim of ${key.name}`, now), origin(now))
  const tokens = `tokens of ${key.name}`
  assert.equal(
    await storage.links.settleLinked(key, `claim of ${key.name}`, {
      sealedTokens: tokens,
      now: now,
      checkAt: now + 60_000,
    }),
    true,
  )
}

/** Puts a delegated link with these tokens the way the operator does: from a code of its own. */
export async function putDelegated(
  storage: Storage,
  { organizationId, skillId, sealedTokens }: DelegatedLinkRecord,
  from: WriteStamp,
): Promise<void> {
  const key = { organizationId, skillId, name: newId() }
  await storage.links.claim(key, claim(key.name, from.now), from)
  await storage.links.settleLinked(key, key.name, {
    sealedTokens: sealedTokens,
    now: from.now,
    checkAt: from.now + 60_000,
  })
  assert.equal(await storage.delegatedLinks.delegate(key, from), true)
}

/** Makes a link `REFUSED`, with the given records waiting for it. */
export async function putRefused(storage: Storage, waiting: EnableRecord, now = t0): Promise<void> {
  const { link } = waiting
  assert.equal(link.kind, 'pending')
  if (link.kind !== 'pending') return
  const key = { organizationId: waiting.organizationId, skillId: waiting.skillId, name: link.name }
  await storage.enablements.enable(waiting, stamp(now))
  await storage.links.claim(key, claim('refusing', now), origin(now))
  assert.equal(
    await storage.links.settleRefused(key, 'refusing', { reason: 'invalid_grant', now: now }),
    true,
  )
}

/** Makes a link `DISCARDED`, as when the last enablement on it went. */
export async function putDiscarded(storage: Storage, key: LinkKey, now = t0): Promise<void> {
  await putLinked(storage, key, now)
  const later = now + 60_000
  await claimDueOnly(storage, key, 'discarding', later)
  assert.equal(await storage.links.discardUnused(key, 'discarding'), true)
}

/** Claims what is due, which must be this link alone. */
export async function claimDueOnly(
  storage: Storage,
  key: LinkKey,
  id: string,
  now: number,
): Promise<AccountLink> {
  const due = await storage.links.claimDue(claim(id, now), 10)
  assert.deepEqual(
    due.map(({ organizationId, skillId, name }) => ({ organizationId, skillId, name })),
    [key],
  )
  return due[0]!
}

/** The newest 1,000 entries of the log, oldest first, but for those of the catalog. */
export async function logOf(storage: Storage): Promise<LogEntry[]> {
  const newest = await storage.log.list({}, { newest: true, limit: 1000 })
  return newest.reverse().filter((entry) => entry.operation !== 'catalog')
}

/** An entry without the ID, which the storage makes. */
export function withoutId({ id: _, ...entry }: LogEntry): Omit<LogEntry, 'id'> {
  return entry
}

/** For `assert.rejects`: a refusal with this code. */
export function refusedWith(code: Refusal['code']): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Refusal, `a refusal ${code}, not ${error}`)
    assert.equal(error.code, code)
    return true
  }
}

/** How many times each race is run: which call comes first is up to the engine. */
export const raceRounds = 12

/** Runs the calls at the same time and gives what they gave, or why they were refused. */
export async function atOnce<T>(calls: readonly (() => Promise<T>)[]): Promise<(T | Refusal)[]> {
  const ends = await Promise.allSettled(calls.map((call) => call()))
  return ends.map((end) => {
    if (end.status === 'fulfilled') return end.value
    if (end.reason instanceof Refusal) return end.reason
    throw end.reason
  })
}
