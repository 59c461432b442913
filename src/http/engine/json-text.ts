import { refuse } from '../../model/refusal.ts'
import { parseJson } from '../../protocol/parse-json.ts'

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

/** An `itemId` whose digits a number does not keep: too many of them, a fraction, an exponent, or minus zero. */
const inexactItemId = /"itemId"\s*:\s*(?:-0\b|-?(?:\d{16}|\d*[.eE]))/

/**
 * The value of the body of a batch. An item is told of by its ID as received (ledger, row 35), so that one which comes
 * back otherwise is none: `null` takes its place, and the item is refused.
 */
export function readBatchJson(text: string): unknown {
  const value = readJson(text)
  if (!inexactItemId.test(text)) return value
  // Node passes the source of a number as well, which TypeScript does not know of.
  const keepExact = (name: string, part: unknown, ...rest: unknown[]): unknown => {
    if (name !== 'itemId' || typeof part !== 'number') return part
    return Reflect.get(Object(rest[0]), 'source') === String(part) ? part : null
  }
  return JSON.parse(text, keepExact)
}
