/** Reads an answer of success. Whatever else the service may have put into it stays there. */
import type { Answer } from './call.ts'
import type {
  Answered,
  Enablement,
  EnablementPage,
  UnitEnablements,
  UnitEnablementsPage,
} from './enablement.ts'
import { AnswerError, type Operation } from './errors.ts'

export function enablementOf(operation: Operation, { body, requestId }: Answer): Enablement & Answered {
  if (isEnablement(body)) return { ...body, requestId }
  throw new AnswerError('The answer is no enablement.', { operation, requestId })
}

export function pageOf({ body, requestId }: Answer): EnablementPage {
  const items = isRecord(body) ? body['items'] : undefined
  if (!Array.isArray(items) || !items.every(isEnablement)) {
    throw new AnswerError('The answer is no page of enablements.', { operation: 'list', requestId })
  }
  return { items, nextToken: nextTokenOf(body), requestId }
}

export function unitsPageOf({ body, requestId }: Answer): UnitEnablementsPage {
  const given = isRecord(body) ? body['results'] : undefined
  const results = Array.isArray(given) ? given.flatMap(unitEnablements) : []
  if (!Array.isArray(given) || results.length < given.length) {
    throw new AnswerError('The answer is no page of units.', { operation: 'batchGet', requestId })
  }
  return { results, nextToken: nextTokenOf(body), requestId }
}

/** The unit stands in a result itself, or, as Amazon's own command line reads it, only in the enablements. */
function unitEnablements(result: unknown): UnitEnablements[] {
  const enablements = isRecord(result) ? result['enablements'] : undefined
  if (!isRecord(result) || !Array.isArray(enablements) || !enablements.every(isEnablement)) return []
  const unitId = result['unitId'] ?? enablements[0]?.unit.id
  return typeof unitId === 'string' ? [{ unitId, enablements }] : []
}

export function nextTokenOf(body: unknown): string | undefined {
  const context = isRecord(body) ? body['paginationContext'] : undefined
  const token = isRecord(context) ? context['nextToken'] : undefined
  return typeof token === 'string' && token !== '' ? token : undefined
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
