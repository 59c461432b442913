/** Calls the operator's API, which only Skillkeeper has and `src/client` therefore lacks. */
import { existsSync, readFileSync } from 'node:fs'
import { readOperatorTokens } from '../../protocol/operator-tokens.ts'
import { commandError, exitCodes, wrongUsage } from '../terminal/command-error.ts'
import { tell } from '../terminal/output.ts'
import { type ConnectionOptions, findConnection, isLoopback } from './connection.ts'
import { fetchOrSayWhy, UnreachableError } from './unreachable.ts'

/** A page of a list of the operator's API. */
export interface OperatorPage<Item> {
  readonly items: readonly Item[]
  readonly paginationContext: { readonly after?: string }
}

export interface Operator {
  /** Rejects with a CommandError that has the service's message, or says that nothing answers. */
  call<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
}

/** The file that a service creates in its data folder. */
const tokenFile = 'skillkeeper-data/operator-token'
/** A sentence, without its full stop, that says where the operator's token is. */
export const operatorTokenPlace = `It is in the file operator-token of the data folder: SKILLKEEPER_OPERATOR_TOKEN=$(cat ${tokenFile})`

/** Throws a CommandError if there is no operator's token, or if the service is Amazon's. */
export function openOperator(options: ConnectionOptions): Operator {
  const connection = findConnection(options, process.env)
  const { endpoint } = connection
  if (endpoint === undefined)
    throw wrongUsage(
      "Amazon's service does not support this command. Specify a Skillkeeper service: --endpoint URL",
    )
  const token = firstToken(connection.operatorToken ?? ownToken(isLoopback(connection)))
  return {
    async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
      const response = await send(new URL(endpoint.replace(/\/+$/, '') + path), {
        method,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(options.timeout * 1000),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const answer: unknown = await response.json().catch(() => undefined)
      if (options.verbose) tell(`${method} ${response.url}: ${response.status}`)
      const isAnswered = answer !== undefined || response.status === 204
      if (response.ok && isAnswered) return answer as Answer
      throw commandError(exitCodes.failure, refusalText(answer, response.status, path))
    },
  }
}

/** Reads the token of a service that was started in this folder. It must not be sent to another machine. */
function ownToken(isHere: boolean): string {
  if (isHere && existsSync(tokenFile)) return readFileSync(tokenFile, 'utf8').trim()
  throw wrongUsage(`The operator's token is missing. ${operatorTokenPlace}`)
}

/** The setting and the file may have several tokens with names. Any of them works. */
function firstToken(text: string): string {
  const read = readOperatorTokens(text)
  // The service reports any other fault.
  const [first] = 'tokens' in read ? read.tokens : []
  return first?.token ?? text.trim()
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetchOrSayWhy(url, init)
  } catch (error) {
    const message = error instanceof UnreachableError ? error.message : nobodyAnswers(url.origin)
    throw commandError(exitCodes.failure, message, error)
  }
}

/** The message if nothing answers. */
export function nobodyAnswers(endpoint: string): string {
  return `No service responds at ${endpoint}. Start it (skillkeeper serve) or specify another: --endpoint URL`
}

/** The message of a service for a path that it does not have. */
const unknownPath = 'There is nothing at this path.'

function refusalText(answer: unknown, status: number, path: string): string {
  if (answer === undefined)
    return `The server that responded with ${status} is not a Skillkeeper service. Is the address correct? --endpoint selects another.`
  const message =
    typeof answer === 'object' && answer !== null && 'message' in answer
      ? String(answer.message)
      : 'no reason'
  const next = status === 401 ? `\n${operatorTokenPlace}` : ''
  if (message === unknownPath && path.startsWith('/_skillkeeper/test/'))
    return 'The service has no test controls. Start it with them: skillkeeper serve --test-controls'
  return `The service refused it with ${status}: ${message}${next}`
}
