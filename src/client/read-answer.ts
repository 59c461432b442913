/** Reads an answer of success. Whatever else the service may have put into it stays there. */
import type { Answer } from './call.ts'
import type { Answered, Enablement, EnablementPage } from './enablement.ts'
import { AnswerError, type Operation } from './errors.ts'

export function enablementOf(operation: Operation, { body, requestId }: Answer): Enablement & Answered {
  if (isEnablement(body)) return { ...body, requestId }
  throw new AnswerError('The answer is no enablement.', { operation, requestId })
}

export function pageOf({ body, requestId }: Answer): EnablementPage {
  const items = isRecord(body) ? body['items'] : undefined
  if (!isRecord(body) || !Array.isArray(items) || !items.every(isEnablement)) {
    throw new AnswerError('The answer is no page of enablements.', { operation: 'list', requestId })
  }
  const context = body['paginationContext']
  const token = isRecord(context) ? context['nextToken'] : undefined
  return { items, nextToken: typeof token === 'string' && token !== '' ? token : undefined, requestId }
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
