/** The record of an exchange until somebody reads it: references only, so that keeping costs little. */
import type { FastifyReply } from 'fastify'
import type { Exchange } from '../../http/engine/exchange.ts'
import type { Refusal } from '../../model/refusal.ts'
import type { DecisionStepName } from '../../protocol/refusals.ts'
import type { JournalChange } from '../../protocol/test-controls/journal.ts'
import { type Subject, subjectOf } from '../requests/subject.ts'

/** How the service decided. */
export interface Decision {
  readonly refusal: Refusal | undefined
  readonly hasBegun: boolean
  /** The first step that was not reached, because a fault or the client ended the exchange. */
  readonly endedBefore: DecisionStepName | undefined
}

export interface ExchangeRecord {
  /** On the clock of the world. */
  readonly at: number
  /** On the clock of the machine. */
  readonly realAt: number
  readonly durationMs: number
  readonly requestId: string
  readonly subject: Subject
  readonly roles: readonly string[] | undefined
  readonly method: string
  readonly url: string
  readonly query: unknown
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
  /** 0 if the connection ended without a response. */
  readonly status: number
  readonly responseHeaders: Readonly<Record<string, unknown>>
  readonly payload: string | undefined
  readonly decision: Decision
  readonly fault: string | undefined
  readonly isTooEarly: boolean
  readonly note: string | undefined
  readonly changes: readonly JournalChange[]
}

/** The part of a record that the exchange itself shows. `payload`: what is sent, or nothing. */
export function recordExchange(
  exchange: Exchange,
  answer: FastifyReply | undefined,
  payload: unknown,
  subject = subjectOf(exchange),
) {
  const { request, response, isClosed } = exchange
  const sent = isClosed && !response.headersSent ? 0 : answer?.statusCode
  return {
    requestId: request.id,
    subject,
    method: request.method,
    url: request.url,
    query: request.query,
    headers: request.raw.headers,
    body: request.body,
    status: sent ?? (response.headersSent ? response.statusCode : 0),
    responseHeaders: answer?.getHeaders() ?? {},
    payload: textOf(payload),
  }
}

function textOf(payload: unknown): string | undefined {
  if (typeof payload === 'string') return payload
  return Buffer.isBuffer(payload) ? payload.toString() : undefined
}

/** The bytes of a record beside its body and payload. */
const recordBytes = 2048

export function bytesOf({ headers, payload = '' }: ExchangeRecord): number {
  const length = Number(headers['content-length'] ?? 0)
  return recordBytes + 2 * payload.length + (Number.isFinite(length) ? 2 * length : 0)
}
