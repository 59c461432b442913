/**
 * Makes an answer of what a handler returned, or of what was thrown. A handler gives the body or a promise of it
 * (nothing for an empty one) and sets a status other than 200 on the reply; it may also send the answer itself.
 */
import type { FastifyReply, RouteHandlerMethod } from 'fastify'
import type { Log } from '../../model/ports/context.ts'
import { errorReply } from './error-reply.ts'
import { type Exchanges, noteRefusal } from './exchange.ts'
import { createTurnWrites } from './turn-writes.ts'

export interface Answering {
  /** Wraps the handler of a route, so that what it returns is answered and the exchange knows when it is at work. */
  wrap(handler: RouteHandlerMethod): RouteHandlerMethod
  /** The only way in which a failure leaves the service. What is not the caller's doing is logged with its stack. */
  fail(error: unknown, reply: FastifyReply): void
}

/** `isDraining` says whether each answer is the last of its connection. */
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
    // Fastify closes the connection of a request whose body it refuses. Node reads the rest of the body away, within
    // the time that a request may take, so that the client gets to see the answer and can go on.
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
