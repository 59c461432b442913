/**
 * The keys of a running service. The sealing keys come from the file in the data folder or from a setting; the signing
 * keys are in storage, and this module renews them.
 */
import { readFileSync } from 'node:fs'
import type { Context } from '../model/ports/context.ts'
import type { KeyRing } from '../model/ports/key-ring.ts'
import { refuse } from '../model/refusal.ts'
import { newSealingKeyText, readSealingKey, type SealingKeys } from '../oauth/sealing.ts'
import type { ServiceSecrets } from '../oauth/secrets.ts'
import { addSigningKey, ensureKeys, signingKeys } from '../oauth/service-keys.ts'
import type { OwnSecrets } from './data-folder.ts'
import { writeWholeFile } from './secret-file.ts'

export interface OpenKeyRing extends KeyRing {
  /** Adds signing keys that are due, and reads those of other nodes, until the signal aborts. */
  keepFresh(signal: AbortSignal): Promise<void>
}

/** Half an hour is enough: a signing key is stored an hour before it signs. */
const keyCheckMs = 30 * 60_000
const keyRetryMs = 60_000
/** Values that were sealed with the old key may not be on disk yet. */
const underWayMs = 60_000
const sealingKeysMax = 10

/** `sealingKeysChanged` is called when stored values have to be sealed again. */
export function openKeyRing(
  context: Context,
  secrets: ServiceSecrets,
  own: OwnSecrets,
  sealingKeysChanged: () => void,
): OpenKeyRing {
  const { now, storage, log } = context
  let { sealingKeys } = own
  let changedAt = Number.NEGATIVE_INFINITY

  function useSealingKeys(keys: SealingKeys): void {
    sealingKeys = keys
    secrets.useSealingKeys(keys)
  }

  return {
    addSealingKey() {
      const file = requireFile(own)
      if (sealingKeys.length >= sealingKeysMax)
        throw refuse(
          'INVALID_PARAM',
          `There are ${sealingKeysMax} sealing keys, the maximum: remove the old ones first.`,
        )
      const text = newSealingKeyText()
      const key = readSealingKey(text)
      writeWholeFile(file, `${[text, ...keyTexts(file)].join(',')}\n`)
      changedAt = now()
      useSealingKeys([key, ...sealingKeys])
      sealingKeysChanged()
      return key.id
    },
    dropSealingKey(keyId) {
      const file = requireFile(own)
      const [first, ...others] = sealingKeys
      if (now() < changedAt + underWayMs)
        throw refuse(
          'INVALID_PARAM',
          `${keyId} was the current sealing key until a moment ago. Retry in a minute.`,
        )
      const texts = keyTexts(file).filter((text) => readSealingKey(text).id !== keyId)
      writeWholeFile(file, `${texts.join(',')}\n`)
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
    async keepFresh(signal) {
      let pauseMs = keyCheckMs
      for (;;) {
        await context.sleepUntil(now() + pauseMs, signal)
        if (signal.aborted) return
        try {
          secrets.useKeys(await ensureKeys(storage.keys, sealingKeys, now()), now())
          pauseMs = keyCheckMs
        } catch (error) {
          pauseMs = keyRetryMs
          const message = 'The signing keys could not be renewed; the current ones stay in use'
          log.error({ err: error }, message)
        }
      }
    },
  }
}

function requireFile({ sealingKeyFile }: OwnSecrets): string {
  if (sealingKeyFile !== undefined) return sealingKeyFile
  throw refuse(
    'INVALID_PARAM',
    'SKILLKEEPER_SEALING_KEY has the sealing keys of this service: change them there, on every node.',
  )
}

function keyTexts(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split(',')
}
