/**
 * The keys of the service, which rest in storage under the sealing key: one key to hash with, made once for ever,
 * since every stored hash hangs on it; and keys to sign with, of which a new one comes every 30 days. Several nodes
 * that find a key missing at once make it under the same ID, and all use the one that storage kept.
 */
import { randomBytes } from 'node:crypto'
import type { KeyRecord, KeyStorage } from '../model/ports/storage.ts'
import { refuse } from '../model/refusal.ts'
import { type SealingKeys, seal, unseal } from './sealing.ts'

const signKeyLifeMs = 30 * 24 * 3_600_000

/** A new key signs only when every node has had the time to read it. */
const publishedAheadMs = 3_600_000

/** An old key verifies so long after its successor began to sign: twice the life of the longest signed text. */
const verifiesForMs = 48 * 3_600_000

/** The keys in use at a moment, opened. */
export interface ServiceKeys {
  readonly hash: Buffer
  readonly sign: ServiceKey
  /** `sign`, and those that still verify what was signed before. */
  readonly verify: readonly ServiceKey[]
}

export interface ServiceKey {
  readonly id: string
  readonly key: Buffer
}

/** Adds the keys that are missing or due and gives all that storage then has. Safe to call on all nodes at once. */
export async function ensureKeys(
  storage: KeyStorage,
  sealingKeys: SealingKeys,
  now: number,
): Promise<KeyRecord[]> {
  const records = await storage.list()
  const missing = missingKeys(records, now)
  if (missing.length === 0) return records
  for (const { id, purpose } of missing) {
    await storage.add({ id, purpose, sealed: sealKey(sealingKeys, id), createdAt: now })
  }
  return storage.list()
}

/** Opens the records and tells which key has which part now. Throws when a sealing key is missing or a record is not ours. */
export function openKeys(records: readonly KeyRecord[], sealingKeys: SealingKeys, now: number): ServiceKeys {
  const hash = records.find((record) => record.purpose === 'hash')
  const signing = signingKeys(records)
  // Before the first hour is over there is nothing older to sign with.
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

/** When a key to sign with begins and ends to count, in milliseconds since the epoch. */
export interface SigningKey {
  readonly record: KeyRecord
  readonly signsFrom: number
  /** `undefined` as long as it has no successor. */
  readonly verifiesUntil: number | undefined
}

/** Oldest first; the number in the ID decides, since the clocks of nodes may differ. */
export function signingKeys(records: readonly KeyRecord[]): SigningKey[] {
  const ordered = records
    .filter((record) => record.purpose === 'sign')
    .sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)))
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
 * Adds a key to sign with before it is due, and gives all that storage then has. Refuses with INVALID_PARAM while
 * the last one has not begun to sign. Of two nodes that do it at once, one adds it.
 */
export async function addSigningKey(
  storage: KeyStorage,
  sealingKeys: SealingKeys,
  now: number,
): Promise<KeyRecord[]> {
  const signing = signingKeys(await storage.list())
  const newest = signing.at(-1)
  if (newest !== undefined && newest.signsFrom > now)
    throw refuse('INVALID_PARAM', `The key ${newest.record.id} has not begun to sign yet.`)
  const id = `s${signing.length + 1}`
  await storage.add({ id, purpose: 'sign', sealed: sealKey(sealingKeys, id), createdAt: now })
  return storage.list()
}

function missingKeys(records: readonly KeyRecord[], now: number): Pick<KeyRecord, 'id' | 'purpose'>[] {
  const missing: Pick<KeyRecord, 'id' | 'purpose'>[] = []
  if (!records.some((record) => record.purpose === 'hash')) missing.push({ id: 'h1', purpose: 'hash' })
  const signing = signingKeys(records)
  const newest = signing.at(-1)?.record
  if (newest === undefined || newest.createdAt + signKeyLifeMs <= now) {
    missing.push({ id: `s${signing.length + 1}`, purpose: 'sign' })
  }
  return missing
}

/** The ID is sealed with the key, so that a record cannot stand in for another. */
function sealKey(sealingKeys: SealingKeys, id: string): string {
  return seal(sealingKeys[0], `${id}:${randomBytes(32).toString('base64url')}`, 'key')
}

function openKey(sealingKeys: SealingKeys, record: KeyRecord): Buffer {
  const [id, key = ''] = unseal(sealingKeys, record.sealed, 'key').split(':')
  if (id !== record.id) throw new Error(`The record of the key ${record.id} holds another key.`)
  return Buffer.from(key, 'base64url')
}
