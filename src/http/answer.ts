/**
 * Writes what a handler returned, or what was thrown, as the answer. A handler gives the body or a promise of it
 * (nothing for an empty one) and sets a status other than 200 on the reply; it may also send the answer itself.
 */
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Log } from '../model/context.ts'
import { errorReply } from './error-reply.ts'
import type { Exchanges } from './exchange.ts'

/** Wraps the handler of a route, so that the exchange knows when an operation works on it. */
export function answering(handler: RouteHandlerMethod, exchanges: Exchanges, log: Log): RouteHandlerMethod {
  return function (request, reply) {
    const { exchange } = request
    if (exchange !== null) exchanges.run(exchange)
    const settle = (send: () => void): void => {
      if (exchange !== null) exchanges.rest(exchange)
      try {
        send()
      } catch (error) {
        answerError(error, request, reply, log)
      }
    }
    try {
      const body: unknown = handler.call(this, request, reply)
      if (body instanceof Promise) {
        body.then(
          (value: unknown) => settle(() => answer(reply, value)),
          (error: unknown) => settle(() => answerError(error, request, reply, log)),
        )
      } else {
        settle(() => answer(reply, body))
      }
    } catch (error) {
      settle(() => answerError(error, request, reply, log))
    }
  }
}

function answer(reply: FastifyReply, body: unknown): void {
  if (reply.sent) return
  if (typeof body === 'object' && body !== null && !Buffer.isBuffer(body)) sendJson(reply, body)
  else reply.send(body)
}

/** The content type is that of the page, without a charset: JSON is always UTF-8 (RFC 8259, section 8.1). */
function sendJson(reply: FastifyReply, body: object): void {
  reply.type('application/json').serializer(JSON.stringify).send(body)
}

/** The only way in which a failure leaves the service. What is not the caller's doing is logged with its stack. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const { exchange } = request
  const shape = exchange?.route.config.shape ?? 'single'
  const { status, headers, body, refusal } = errorReply(error, shape, request.id)
  if (exchange) exchange.refusal = refusal
  if (refusal.code === 'INTERNAL_ERROR') {
    log.error({ err: refusal.cause ?? refusal, requestId: request.id }, 'A request failed.')
  }
  if (reply.sent) return
  // Fastify closes the connection of a request whose body it refuses. Node reads the rest of the body away, within
  // the time that a request may take, so that the client gets to see the answer and can go on.
  if (reply.hasHeader('connection') && !reply.raw.hasHeader('connection')) reply.removeHeader('connection')
  sendJson(reply.code(status).headers(headers), body)
}
