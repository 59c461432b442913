/**
 * The `Secrets` port. Sealing uses the sealing keys themselves; hashing and signing use the keys of the service, one
 * derived key for each purpose, so that a value made for one purpose is invalid for another.
 */
import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { HashPurpose, Secrets, SignPurpose } from '../model/ports/context.ts'
import type { KeyRecord } from '../model/ports/storage.ts'
import { createPassphraseCheck } from './passphrases.ts'
import { type SealingKeys, seal, unseal } from './sealing.ts'
import { openKeys } from './service-keys.ts'

export interface SecretsOptions {
  /** The first one seals, all of them open. */
  sealingKeys: SealingKeys
  /** The result of `ensureKeys`. */
  keys: readonly KeyRecord[]
  /** Milliseconds since the epoch; selects the signing key. */
  now: number
}

/** The port, with methods to replace its keys. */
export interface ServiceSecrets extends Secrets {
  /** Takes a later result of `ensureKeys`. */
  useKeys(keys: readonly KeyRecord[], now: number): void
  /** Replaces the sealing keys: the first one seals, all of them open. */
  useSealingKeys(keys: SealingKeys): void
}

/** Opens the keys. Throws a plain error if a sealing key is missing or a record is altered. */
export function openSecrets({ sealingKeys: given, keys, now }: SecretsOptions): ServiceSecrets {
  let sealingKeys = given
  let [sealingKey] = sealingKeys
  let derived = deriveKeys(keys, sealingKeys, now)

  const hash = (value: string, purpose: HashPurpose) => mac(derived.hash(purpose), value)
  return {
    seal: (plain, purpose) => seal(sealingKey, plain, purpose),
    open: (sealed, purpose) => unseal(sealingKeys, sealed, purpose),
    hash,
    matches: (value, expected, purpose) => areEqual(hash(value, purpose), expected),
    sign(payload, purpose) {
      const text = `${derived.signId}.${Buffer.from(payload).toString('base64url')}`
      return `${text}.${mac(derived.sign(purpose), text)}`
    },
    verify(signed, purpose) {
      const macAt = signed.lastIndexOf('.')
      const payloadAt = signed.indexOf('.') + 1
      if (payloadAt === 0 || payloadAt > macAt) return undefined
      const key = derived.verify.get(signed.slice(0, payloadAt - 1))
      // The MAC covers the encoded text and is compared as text: each payload has only one valid text.
      if (
        key === undefined ||
        !areEqual(mac(key(purpose), signed.slice(0, macAt)), signed.slice(macAt + 1))
      ) {
        return undefined
      }
      return Buffer.from(signed.slice(payloadAt, macAt), 'base64url').toString()
    },
    isPassphrase: createPassphraseCheck(),
    random: (bytes) => randomBytes(bytes).toString('base64url'),
    sealingKeyIds: () => sealingKeys.map(({ id }) => id),
    useKeys(records, at) {
      derived = deriveKeys(records, sealingKeys, at)
    },
    useSealingKeys(others) {
      sealingKeys = others
      ;[sealingKey] = others
    },
  }
}

/** One key for each purpose, derived when it is used first. */
type KeyFor<Purpose> = (purpose: Purpose) => KeyObject

interface DerivedKeys {
  readonly hash: KeyFor<HashPurpose>
  readonly signId: string
  readonly sign: KeyFor<SignPurpose>
  readonly verify: ReadonlyMap<string, KeyFor<SignPurpose>>
}

function deriveKeys(records: readonly KeyRecord[], sealingKeys: SealingKeys, now: number): DerivedKeys {
  const keys = openKeys(records, sealingKeys, now)
  return {
    hash: deriver(keys.hash, 'hash'),
    signId: keys.sign.id,
    sign: deriver(keys.sign.key, 'sign'),
    verify: new Map(keys.verify.map(({ id, key }) => [id, deriver(key, 'sign')])),
  }
}

function deriver(key: Buffer, use: 'hash' | 'sign'): KeyFor<string> {
  const derived = new Map<string, KeyObject>()
  return (purpose) => {
    const known = derived.get(purpose)
    if (known !== undefined) return known
    const made = createSecretKey(
      Buffer.from(hkdfSync('sha256', key, '', `skillkeeper ${use} ${purpose}`, 32)),
    )
    derived.set(purpose, made)
    return made
  }
}

function mac(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** The lengths are public; the place of a difference is secret. */
function areEqual(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
