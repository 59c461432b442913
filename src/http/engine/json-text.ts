import { refuse } from '../../model/refusal.ts'
import { parseJson } from '../../protocol/parse-json.ts'

/** Parses a JSON text. Refuses with INVALID_PARAM that names line and column (ledger, row 6: strict JSON). */
export function readJson(text: string): unknown {
  const parsed = parseJson(text)
  if ('value' in parsed) return parsed.value
  const { line, column, message } = parsed.problem
  throw refuse(
    'INVALID_PARAM',
    `The request body is not JSON: ${message}, at line ${line}, column ${column}.`,
  )
}

/** An `itemId` that a JavaScript number does not preserve: too many digits, a fraction, an exponent, or minus zero. */
const inexactItemId = /"itemId"\s*:\s*(?:-0\b|-?(?:\d{16}|\d*[.eE]))/

/**
 * Parses the body of a batch. Responses repeat an `itemId` as received (ledger, row 35: clients match items by it). An ID that
 * cannot be repeated exactly becomes `null`, and its item is refused.
 */
export function readBatchJson(text: string): unknown {
  const value = readJson(text)
  if (!inexactItemId.test(text)) return value
  // Node also passes the source text of a number, which the types lack.
  const keepExact = (name: string, part: unknown, ...rest: unknown[]): unknown => {
    if (name !== 'itemId' || typeof part !== 'number') return part
    return Reflect.get(Object(rest[0]), 'source') === String(part) ? part : null
  }
  return JSON.parse(text, keepExact)
}
