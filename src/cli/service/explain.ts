/** Converts an error of a command into a message for the person at the terminal and an exit code. */
import { CommanderError } from 'commander'
import { StartError } from '../../app/start-error.ts'
import {
  ApiError,
  BatchError,
  SkillsError,
  TimeoutError,
  TokenError,
  TransportError,
  WaitTimeoutError,
} from '../../client/index.ts'
import { CommandError, exitCodes } from '../terminal/command-error.ts'
import { hasUsedDemo } from './connection.ts'
import { linkHint } from './link-hint.ts'
import { UnreachableError } from './unreachable.ts'

export interface Explanation {
  readonly exitCode: number
  /** Absent if the message has already been shown. */
  readonly message?: string
}

export function explain(error: unknown): Explanation {
  // The parser has already printed the help, the version, or the fault of the arguments.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : exitCodes.usage }
  if (error instanceof StartError) return { exitCode: exitCodes[error.kind], message: error.message }
  if (error instanceof CommandError) return { exitCode: error.exitCode, message: error.message }
  // Ctrl-C at a question.
  if (error instanceof Error && error.name === 'ExitPromptError') return { exitCode: exitCodes.interrupted }
  if (error instanceof WaitTimeoutError) return { exitCode: exitCodes.deadline, message: explainCall(error) }
  if (error instanceof SkillsError) return { exitCode: exitCodes.failure, message: explainCall(error) }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { exitCode: exitCodes.failure, message }
}

function explainCall(error: SkillsError): string {
  const request = error.requestId === undefined ? '' : `\nRequest ID: ${error.requestId}`
  return `${error.message}${nextStep(error)}${itemsOf(error)}${request}`
}

function nextStep(error: SkillsError): string {
  if (error.cause instanceof UnreachableError) return ''
  if (error instanceof TokenError && hasUsedDemo())
    return '\nNo credentials are set, so the client of the demo catalog was used. Set SKILLKEEPER_CLIENT_ID and SKILLKEEPER_CLIENT_SECRET, or create a profile: skillkeeper config set --help'
  if (error instanceof TokenError)
    return '\nNo access token was issued: check the client ID, the secret and the refresh token (of the profile: skillkeeper config show NAME; otherwise SKILLKEEPER_CLIENT_ID and so on).'
  if (error instanceof TransportError || error instanceof TimeoutError)
    return '\nIs the service running, and is the address correct? skillkeeper serve starts one; --endpoint selects another.'
  if (!(error instanceof ApiError)) return ''
  const hint = linkHint(error.message)
  if (hint !== undefined) return `\n${hint}`
  switch (error.status) {
    case 401:
      return '\nThe token was rejected: get another one, or use a client with a secret (skillkeeper config set).'
    case 403:
      return '\nThe catalog has the roles of the client: skillkeeper catalog show clients.'
    case 429:
      return '\nThe service limits the requests: retry later.'
    default:
      return error.status >= 500 ? '\nThe service has a problem: retry later.' : ''
  }
}

/** Lists each reason once: a service may report the same reason for a hundred items. */
function itemsOf(error: SkillsError): string {
  if (!(error instanceof BatchError)) return ''
  const reasons = Map.groupBy(error.items, ({ errorDescription }) => errorDescription)
  return Array.from(reasons, ([reason, items]) => {
    const which = items.length === 1 ? `item ${items[0]?.itemId}` : `${items.length} items`
    return `\n  ${which}: ${reason}`
  }).join('')
}
