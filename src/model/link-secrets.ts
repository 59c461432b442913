/** Seals and opens the secrets of an account link as JSON. An opened value must match its schema. */
import { type ProblemFinder, problemFinder } from '../protocol/problem.ts'
import { LinkRequest, LinkTokens } from '../protocol/sealed-link.ts'
import type { Secrets } from './ports/context.ts'
import type { SealPurpose } from './ports/sealed.ts'

const requestProblem = problemFinder(LinkRequest, 'The request')
const tokensProblem = problemFinder(LinkTokens, 'The tokens')

export function sealRequest(secrets: Secrets, { authCode, redirectUri }: LinkRequest): string {
  return secrets.seal(JSON.stringify({ authCode, redirectUri }), 'link-request')
}

export function sealTokens(secrets: Secrets, tokens: LinkTokens): string {
  return secrets.seal(JSON.stringify(tokens), 'link-tokens')
}

/** Throws if the text cannot be opened or is not a request; the error quotes none of it. */
export function openRequest(secrets: Secrets, sealed: string): LinkRequest {
  return open(secrets, sealed, 'link-request', requestProblem)
}

/** Throws if the text cannot be opened or is not tokens; the error quotes none of it. */
export function openTokens(secrets: Secrets, sealed: string): LinkTokens {
  return open(secrets, sealed, 'link-tokens', tokensProblem)
}

function open<Value>(
  secrets: Secrets,
  sealed: string,
  purpose: SealPurpose,
  findProblem: ProblemFinder,
): Value {
  const value = readJson(secrets.open(sealed, purpose))
  const problem = findProblem(value)
  if (problem !== undefined) throw new Error(`A sealed ${purpose} is invalid. ${problem}`)
  // The check above proves the type.
  return value as Value
}

/** Hides the error of the parser, which quotes the text. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
