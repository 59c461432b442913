/** The tokens of the operator's API: from the setting, or from the file in the data folder. */
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { Log } from '../../model/ports/context.ts'
import { type OperatorToken, readOperatorTokens } from '../../protocol/operator-tokens.ts'
import { fileFault } from '../file-fault.ts'
import { cannotStart } from '../start-error.ts'
import { secretFile } from './secret-file.ts'

/** The tokens that are valid now. If there is none, the operator's API rejects all calls. */
export type OperatorTokens = () => readonly OperatorToken[]

/** Returns the tokens of the setting, whose form is already checked. */
export function givenTokens(setting: string | undefined): OperatorTokens {
  const read = setting === undefined ? undefined : readOperatorTokens(setting)
  const tokens = read !== undefined && 'tokens' in read ? read.tokens : []
  return () => tokens
}

/**
 * Returns the tokens of the file, which is created with one token if it is missing. A changed file is read again: tokens
 * can be added, replaced or removed without a restart. An invalid file changes nothing. Throws a `StartError`.
 */
export function tokensOfFile(file: string, log: Log): OperatorTokens {
  const text = secretFile(file, () => randomBytes(32).toString('base64url'), log)
  let seen = stateOf(file)
  const read = readOperatorTokens(text)
  if ('problem' in read) {
    throw cannotStart(
      'failure',
      `The file ${file} contains no operator token: ${read.problem} Remove it, and the service creates a new one.`,
    )
  }
  let { tokens } = read
  log.info({ file }, `The token of the operator's API is in ${file}`)
  return () => {
    const state = stateOf(file)
    if (state === seen) return tokens
    seen = state
    const again = readAgain(file)
    if ('problem' in again) {
      log.error({ file }, `The tokens of the operator's API do not change: ${file}: ${again.problem}`)
    } else {
      tokens = again.tokens
      const names = [...new Set(tokens.map(({ name }) => name ?? 'unnamed'))]
      log.info({ file, names }, `The tokens of the operator's API were read again: ${names.join(', ')}`)
    }
    return tokens
  }
}

function readAgain(file: string): ReturnType<typeof readOperatorTokens> {
  try {
    return readOperatorTokens(readFileSync(file, 'utf8'))
  } catch (error) {
    return { problem: `It cannot be read: ${fileFault(error)}.` }
  }
}

/** Returns a different text for a different file or content. */
function stateOf(file: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true })
    return `${ino} ${size} ${mtimeNs}`
  } catch (error) {
    return fileFault(error)
  }
}
