/** Turns a record into an entry as the API sends it: with the steps of the decision, and without secrets. */
import { whyDone, whyEnded, whyRefused } from '../../model/decision/why.ts'
import type { DecisionStep } from '../../protocol/refusals.ts'
import type { JournalEntry } from '../../protocol/test-controls/journal.ts'
import { formOf } from '../requests/subject.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import type { Redactor } from './redact.ts'

export interface Numbered {
  readonly seq: number
  readonly record: ExchangeRecord
}

export function entryOf(world: string, { seq, record }: Numbered, redact: Redactor): JournalEntry {
  const { subject, method, url, query, headers, body, payload, responseHeaders } = record
  const sent = typeof body === 'string' ? formOf(body) : body
  const answered = payload === undefined || payload === '' ? undefined : parsed(payload, responseHeaders)
  return {
    seq,
    at: new Date(record.at).toISOString(),
    realAt: new Date(record.realAt).toISOString(),
    world,
    requestId: record.requestId,
    ...(subject.clientId !== undefined && { clientId: subject.clientId }),
    operation: subject.operation,
    ...(subject.skillId !== undefined && { skillId: subject.skillId }),
    unitIds: subject.targets.flatMap(({ unitId }) => unitId ?? []),
    request: {
      method,
      path: redact.text(url.split('?')[0] ?? ''),
      query: Object(redact.value(query ?? {})),
      headers: redact.headers(headers),
      ...(sent !== undefined && { body: redact.value(sent) }),
    },
    response: {
      status: record.status,
      headers: redact.headers(responseHeaders),
      ...(answered !== undefined && { body: redact.value(answered) }),
    },
    durationMs: Math.round(record.durationMs * 1000) / 1000,
    why: whyOf(record).map((step) => (step.detail ? { ...step, detail: redact.text(step.detail) } : step)),
    fault: record.fault ?? null,
    ...(record.isTooEarly && { tooEarly: true }),
    ...(record.note !== undefined && { note: record.note }),
    changed: [...record.changes],
  }
}

function parsed(payload: string, headers: ExchangeRecord['responseHeaders']): unknown {
  if (!String(headers['content-type']).startsWith('application/json')) return payload
  try {
    return JSON.parse(payload)
  } catch {
    return payload
  }
}

/** The most roles that the step of a missing one names. */
const rolesShown = 5

function whyOf({ subject: { operation, targets }, decision, roles }: ExchangeRecord): DecisionStep[] {
  const { refusal, hasBegun, endedBefore } = decision
  if (endedBefore !== undefined) return whyEnded(operation, endedBefore)
  if (refusal === undefined) return whyDone(operation)
  return whyRefused(operation, refusal.items ?? [refusal], hasBegun).map((step) => {
    if (step.ok || step.step !== 'role' || roles === undefined) return step
    const ofItem = targets.find(({ itemId }) => itemId === step.itemId) ?? targets[0]
    const needed = ofItem?.unitId === undefined ? '' : `It needs a role on ${ofItem.unitId} or above. `
    const more = roles.length > rolesShown ? `, and ${roles.length - rolesShown} more` : ''
    const has = roles.length === 0 ? 'none' : `${roles.slice(0, rolesShown).join(', ')}${more}`
    return { ...step, detail: `${step.detail} ${needed}The client has roles on: ${has}.` }
  })
}
