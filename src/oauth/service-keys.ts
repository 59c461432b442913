/**
 * The keys of the service, sealed in storage. One key hashes; it never changes, because all stored hashes depend on it.
 * The other keys sign; a new one is added every 30 days. Nodes that find a key missing at the same time add it under
 * the same ID, and all use the one that storage kept.
 */
import { randomBytes } from 'node:crypto'
import type { KeyRecord, KeyStorage } from '../model/ports/storage.ts'
import { refuse } from '../model/refusal.ts'
import { type SealingKeys, seal, unseal } from './sealing.ts'

const signKeyLifeMs = 30 * 24 * 3_600_000

/** How long before its use a new key is stored, in milliseconds: every node must have time to read it. */
const publishedAheadMs = 3_600_000

/**
 * How long an old key verifies after its successor begins to sign, in milliseconds: twice the lifetime of the
 * longest-lived signed text.
 */
const verifiesForMs = 48 * 3_600_000

/** The keys at one moment, opened. */
export interface ServiceKeys {
  readonly hash: Buffer
  readonly sign: ServiceKey
  /** `sign`, and the older keys that still verify. */
  readonly verify: readonly ServiceKey[]
}

export interface ServiceKey {
  readonly id: string
  readonly key: Buffer
}

/**
 * Adds keys that are missing or due beside the stored `records`, and returns all keys in storage. Safe to call on all nodes at once.
 * The first signing key has the number `first`.
 */
export async function ensureKeys(
  storage: KeyStorage,
  records: readonly KeyRecord[],
  sealingKeys: SealingKeys,
  now: number,
  first = 1,
): Promise<readonly KeyRecord[]> {
  const missing = missingKeys(records, now, first)
  if (missing.length === 0) return records
  for (const key of missing) await storage.add(newKey(sealingKeys, key, now))
  return storage.list()
}

/** Makes the first signing key of a storage, which has the number. */
export function firstSigningKey(sealingKeys: SealingKeys, number: number, now: number): KeyRecord {
  return newKey(sealingKeys, { id: nextSigningId(undefined, number), purpose: 'sign' }, now)
}

/**
 * Opens the records and assigns each key its current use. Throws if a sealing key is missing or a record is invalid.
 */
export function openKeys(records: readonly KeyRecord[], sealingKeys: SealingKeys, now: number): ServiceKeys {
  const hash = records.find((record) => record.purpose === 'hash')
  const signing = signingKeys(records)
  // During the first hour there is no older signing key.
  const sign = signing.findLast(({ signsFrom }) => signsFrom <= now) ?? signing[0]
  if (hash === undefined || sign === undefined)
    throw new Error('The keys of the service are missing in storage.')
  const verify = signing.filter(({ verifiesUntil }) => (verifiesUntil ?? now + 1) > now)
  return {
    hash: openKey(sealingKeys, hash),
    sign: { id: sign.record.id, key: openKey(sealingKeys, sign.record) },
    verify: verify.map(({ record }) => ({ id: record.id, key: openKey(sealingKeys, record) })),
  }
}

/** The period of a signing key, in milliseconds since the epoch. */
export interface SigningKey {
  readonly record: KeyRecord
  readonly signsFrom: number
  /** `undefined` while it has no successor. */
  readonly verifiesUntil: number | undefined
}

/** Sorts by the number in the ID, oldest first, because the clocks of nodes may differ. */
export function signingKeys(records: readonly KeyRecord[]): SigningKey[] {
  const ordered = records
    .filter((record) => record.purpose === 'sign')
    .sort((a, b) => numberOf(a) - numberOf(b))
  const signsFrom = (record: KeyRecord) => record.createdAt + publishedAheadMs
  return ordered.map((record, at) => {
    const successor = ordered[at + 1]
    return {
      record,
      signsFrom: signsFrom(record),
      verifiesUntil: successor && signsFrom(successor) + verifiesForMs,
    }
  })
}

/**
 * Adds a signing key before it is due, and returns all keys in storage. Refuses with INVALID_PARAM while the last key
 * does not sign yet. If two nodes do it at once, only one adds a key.
 */
export async function addSigningKey(
  storage: KeyStorage,
  sealingKeys: SealingKeys,
  now: number,
): Promise<KeyRecord[]> {
  const signing = signingKeys(await storage.list())
  const newest = signing.at(-1)
  if (newest !== undefined && newest.signsFrom > now)
    throw refuse('INVALID_PARAM', `The key ${newest.record.id} does not sign yet.`)
  const id = nextSigningId(newest?.record, 1)
  await storage.add(newKey(sealingKeys, { id, purpose: 'sign' }, now))
  return storage.list()
}

function missingKeys(
  records: readonly KeyRecord[],
  now: number,
  first: number,
): Pick<KeyRecord, 'id' | 'purpose'>[] {
  const missing: Pick<KeyRecord, 'id' | 'purpose'>[] = []
  if (!records.some((record) => record.purpose === 'hash')) missing.push({ id: 'h1', purpose: 'hash' })
  const newest = signingKeys(records).at(-1)?.record
  if (newest === undefined || newest.createdAt + signKeyLifeMs <= now) {
    missing.push({ id: nextSigningId(newest, first), purpose: 'sign' })
  }
  return missing
}

function nextSigningId(newest: KeyRecord | undefined, first: number): string {
  return `s${newest === undefined ? first : numberOf(newest) + 1}`
}

function numberOf({ id }: KeyRecord): number {
  return Number(id.slice(1))
}

/** Seals the ID with the key, so that a record cannot replace another. */
function newKey(
  sealingKeys: SealingKeys,
  { id, purpose }: Pick<KeyRecord, 'id' | 'purpose'>,
  now: number,
): KeyRecord {
  const sealed = seal(sealingKeys[0], `${id}:${randomBytes(32).toString('base64url')}`, 'key')
  return { id, purpose, sealed, createdAt: now }
}

function openKey(sealingKeys: SealingKeys, record: KeyRecord): Buffer {
  const [id, key = ''] = unseal(sealingKeys, record.sealed, 'key').split(':')
  if (id !== record.id) throw new Error(`The record of the key ${record.id} contains another key.`)
  return Buffer.from(key, 'base64url')
}
