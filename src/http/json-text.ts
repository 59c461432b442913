import { refuse } from '../model/refusal.ts'
import { parseJson } from '../protocol/parse-json.ts'

/** The value of a JSON text. Refuses with INVALID_PARAM, naming line and column (ledger, row 6). */
export function readJson(text: string): unknown {
  const parsed = parseJson(text)
  if ('value' in parsed) return parsed.value
  const { line, column, message } = parsed.problem
  throw refuse(
    'INVALID_PARAM',
    `The request body is not JSON: ${message}, at line ${line}, column ${column}.`,
  )
}
