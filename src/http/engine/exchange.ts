/**
 * One request and its response, from the first hook until the connection has taken the response, or is gone and the operation
 * has ended. Counts running operations, gives each response its request ID, and cuts off clients that neither send nor
 * receive.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Asker, actorOf, type OperatorCall, type Principal } from '../../model/access.ts'
import type { World } from '../../model/ports/world.ts'
import type { Refusal } from '../../model/refusal.ts'
import type { RouteConfig } from './route-config.ts'
import type { Slots, SlotUser } from './slots.ts'

export interface Exchange {
  readonly route: LoggedRoute
  readonly request: FastifyRequest
  readonly response: ServerResponse
  /** On a monotonic clock: only for durations. */
  readonly startedAtMs: number
  readonly events: ExchangeEvents
  /** The world that the request is for, once it is admitted; `undefined` if that world is not open. */
  world: World | undefined
  /** The caller, once the token is verified. */
  principal: Principal | undefined
  /** The operator, as the operations log names it, once the token is verified. */
  operator: string | undefined
  /** The existing client that a request to the issuer names, proved or not. */
  namedClientId: string | undefined
  /** The refusal. Set by `noteRefusal`. */
  refusal: Refusal | undefined
  /** The form was checked and an operation has begun. */
  isChecked: boolean
  /** The operation runs and holds a slot. */
  isRunning: boolean
  /** When the response was first seen waiting for the connection to take it. */
  unreadSinceMs: number | undefined
  /** The connection has accepted the response or is gone. */
  isClosed: boolean
}

export interface LoggedRoute {
  readonly config: RouteConfig
  /** See `routePart`. */
  readonly logPart: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every request on a route; `null` before the first hook. */
    exchange: Exchange | null
  }
}

/** The name in logs and metrics for requests to unknown paths, and for input that is no request. */
export const unknownOperation = 'unknown'

/** The exchange of a response, for code that only has the socket. */
export const exchangeKey = Symbol('exchange')
export type TrackedResponse = ServerResponse & { [exchangeKey]?: Exchange }

/** Returns the world of a request that was admitted, on a route that needs one. */
export function worldOf({ exchange }: FastifyRequest): World {
  if (!exchange?.world) throw new Error('The route accepted a request without its world.')
  return exchange.world
}

/** Returns the caller of a request on a route whose access is `client`. */
export function principalOf({ exchange }: FastifyRequest): Principal {
  if (!exchange?.principal) throw new Error('The route accepted a request without a token.')
  return exchange.principal
}

/** Returns the operator of a request on a route whose access is `operator`. */
export function operatorCallOf({ exchange, id }: FastifyRequest): OperatorCall {
  if (!exchange?.operator) throw new Error('The route accepted a request without a token.')
  return { requestId: id, actor: exchange.operator }
}

/** Returns who sent a request on a route whose access is `either`. */
export function askerOf(request: FastifyRequest): Asker {
  const { operator, principal } = request.exchange ?? {}
  if (operator !== undefined) return { kind: 'operator', actor: operator }
  if (principal !== undefined) return { kind: 'principal', actor: actorOf(principal), principal }
  throw new Error('The route accepted a request without a token.')
}

/** How long the exchange has lasted, in milliseconds. */
export function ageMs({ startedAtMs }: Exchange): number {
  return performance.now() - startedAtMs
}

/** Call it before the response is sent, so that its receiver finds the refusal recorded. */
export function noteRefusal(exchange: Exchange, refusal: Refusal): void {
  const isFirst = exchange.refusal === undefined
  exchange.refusal = refusal
  if (isFirst) exchange.events.onRefuse(exchange, refusal)
}

export interface Exchanges {
  /** Exchanges that have begun and not ended. */
  readonly open: number
  begin(route: LoggedRoute, request: FastifyRequest, reply: FastifyReply): Exchange
  /** Marks the start of the operation, which takes a slot. Throws SERVICE_UNAVAILABLE if none is free. */
  run(exchange: Exchange): void
  /** Marks the end of the operation. */
  rest(exchange: Exchange): void
  /** Cuts off overdue exchanges from now on, until the returned function is called. */
  watch(): () => void
}

export interface ExchangeTimes {
  /** How long a request may take to arrive. Node itself limits that over HTTP/1.1, and this over HTTP/2. */
  readonly requestTimeoutMs: number
  /** How long the connection may take to accept a response. */
  readonly answerTimeoutMs: number
}

/** How often overdue exchanges are searched for, in milliseconds. */
const watchIntervalMs = 1000
/** RFC 9113, section 7. */
const cancel = 8

export interface ExchangeEvents {
  /** Once for each exchange, when it begins. */
  readonly onBegin?: ((exchange: Exchange) => void) | undefined
  /** Once for each exchange that is refused. */
  onRefuse(exchange: Exchange, refusal: Refusal): void
  /** Once for each exchange, when it is over. */
  onEnd(exchange: Exchange, durationMs: number): void
}

export function trackExchanges(slots: Slots, times: ExchangeTimes, events: ExchangeEvents): Exchanges {
  const open = new Set<Exchange>()

  function end(exchange: Exchange): void {
    open.delete(exchange)
    events.onEnd(exchange, ageMs(exchange))
  }

  function close(exchange: Exchange): void {
    exchange.isClosed = true
    if (!exchange.isRunning) end(exchange)
  }

  function onClose(this: TrackedResponse): void {
    const exchange = this[exchangeKey]
    if (exchange !== undefined) close(exchange)
  }

  return {
    get open() {
      return open.size
    },
    begin(route, request, reply) {
      const response: TrackedResponse = reply.raw
      const exchange: Exchange = {
        route,
        request,
        response,
        startedAtMs: performance.now(),
        events,
        world: undefined,
        principal: undefined,
        operator: undefined,
        namedClientId: undefined,
        refusal: undefined,
        isChecked: false,
        isRunning: false,
        unreadSinceMs: undefined,
        isClosed: false,
      }
      open.add(exchange)
      request.exchange = exchange
      reply.header('x-amzn-requestid', request.id)
      response[exchangeKey] = exchange
      events.onBegin?.(exchange)
      // Comes exactly once: when the last byte was passed on, or when the connection breaks. If it has broken already,
      // the exchange ends as soon as its refusal is known.
      if (response.closed || response.destroyed) setImmediate(close, exchange)
      else response.on('close', onClose)
      return exchange
    },
    run(exchange) {
      slots.take(slotUserOf(exchange))
      exchange.isChecked = true
      exchange.isRunning = true
    },
    rest(exchange) {
      slots.giveBack(slotUserOf(exchange))
      exchange.isRunning = false
      if (exchange.isClosed) end(exchange)
    },
    watch() {
      const timer = setInterval(() => {
        for (const exchange of open) if (isOverdue(exchange, times)) cut(exchange)
      }, watchIntervalMs)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}

export function slotUserOf({ route: { config }, principal }: Exchange): SlotUser {
  // Before the token is verified, the request may be one of an operator.
  if (config.isVital && principal === undefined) return 'vital'
  return config.access === 'anyone' ? 'stranger' : 'known'
}

function isOverdue(exchange: Exchange, times: ExchangeTimes): boolean {
  const { response, request, startedAtMs, isChecked } = exchange
  const now = performance.now()
  if (response.writableEnded) {
    exchange.unreadSinceMs ??= now
    return now - exchange.unreadSinceMs >= times.answerTimeoutMs
  }
  const isArriving = !isChecked && request.raw.httpVersionMajor > 1
  return isArriving && now - startedAtMs >= times.requestTimeoutMs
}

function cut({ response }: Exchange): void {
  const stream: unknown = Reflect.get(response, 'stream')
  if (isStream(stream)) stream.close(cancel)
  else response.destroy()
}

function isStream(value: unknown): value is { close(code: number): void } {
  return typeof value === 'object' && value !== null && 'close' in value
}
