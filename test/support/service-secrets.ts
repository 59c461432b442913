import { newSealingKeyText, readSealingKey, type SealingKeys } from '../../src/oauth/sealing.ts'
import { openSecrets, type ServiceSecrets } from '../../src/oauth/secrets.ts'
import { ensureKeys } from '../../src/oauth/service-keys.ts'
import { openMemoryStorage } from './memory-storage.ts'

/** The secrets of a service that has just started for the first time. */
export async function newServiceSecrets(now = Date.now()): Promise<ServiceSecrets> {
  const sealingKeys: SealingKeys = [readSealingKey(newSealingKeyText())]
  const storage = await openMemoryStorage()
  const keys = await ensureKeys(storage.keys, await storage.keys.list(), sealingKeys, now)
  await storage.close()
  return openSecrets({ sealingKeys, keys, now })
}
