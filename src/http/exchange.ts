/**
 * One request and its answer, from the first hook until the connection has taken the answer, or is gone and nobody
 * works on it any more. Counts the requests under way and gives each answer its request ID. It does not know what is
 * answered, nor what is told of it.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../model/access.ts'
import type { Refusal } from '../model/refusal.ts'
import type { RouteConfig } from './route-config.ts'

export interface Exchange {
  readonly route: Route
  readonly request: FastifyRequest
  readonly response: ServerResponse
  /** On a clock that is never set: only good for durations. */
  readonly startedAtMs: number
  /** Who calls, once the token is verified. */
  principal: Principal | undefined
  /** What was refused. */
  refusal: Refusal | undefined
  /** The form was checked and an operation has begun. */
  isChecked: boolean
  /** The operation is at work. */
  isRunning: boolean
  /** The connection has taken the answer or is gone. */
  isClosed: boolean
}

export interface Route {
  readonly config: RouteConfig
  /** See `routePart`. */
  readonly logPart: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of every request on a route; `null` before the first hook. */
    exchange: Exchange | null
  }
}

/** The exchange of a response, for those who only hold the socket. */
export const exchangeKey = Symbol('exchange')
export type TrackedResponse = ServerResponse & { [exchangeKey]?: Exchange }

/** Of a request on a route whose access is `client`. */
export function principalOf({ exchange }: FastifyRequest): Principal {
  if (!exchange?.principal) throw new Error('The route let somebody in without a token.')
  return exchange.principal
}

export interface Exchanges {
  /** Requests under way. */
  readonly inFlight: number
  begin(route: Route, request: FastifyRequest, reply: FastifyReply): Exchange
  /** An operation begins to work on the request. */
  run(exchange: Exchange): void
  /** It has done what it could. */
  rest(exchange: Exchange): void
}

/** `onEnd` is called once for each exchange, when it is no longer counted. */
export function trackExchanges(onEnd: (exchange: Exchange, durationMs: number) => void): Exchanges {
  let inFlight = 0

  function end(exchange: Exchange): void {
    inFlight -= 1
    onEnd(exchange, performance.now() - exchange.startedAtMs)
  }

  function onClose(this: TrackedResponse): void {
    const exchange = this[exchangeKey]
    if (exchange === undefined) return
    exchange.isClosed = true
    if (!exchange.isRunning) end(exchange)
  }

  return {
    get inFlight() {
      return inFlight
    },
    begin(route, request, reply) {
      inFlight += 1
      const response: TrackedResponse = reply.raw
      const exchange: Exchange = {
        route,
        request,
        response,
        startedAtMs: performance.now(),
        principal: undefined,
        refusal: undefined,
        isChecked: false,
        isRunning: false,
        isClosed: false,
      }
      request.exchange = exchange
      reply.header('x-amzn-requestid', request.id)
      response[exchangeKey] = exchange
      // Comes exactly once: when the last byte was handed over, or when the connection breaks.
      response.on('close', onClose)
      return exchange
    },
    run(exchange) {
      exchange.isChecked = true
      exchange.isRunning = true
    },
    rest(exchange) {
      exchange.isRunning = false
      if (exchange.isClosed) end(exchange)
    },
  }
}
