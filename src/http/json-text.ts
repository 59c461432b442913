import { refuse } from '../model/refusal.ts'
import { parseJson } from '../protocol/parse-json.ts'

/**
 * The value of a JSON text from the network. Refuses with INVALID_PARAM, naming line and column (ledger, row 6). Its
 * depth needs no limit: neither `JSON.parse` nor what looks for the problem calls itself.
 */
export function readJson(text: string): unknown {
  const outcome = parseJson(text)
  if ('value' in outcome) return outcome.value
  const { line, column, message } = outcome.problem
  throw refuse('INVALID_PARAM', `The request body is not JSON: line ${line}, column ${column}: ${message}.`)
}
