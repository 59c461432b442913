/**
 * The access log: one line of JSON for each request. The code builds the line by hand, because a logger takes longer than
 * the operation. Input of a caller appears only if it has the form of an ID, or escaped and cut.
 */
import type { Refusal } from '../../model/refusal.ts'
import type { Exchange } from '../engine/exchange.ts'
import { targetOf } from '../engine/request-target.ts'

const detailLengthMax = 1000

/** The part that is the same in all lines of a route. */
export function routePart(operation: string, method: string, url: string | undefined): string {
  return `"operation":"${operation}","method":"${method}"${url === undefined ? '' : `,"route":"${url}"`}`
}

/** Returns a function that makes the line of an exchange that ended at the given time. */
export function createAccessLog(): (exchange: Exchange, at: number, durationMs: number) => string {
  let second = Number.NaN
  let secondText = ''
  const time = (at: number): string => {
    const milliseconds = at % 1000
    if (at - milliseconds !== second) {
      second = at - milliseconds
      secondText = new Date(second).toISOString().slice(0, -4)
    }
    return `${secondText}${String(milliseconds).padStart(3, '0')}Z`
  }
  return (exchange, at, durationMs) =>
    `{"level":"info","time":"${time(at)}","msg":"request","requestId":"${exchange.request.id}",` +
    `${exchange.route.logPart}${statusPart(exchange)}${targetPart(exchange)}${callerPart(exchange)}` +
    `,"durationMs":${Math.round(durationMs * 1000) / 1000}${refusalPart(exchange)}}\n`
}

/** There is no status if the client disconnected before the response. */
function statusPart({ refusal, response }: Exchange): string {
  return response.headersSent || refusal ? `,"status":${response.statusCode}` : ''
}

function targetPart({ isChecked, refusal, request }: Exchange): string {
  if (!isChecked && refusal === undefined) return ''
  const { skillId, unitId } = targetOf(request)
  return `${skillId === undefined ? '' : `,"skillId":"${skillId}"`}${unitId === undefined ? '' : `,"unitId":"${unitId}"`}`
}

function callerPart({ principal, operator }: Exchange): string {
  if (operator !== undefined) return `,"operator":${JSON.stringify(operator)}`
  if (principal === undefined) return ''
  const { clientId, personId } = principal
  const person = personId === undefined ? '' : `,"personId":"${personId}"`
  return `,"clientId":${JSON.stringify(clientId)}${person}`
}

function refusalPart({ refusal, response }: Exchange): string {
  const cutShort = response.writableFinished ? '' : ',"cutShort":true'
  if (refusal === undefined) return cutShort
  const text = JSON.stringify(detailOf(refusal).slice(0, detailLengthMax))
  return `${cutShort},"error":"${refusal.code}","detail":${text}`
}

/** For a batch, only the first refused item; `/_skillkeeper/refusals` has all. */
function detailOf({ message, detail = message, items }: Refusal): string {
  const [first] = items ?? []
  if (items === undefined || first === undefined) return detail
  const which = typeof first.itemId === 'number' ? `item ${first.itemId}` : 'an item'
  const unit = first.unitId === undefined ? '' : ` (${first.unitId})`
  return `${items.length} items are refused, the first is ${which}${unit}: ${first.message}`
}
