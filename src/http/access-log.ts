/**
 * The access log: one line for each request, as JSON like the other lines of the log. It is put together by hand,
 * since a logger would take longer for it than the operation for its work. What a caller wrote stands in it only if
 * it has the form of an ID, or escaped and cut.
 */
import type { Exchange } from './exchange.ts'

const detailLengthMax = 1000

/** What is the same in all lines of a route. */
export function routePart(operation: string, method: string, url: string | undefined): string {
  return `"operation":"${operation}","method":"${method}"${url === undefined ? '' : `,"route":"${url}"`}`
}

/** Gives a function that makes the line of an exchange that has ended at the given time. */
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

/** A client that has gone away before there was an answer has got no status. */
function statusPart({ refusal, response }: Exchange): string {
  return response.headersSent || refusal ? `,"status":${response.statusCode}` : ''
}

function targetPart({ isChecked, request }: Exchange): string {
  if (!isChecked) return ''
  return (
    idPart(request.params, 'skillId') + (idPart(request.query, 'unitId') || idPart(request.body, 'unitId'))
  )
}

function idPart(part: unknown, name: 'skillId' | 'unitId'): string {
  const id = typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined
  return typeof id === 'string' && /^amzn1\.[\w.-]{1,250}$/.test(id) ? `,"${name}":"${id}"` : ''
}

function callerPart({ principal }: Exchange): string {
  return principal === undefined ? '' : `,"clientId":${JSON.stringify(principal.clientId)}`
}

function refusalPart({ refusal, response }: Exchange): string {
  const cutShort = response.writableFinished ? '' : ',"cutShort":true'
  if (refusal === undefined) return cutShort
  const { code, message, detail = message } = refusal
  return `${cutShort},"error":"${code}","detail":${JSON.stringify(detail.slice(0, detailLengthMax))}`
}
