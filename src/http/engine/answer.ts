/**
 * Turns the value or the error of a handler into a response. A handler returns the body or a promise of it (`undefined` for
 * an empty body), and may set a status on the reply, or send the response itself.
 */
import type { FastifyReply, RouteHandlerMethod } from 'fastify'
import type { Log } from '../../model/ports/context.ts'
import { errorReply } from './error-reply.ts'
import { type Exchanges, noteRefusal } from './exchange.ts'
import { createTurnWrites } from './turn-writes.ts'

export interface Answering {
  /** Wraps the handler of a route: sends what it returns, and reports to the exchange when it runs. */
  wrap(handler: RouteHandlerMethod): RouteHandlerMethod
  /** Sends every failure. Logs faults of the service with their stack. */
  fail(error: unknown, reply: FastifyReply): void
}

/** `isDraining`: whether each response is the last of its connection. */
export function createAnswering(exchanges: Exchanges, log: Log, isDraining: () => boolean): Answering {
  const write = createTurnWrites(fail)

  function send(reply: FastifyReply, body: unknown): void {
    if (isDraining() && reply.request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
    write(reply, body)
  }

  function fail(error: unknown, reply: FastifyReply): void {
    const { exchange, id } = reply.request
    const shape = exchange?.route.config.shape ?? 'single'
    const { status, headers, body, refusal } = errorReply(error, shape, id)
    if (exchange) noteRefusal(exchange, refusal)
    if (refusal.code === 'INTERNAL_ERROR') {
      log.error({ err: refusal.cause ?? refusal, requestId: id }, 'A request failed.')
    }
    if (reply.sent) return
    // Fastify closes the connection when it rejects a body. Node discards the rest of the body within the time limit of a
    // request, so that the client receives the response and can go on.
    if (reply.hasHeader('connection') && !reply.raw.hasHeader('connection')) reply.removeHeader('connection')
    send(reply.code(status).headers(headers), body)
  }

  function wrap(handler: RouteHandlerMethod): RouteHandlerMethod {
    return function (request, reply) {
      const { exchange } = request
      if (exchange !== null) {
        try {
          exchanges.run(exchange)
        } catch (error) {
          fail(error, reply)
          return
        }
      }
      const settle = (body: unknown): void => {
        if (exchange !== null) exchanges.rest(exchange)
        if (!reply.sent) send(reply, body)
      }
      const settleFailed = (error: unknown): void => {
        if (exchange !== null) exchanges.rest(exchange)
        fail(error, reply)
      }
      let body: unknown
      try {
        body = handler.call(this, request, reply)
      } catch (error) {
        settleFailed(error)
        return
      }
      if (body instanceof Promise) body.then(settle, settleFailed)
      else settle(body)
    }
  }

  return { wrap, fail }
}
