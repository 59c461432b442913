/** Reads successful responses. Unknown properties are kept. */

import type {
  Answered,
  Enablement,
  EnablementPage,
  UnitEnablements,
  UnitEnablementsPage,
} from '../enablement.ts'
import { AnswerError, type Operation } from '../errors.ts'
import type { Answer } from './call.ts'

export function enablementOf(operation: Operation, { body, requestId }: Answer): Enablement & Answered {
  if (isEnablement(body)) return { ...body, requestId }
  throw new AnswerError('The response is not an enablement.', { operation, requestId })
}

export function pageOf(answer: Answer): EnablementPage {
  const { body, requestId } = answer
  const items = isRecord(body) ? body['items'] : undefined
  if (!Array.isArray(items) || !items.every(isEnablement)) {
    throw new AnswerError('The response is not a page of enablements.', { operation: 'list', requestId })
  }
  return { items, nextToken: nextTokenOf('list', answer), requestId }
}

export function unitsPageOf(answer: Answer): UnitEnablementsPage {
  const { body, requestId } = answer
  const given = isRecord(body) ? body['results'] : undefined
  const results = Array.isArray(given) ? given.flatMap(unitEnablements) : []
  if (!Array.isArray(given) || results.length < given.length) {
    throw new AnswerError('The response is not a page of units.', { operation: 'batchGet', requestId })
  }
  return { results, nextToken: nextTokenOf('batchGet', answer), requestId }
}

/** The unit is in the result itself or, as Amazon's own command line reads it, only in the enablements. */
function unitEnablements(result: unknown): UnitEnablements[] {
  const enablements = isRecord(result) ? result['enablements'] : undefined
  if (!isRecord(result) || !Array.isArray(enablements) || !enablements.every(isEnablement)) return []
  const unitId = result['unitId'] ?? enablements[0]?.unit.id
  return typeof unitId === 'string' ? [{ unitId, enablements }] : []
}

/** A missing, `null` or empty token means the end of the list. Any other token that is not a string is an error. */
export function nextTokenOf(operation: Operation, { body, requestId }: Answer): string | undefined {
  const context = isRecord(body) ? body['paginationContext'] : undefined
  const token = isRecord(context) ? context['nextToken'] : undefined
  if (token === undefined || token === null || token === '') return undefined
  if (typeof token === 'string') return token
  throw new AnswerError('The token of the next page is not a string.', { operation, requestId })
}

/** Reads a finite number, or a string of its decimal digits. Returns `undefined` for anything else. */
export function readNumber(said: unknown): number | undefined {
  const isNumeric = typeof said === 'number' || (typeof said === 'string' && /^ *\d+(\.\d+)? *$/.test(said))
  return isNumeric && Number.isFinite(Number(said)) ? Number(said) : undefined
}

function isEnablement(value: unknown): value is Enablement {
  return (
    isRecord(value) &&
    isRecord(value['skill']) &&
    typeof value['skill']['id'] === 'string' &&
    isRecord(value['unit']) &&
    typeof value['unit']['id'] === 'string' &&
    typeof value['status'] === 'string'
  )
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
