/** The record of an exchange until somebody reads it: references only, so that keeping costs little. */
import type { FastifyReply } from 'fastify'
import type { Exchange } from '../../http/engine/exchange.ts'
import type { Refusal } from '../../model/refusal.ts'
import type { DecisionStepName } from '../../protocol/refusals.ts'
import type { JournalChange } from '../../protocol/test-controls/journal.ts'
import { type Subject, type SubjectSource, subjectIn } from '../requests/subject.ts'

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

/** The part of a record that the exchange itself shows. */
type Shown =
  | 'requestId'
  | 'method'
  | 'url'
  | 'query'
  | 'headers'
  | 'body'
  | 'status'
  | 'responseHeaders'
  | 'payload'

/** The facts about an exchange that it does not show itself. */
export type Outcome = Omit<ExchangeRecord, Shown | 'subject'>

/** The record of a request. Most are never read, so its subject is made when somebody asks for it. */
class RequestRecord implements ExchangeRecord, SubjectSource {
  readonly at: number
  readonly realAt: number
  readonly durationMs: number
  readonly requestId: string
  readonly config: SubjectSource['config']
  readonly knownClientId: string | undefined
  readonly roles: readonly string[] | undefined
  readonly method: string
  readonly url: string
  readonly params: unknown
  readonly query: unknown
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly status: number
  readonly responseHeaders: Readonly<Record<string, unknown>>
  readonly payload: string | undefined
  readonly decision: Decision
  readonly fault: string | undefined
  readonly isTooEarly: boolean
  readonly note: string | undefined
  readonly changes: readonly JournalChange[]
  #subject: Subject | undefined

  constructor(exchange: Exchange, answer: FastifyReply | undefined, payload: unknown, outcome: Outcome) {
    const { route, request, principal, namedClientId } = exchange
    this.at = outcome.at
    this.realAt = outcome.realAt
    this.durationMs = outcome.durationMs
    this.requestId = request.id
    this.config = route.config
    this.knownClientId = principal?.clientId ?? namedClientId
    this.roles = outcome.roles
    this.method = request.method
    this.url = request.url
    this.params = request.params
    this.query = request.query
    this.headers = request.raw.headers
    this.body = request.body
    this.status = statusOf(exchange, answer)
    this.responseHeaders = answer?.getHeaders() ?? {}
    this.payload = textOf(payload)
    this.decision = outcome.decision
    this.fault = outcome.fault
    this.isTooEarly = outcome.isTooEarly
    this.note = outcome.note
    this.changes = outcome.changes
  }

  get subject(): Subject {
    this.#subject ??= subjectIn(this)
    return this.#subject
  }
}

/** `payload`: what is sent, or nothing. */
export function recordExchange(
  exchange: Exchange,
  answer: FastifyReply | undefined,
  payload: unknown,
  outcome: Outcome,
): ExchangeRecord {
  return new RequestRecord(exchange, answer, payload, outcome)
}

/** Returns the status of the response; 0 if the connection ends without one. */
export function statusOf(
  { response, isClosed }: Exchange,
  answer: Pick<FastifyReply, 'statusCode'> | undefined,
): number {
  const sent = isClosed && !response.headersSent ? 0 : answer?.statusCode
  return sent ?? (response.headersSent ? response.statusCode : 0)
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
