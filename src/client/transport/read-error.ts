/** Reads error responses: both forms of the API, the form of the token endpoint, and any response of a proxy. */

import {
  ApiError,
  BatchError,
  type ItemError,
  type Operation,
  type SkillsError,
  TokenError,
} from '../errors.ts'
import { isRecord, readNumber } from './read-answer.ts'

interface Status {
  readonly status: number
  readonly retryAfterMs: number | undefined
}

export function readError(
  operation: Operation,
  status: Status,
  requestId: string | undefined,
  body: unknown,
): SkillsError {
  const place = { operation, requestId }
  const said = isRecord(body) ? body : {}
  if (operation === 'token') {
    const code = text(said['error'])
    const description = text(said['error_description'])
    const told = [code, description].filter((part) => part !== undefined).join(': ')
    return new TokenError(
      `The token endpoint returned ${status.status}${told && `: ${told}`}`,
      { ...status, code },
      place,
    )
  }
  if (Array.isArray(said['errors'])) {
    const errors = said['errors'].filter(isRecord)
    const items = errors.flatMap((error) => itemError(error, status.status))
    const first = errors[0] ?? {}
    const told = text(first['errorDescription']) ?? `The service returned ${status.status}.`
    const message =
      items.length > 0
        ? `${items.length} of the items ${items.length === 1 ? 'is' : 'are'} at fault: ${told}`
        : told
    return new BatchError(message, { ...status, code: codeOf(first) }, place, items)
  }
  const message = text(said['message']) ?? `The service returned ${status.status}.`
  return new ApiError(message, { ...status, code: text(said['type']) }, place)
}

/** An item without a status has that of the response. */
function itemError(error: Readonly<Record<string, unknown>>, answered: number): ItemError[] {
  const { itemId } = error
  const status = readNumber(error['status'])
  if (typeof itemId !== 'number' && typeof itemId !== 'string') return []
  return [
    {
      itemId,
      status: status !== undefined && isStatus(status) ? status : answered,
      errorCode: codeOf(error) ?? '',
      errorDescription: text(error['errorDescription']) ?? '',
    },
  ]
}

/** The page spells the name in two ways; the second is a typing error (ledger, row 39). */
function codeOf(error: Readonly<Record<string, unknown>>): string | undefined {
  return text(error['errorCode']) ?? text(error['erorrCode'])
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status <= 599
}
