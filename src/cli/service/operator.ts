/** Calls of the operator's API, which is Skillkeeper's own: the client for programs does not know it. */
import { existsSync, readFileSync } from 'node:fs'
import { readOperatorTokens } from '../../protocol/operator-tokens.ts'
import { commandError, exitCodes, wrongUsage } from '../terminal/command-error.ts'
import { tell } from '../terminal/output.ts'
import { type ConnectionOptions, findConnection, isLoopback } from './connection.ts'
import { fetchOrSayWhy, UnreachableError } from './unreachable.ts'

/** A page of anything of the operator's API. */
export interface OperatorPage<Item> {
  readonly items: readonly Item[]
  readonly paginationContext: { readonly after?: string }
}

export interface Operator {
  /** Throws a CommandError with what the service says against it, or that nobody answers. */
  call<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
}

/** The file that a service makes in its data folder. */
const tokenFile = 'skillkeeper-data/operator-token'
/** Where to look for the operator's token, as a sentence without its end. */
export const operatorTokenPlace = `It is in the file operator-token of the data folder: SKILLKEEPER_OPERATOR_TOKEN=$(cat ${tokenFile})`

/** Throws a CommandError where there is no operator's token, or the service is Amazon's. */
export function openOperator(options: ConnectionOptions): Operator {
  const connection = findConnection(options, process.env)
  const { endpoint } = connection
  if (endpoint === undefined)
    throw wrongUsage("Amazon's service does not have this. Name a Skillkeeper: --endpoint URL")
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
      throw commandError(exitCodes.failure, refusalText(answer, response.status))
    },
  }
}

/** Of a service that was started in this folder; it is for nobody elsewhere. */
function ownToken(isHere: boolean): string {
  if (isHere && existsSync(tokenFile)) return readFileSync(tokenFile, 'utf8').trim()
  throw wrongUsage(`The operator's token is missing. ${operatorTokenPlace}`)
}

/** The service's setting and its file may have several, with names: each of them will do. */
function firstToken(text: string): string {
  const read = readOperatorTokens(text)
  // The service says what it thinks of anything else.
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

/** What to do when nothing answers. */
export function nobodyAnswers(endpoint: string): string {
  return `Nothing answers at ${endpoint}. Start the service (skillkeeper serve) or name another: --endpoint URL`
}

function refusalText(answer: unknown, status: number): string {
  if (answer === undefined)
    return `What answers with ${status} is no Skillkeeper. Is the address right? --endpoint names another.`
  const message =
    typeof answer === 'object' && answer !== null && 'message' in answer
      ? String(answer.message)
      : 'no reason'
  const next = status === 401 ? `\n${operatorTokenPlace}` : ''
  return `The service refused it with ${status}: ${message}${next}`
}
