/**
 * The two secrets that a service makes for itself at its first start, as files of the data folder that only their
 * owner may read: the operator's token and the sealing key. The database in the same folder is storage's affair.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Log } from '../model/context.ts'
import { newSealingKeyText, readSealingKey, type SealingKeys } from '../oauth/sealing.ts'
import { reasonOf } from './read-settings.ts'
import { isAllowed } from './setting.ts'
import { type Settings, settingTable } from './settings.ts'
import { cannotStart } from './start-error.ts'

export interface OwnSecrets {
  /** `undefined`: the operator's API is closed, since nobody could know the token. */
  readonly operatorToken: string | undefined
  readonly sealingKeys: SealingKeys
  /** Where the sealing keys are kept; `undefined` when they come by setting, or nothing is kept. */
  readonly sealingKeyFile: string | undefined
}

/** A storage that keeps nothing. */
export const memoryFolder = ':memory:'

/**
 * The secrets from the settings, else from their files in the data folder, which are made when they are missing. The
 * folder must be locked: then no other process makes them at the same time. `isSealed`: the storage holds what
 * was sealed before, so a new sealing key would be of no use. Throws a `StartError`.
 */
export function folderSecrets(settings: Settings, isSealed: boolean, log: Log): OwnSecrets {
  if (settings.data === memoryFolder) {
    const key = settings.sealingKey ?? newSealingKeyText()
    const sealingKeys = readSealingKeys(key, 'sealing-key')
    return { operatorToken: settings.operatorToken, sealingKeys, sealingKeyFile: undefined }
  }
  warnOfOpenFolder(settings.data, log)
  const keyFile = join(settings.data, 'sealing-key')
  if (settings.sealingKey === undefined && isSealed && !existsSync(keyFile)) {
    const how = 'Put it back, or give the key as SKILLKEEPER_SEALING_KEY.'
    throw cannotStart(
      'storage',
      `The file ${keyFile} is missing, and what is stored was sealed with its key. ${how}`,
    )
  }
  const keyText = settings.sealingKey ?? secretFile(keyFile, newSealingKeyText, log)
  const sealingKeyFile = settings.sealingKey === undefined ? keyFile : undefined
  return {
    operatorToken: settings.operatorToken ?? operatorTokenFile(settings.data, log),
    sealingKeys: readSealingKeys(keyText, sealingKeyFile ?? 'sealing-key'),
    sealingKeyFile,
  }
}

/** Who may write to the folder may put another file in the place of the database or of a secret. */
function warnOfOpenFolder(folder: string, log: Log): void {
  if ((statSync(folder).mode & 0o022) === 0) return
  log.warn({ folder }, `Others on this machine may write to the data folder ${folder}. Set its mode to 0700.`)
}

/**
 * The secrets for a database: there is no folder, and each node has to open what another one sealed. Throws a
 * `StartError` of kind `usage` without a sealing key.
 */
export function sharedSecrets({ operatorToken, sealingKey }: Settings): OwnSecrets {
  if (sealingKey !== undefined) {
    const sealingKeys = readSealingKeys(sealingKey, 'sealing-key')
    return { operatorToken, sealingKeys, sealingKeyFile: undefined }
  }
  throw cannotStart(
    'usage',
    'With --database-url the sealing key has to be set, the same on every node: SKILLKEEPER_SEALING_KEY=$(openssl rand -base64 32)',
  )
}

function operatorTokenFile(folder: string, log: Log): string {
  const file = join(folder, 'operator-token')
  const token = secretFile(file, () => randomBytes(32).toString('base64url'), log)
  if (isAllowed(settingTable.operatorToken, token)) {
    log.info({ file }, `The token of the operator's API is in ${file}`)
    return token
  }
  throw cannotStart(
    'failure',
    `The file ${file} does not hold an operator token. Remove it, and a new one is made.`,
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

/** The text of the file, which is made with what `make` gives unless it is there. The folder must be locked. */
export function secretFile(file: string, make: () => string, log: Log): string {
  try {
    if (!existsSync(file)) writeWholeFile(file, `${make()}\n`)
    const { mode } = statSync(file)
    if ((mode & 0o077) !== 0) {
      log.warn(
        { file },
        `${file} holds a secret and others on this machine may read it. Set its mode to 0600.`,
      )
    }
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw cannotStart('storage', `The file ${file} cannot be read or made: ${reasonOf(error)}.`, error)
  }
}

/** The file has the text whole or not at all, and on disk before anything is sealed with what it holds. */
export function writeWholeFile(file: string, text: string, mode = 0o600): void {
  const part = `${file}.part`
  writeFileSync(part, text, { mode, flush: true })
  renameSync(part, file)
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
