/**
 * The two secrets that a service creates at its first start: the operator's token and the sealing key. They are files of
 * the data folder that only their owner may read. The storage looks after the database in the same folder.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../../model/ports/context.ts'
import { newSealingKeyText, readSealingKey, type SealingKeys } from '../../oauth/sealing.ts'
import { writeWholeFile } from '../../storage/sqlite/whole-file.ts'
import type { SealingKeyFile } from '../../world/key-ring.ts'
import type { OwnSecrets } from '../../world/world.ts'
import type { Settings } from '../settings/settings.ts'
import { cannotStart } from '../start-error.ts'
import { givenTokens, tokensOfFile } from './operator-tokens.ts'
import { secretFile } from './secret-file.ts'

/** The name of a storage that keeps nothing. */
export const memoryFolder = ':memory:'

/**
 * Returns the secrets from the settings, otherwise from their files in the data folder; missing files are created. The
 * folder must be locked, so that no other process creates them at the same time. `isSealed`: the storage contains sealed
 * values, which a new sealing key could not open. Throws a `StartError`.
 */
export function folderSecrets(settings: Settings, isSealed: boolean, log: Log): OwnSecrets {
  if (settings.data === memoryFolder) {
    const key = settings.sealingKey ?? newSealingKeyText()
    const sealingKeys = readSealingKeys(key, 'sealing-key')
    return { operatorTokens: givenTokens(settings.operatorToken), sealingKeys, sealingKeyFile: undefined }
  }
  warnOfOpenFolder(settings.data, log)
  const keyFile = join(settings.data, 'sealing-key')
  if (settings.sealingKey === undefined && isSealed && !existsSync(keyFile)) {
    const how = 'Restore it, or set the key as SKILLKEEPER_SEALING_KEY.'
    throw cannotStart(
      'storage',
      `The file ${keyFile} is missing, but the stored secrets are sealed with its key. ${how}`,
    )
  }
  const keyText = settings.sealingKey ?? secretFile(keyFile, newSealingKeyText, log)
  const isKeyFile = settings.sealingKey === undefined
  return {
    operatorTokens:
      settings.operatorToken === undefined
        ? tokensOfFile(join(settings.data, 'operator-token'), log)
        : givenTokens(settings.operatorToken),
    sealingKeys: readSealingKeys(keyText, isKeyFile ? keyFile : 'sealing-key'),
    sealingKeyFile: isKeyFile ? sealingKeyFileAt(keyFile) : undefined,
  }
}

function sealingKeyFileAt(file: string): SealingKeyFile {
  return {
    read: () => readFileSync(file, 'utf8').trim().split(','),
    write: (texts) => writeWholeFile(file, `${texts.join(',')}\n`),
  }
}

/** Anyone who may write to the folder could replace the database or a secret. */
function warnOfOpenFolder(folder: string, log: Log): void {
  if ((statSync(folder).mode & 0o022) === 0) return
  log.warn(
    { folder },
    `Other users of this machine may write to the data folder ${folder}. Set its mode to 0700.`,
  )
}

/**
 * Returns the secrets for a database. Each node must open what another node sealed, so the sealing key has to be a
 * setting; without it throws a `StartError` of kind `usage`.
 */
export function sharedSecrets({ operatorToken, sealingKey }: Settings): OwnSecrets {
  if (sealingKey !== undefined) {
    const sealingKeys = readSealingKeys(sealingKey, 'sealing-key')
    return { operatorTokens: givenTokens(operatorToken), sealingKeys, sealingKeyFile: undefined }
  }
  throw cannotStart(
    'usage',
    '--database-url requires a sealing key, the same on every node: SKILLKEEPER_SEALING_KEY=$(openssl rand -base64 32)',
  )
}

function readSealingKeys(text: string, source: string): SealingKeys {
  const [first = '', ...others] = text.split(',')
  try {
    return [readSealingKey(first), ...others.map(readSealingKey)]
  } catch (error) {
    throw cannotStart('usage', `${source}: ${error instanceof Error ? error.message : error}`, error)
  }
}
