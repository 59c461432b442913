/**
 * The keys of the service, which rest in storage under the sealing key: one key to hash with, made once for ever,
 * since every stored hash hangs on it; and keys to sign with, of which a new one comes every 30 days. Several nodes
 * that find a key missing at once make it under the same ID, and all use the one that storage kept.
 */
import { randomBytes } from 'node:crypto'
import type { KeyRecord, KeyStorage } from '../model/storage.ts'
import { type SealingKey, seal, unseal } from './sealing.ts'

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
  sealingKeys: readonly SealingKey[],
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
export function openKeys(
  records: readonly KeyRecord[],
  sealingKeys: readonly SealingKey[],
  now: number,
): ServiceKeys {
  const hash = records.find((record) => record.purpose === 'hash')
  const signing = signRecords(records)
  // Before the first hour is over there is nothing older to sign with.
  const signAt = Math.max(
    0,
    signing.findLastIndex((record) => record.createdAt + publishedAheadMs <= now),
  )
  const sign = signing[signAt]
  if (hash === undefined || sign === undefined)
    throw new Error('The keys of the service are missing in storage.')
  const verify = signing.filter((_, at) => {
    const successor = signing[at + 1]
    return successor === undefined || successor.createdAt + publishedAheadMs + verifiesForMs > now
  })
  return {
    hash: openKey(sealingKeys, hash),
    sign: { id: sign.id, key: openKey(sealingKeys, sign) },
    verify: verify.map((record) => ({ id: record.id, key: openKey(sealingKeys, record) })),
  }
}

function missingKeys(records: readonly KeyRecord[], now: number): Pick<KeyRecord, 'id' | 'purpose'>[] {
  const missing: Pick<KeyRecord, 'id' | 'purpose'>[] = []
  if (!records.some((record) => record.purpose === 'hash')) missing.push({ id: 'h1', purpose: 'hash' })
  const signing = signRecords(records)
  const newest = signing.at(-1)
  if (newest === undefined || newest.createdAt + signKeyLifeMs <= now) {
    missing.push({ id: `s${signing.length + 1}`, purpose: 'sign' })
  }
  return missing
}

/** Oldest first; the number in the ID decides, since the clocks of nodes may differ. */
function signRecords(records: readonly KeyRecord[]): KeyRecord[] {
  return records
    .filter((record) => record.purpose === 'sign')
    .sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)))
}

/** The ID is sealed with the key, so that a record cannot stand in for another. */
function sealKey(sealingKeys: readonly SealingKey[], id: string): string {
  const [first] = sealingKeys
  if (first === undefined) throw new Error('At least one sealing key is needed.')
  return seal(first, `${id}:${randomBytes(32).toString('base64url')}`, 'key')
}

function openKey(sealingKeys: readonly SealingKey[], record: KeyRecord): Buffer {
  const [id, key = ''] = unseal(sealingKeys, record.sealed, 'key').split(':')
  if (id !== record.id) throw new Error(`The record of the key ${record.id} holds another key.`)
  return Buffer.from(key, 'base64url')
}
