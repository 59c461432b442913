/** Authenticated encryption of stored values, with keys that come from outside storage. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

export interface SealingKey {
  /** Derived from the key, so that a key has the same ID on every node. */
  readonly id: string
  readonly key: KeyObject
}

/** The first one seals, all of them open. */
export type SealingKeys = readonly [SealingKey, ...SealingKey[]]

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Returns a new sealing key in its text form: 32 random bytes as base64url. */
export function newSealingKeyText(): string {
  return randomBytes(keyBytes).toString('base64url')
}

/**
 * Reads the text form, also plain base64; ignores surrounding white space. Throws a plain error whose message does not
 * quote the text.
 */
export function readSealingKey(text: string): SealingKey {
  const normal = text.trim().replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  const bytes = Buffer.from(normal, 'base64url')
  if (bytes.length !== keyBytes || bytes.toString('base64url') !== normal) {
    throw new Error(
      `A sealing key is ${keyBytes} random bytes as base64url, which is 43 characters. This text of ${normal.length} characters is not a key.`,
    )
  }
  const hash = createHash('sha256').update('skillkeeper sealing key\0').update(bytes).digest()
  return { id: hash.subarray(0, 6).toString('base64url'), key: createSecretKey(bytes) }
}

/**
 * Seals with AES-256-GCM and a fresh nonce. The result is the ID of the key, a dot, and nonce, ciphertext and tag as
 * base64url.
 */
export function seal(key: SealingKey, plain: string, purpose: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(additionalData(key.id, purpose))
  const sealed = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${key.id}.${sealed.toString('base64url')}`
}

/** Opens a value that one of the keys sealed for the purpose. Throws for any other; the message contains no secret. */
export function unseal(keys: readonly SealingKey[], sealed: string, purpose: string): string {
  const dot = sealed.indexOf('.')
  const keyId = sealed.slice(0, Math.max(dot, 0))
  const key = keys.find((candidate) => candidate.id === keyId)
  if (key === undefined) {
    throw new Error(
      `A value for ${purpose} was sealed with the key ${JSON.stringify(keyId)}, which is not among the sealing keys (${keys.map((known) => known.id).join(', ')}).`,
    )
  }
  const text = sealed.slice(dot + 1)
  const bytes = Buffer.from(text, 'base64url')
  // Decoding ignores some bits of the last base64url character; the comparison of the text detects a change there.
  if (bytes.length < nonceBytes + tagBytes || bytes.toString('base64url') !== text) throw damaged(purpose)
  const tagAt = bytes.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(additionalData(keyId, purpose))
  decipher.setAuthTag(bytes.subarray(tagAt))
  try {
    return decipher.update(bytes.subarray(nonceBytes, tagAt), undefined, 'utf8') + decipher.final('utf8')
  } catch (cause) {
    throw damaged(purpose, cause)
  }
}

function additionalData(keyId: string, purpose: string): Buffer {
  return Buffer.from(`skillkeeper seal 1\0${keyId}\0${purpose}`)
}

function damaged(purpose: string, cause?: unknown): Error {
  return new Error(`A sealed value for ${purpose} was changed, or was sealed for another purpose.`, { cause })
}
