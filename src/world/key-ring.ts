/** The keys of a world: sealing keys, which are kept outside of storage, and signing keys, which storage keeps. */
import type { Context } from '../model/ports/context.ts'
import type { KeyRing } from '../model/ports/key-ring.ts'
import { refuse } from '../model/refusal.ts'
import { newSealingKeyText, readSealingKey, type SealingKeys } from '../oauth/sealing.ts'
import type { ServiceSecrets } from '../oauth/secrets.ts'
import { addSigningKey, ensureKeys, signingKeys } from '../oauth/service-keys.ts'

export interface OpenKeyRing extends KeyRing {
  /** Adds signing keys that are due, and reads those of other nodes. */
  refreshSigningKeys(): Promise<void>
}

/** The file with the sealing keys of a world. */
export interface SealingKeyFile {
  /** The texts of the keys; the first one seals. */
  read(): string[]
  /** Replaces all of them, on disk before it returns. */
  write(texts: readonly string[]): void
}

export interface KeyRingParts {
  readonly secrets: ServiceSecrets
  readonly sealingKeys: SealingKeys
  /** `undefined` if a setting provides the sealing keys, or nothing is kept. */
  readonly file: SealingKeyFile | undefined
  /** Called when stored values have to be sealed again. */
  sealingKeysChanged(): void
}

/** Values that were sealed with the old key may not be on disk yet. */
const underWayMs = 60_000
const sealingKeysMax = 10

export function openKeyRing(
  { now, storage }: Pick<Context, 'now' | 'storage'>,
  parts: KeyRingParts,
): OpenKeyRing {
  const { secrets, file, sealingKeysChanged } = parts
  let { sealingKeys } = parts
  let changedAt = Number.NEGATIVE_INFINITY

  function useSealingKeys(keys: SealingKeys): void {
    sealingKeys = keys
    secrets.useSealingKeys(keys)
  }

  return {
    addSealingKey() {
      const kept = required(file)
      if (sealingKeys.length >= sealingKeysMax)
        throw refuse(
          'INVALID_PARAM',
          `There are ${sealingKeysMax} sealing keys, the maximum: remove the old ones first.`,
        )
      const text = newSealingKeyText()
      const key = readSealingKey(text)
      kept.write([text, ...kept.read()])
      changedAt = now()
      useSealingKeys([key, ...sealingKeys])
      sealingKeysChanged()
      return key.id
    },
    dropSealingKey(keyId) {
      const kept = required(file)
      const [first, ...others] = sealingKeys
      if (now() < changedAt + underWayMs)
        throw refuse(
          'INVALID_PARAM',
          `A sealing key was added less than a minute ago, and values that ${keyId} sealed may not be stored yet. Retry in a minute.`,
        )
      kept.write(kept.read().filter((text) => readSealingKey(text).id !== keyId))
      useSealingKeys([first, ...others.filter(({ id }) => id !== keyId)])
    },
    async listSigningKeys() {
      return signingKeys(await storage.keys.list()).map(({ record, signsFrom, verifiesUntil }) => ({
        id: record.id,
        createdAt: record.createdAt,
        signsFrom,
        verifiesUntil,
      }))
    },
    async addSigningKey() {
      const records = await addSigningKey(storage.keys, sealingKeys, now())
      secrets.useKeys(records, now())
      return signingKeys(records).at(-1)?.record.id ?? ''
    },
    async refreshSigningKeys() {
      secrets.useKeys(await ensureKeys(storage.keys, await storage.keys.list(), sealingKeys, now()), now())
    },
  }
}

function required(file: SealingKeyFile | undefined): SealingKeyFile {
  if (file !== undefined) return file
  throw refuse(
    'INVALID_PARAM',
    'SKILLKEEPER_SEALING_KEY has the sealing keys of this service: change them there, on every node.',
  )
}
