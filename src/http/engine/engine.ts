/**
 * The face of this folder: a Fastify application with our own parts between the socket and the handlers. Fastify keeps routing and hooks.
 * Each part replaces one of Fastify or of Node for a reason:
 *
 * - `server`, `connections`, `slots`: limits that hold whatever a peer does; Fastify and Node limit sizes and times, not counts.
 * - `client-error`: invalid HTTP gets the usual form of an error, with a request ID; Node responds without a body.
 * - `body`, `json-text`: a body is JSON whatever its content type says, keeps exact numbers, and its errors name line and column.
 * - `validate`: checks the schemas of `protocol/` without Ajv, whose loading would slow each start.
 * - `exchange`: a request lasts until the connection has taken its response; no hook of Fastify reports that.
 * - `answer`, `turn-writes`: responses of one turn of the event loop are written together, which costs fewer system calls under load.
 * - `known-paths`: 405 and `OPTIONS`; Fastify responds with 404 to both.
 * - `interceptor`: what the test controls do to requests; without it a request takes the same path as before it existed.
 * - `drain`: a stop that clients and load balancers learn of before connections close.
 */
import type { IncomingMessage, Server } from 'node:http'
import type {
  FastifyHttpOptions,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteHandlerMethod,
  RouteOptions,
} from 'fastify'
import type { Context } from '../../model/ports/context.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import { createAnswering } from './answer.ts'
import { overlookContentType, readBodies } from './body.ts'
import { createClientErrorHandler } from './client-error.ts'
import { type Connections, createConnections } from './connections.ts'
import { type DrainTimes, drainOnClose } from './drain.ts'
import {
  type Exchange,
  type Exchanges,
  type ExchangeTimes,
  type LoggedRoute,
  trackExchanges,
  unknownOperation,
} from './exchange.ts'
import type { Interceptor } from './interceptor.ts'
import { createKnownPaths, MethodNotAllowed } from './known-paths.ts'
import type { ErrorShape, RouteConfig } from './route-config.ts'
import { createFastify, requestTimeoutMs, type ServerLimits } from './server.ts'
import { createSlots, type Slots } from './slots.ts'

export interface EngineLimits extends ServerLimits, DrainTimes {
  readonly requestsMax: number
}

/** Receives what happens. Its functions must not throw. */
export interface Observer {
  /** Returns the part of a log line that is the same for all requests of a route. */
  routePart(operation: string, method: string, url: string | undefined): string
  refused(exchange: Exchange, refusal: Refusal): void
  /** Input was refused that never became a request. */
  refusedUnread(requestId: string, refusal: Refusal, status: number): void
  ended(exchange: Exchange, durationMs: number): void
}

/** The checks between a request and its handler. */
export interface Guards {
  /** Checks that the request is for this service and comes from an allowed origin; returns the refusal. `config` is that of its route. */
  gate(request: FastifyRequest, reply: FastifyReply, config: RouteConfig | undefined): Error | undefined
  /** Admits a request by returning, or by a promise if its token must be looked up; throws the refusal. */
  admit(exchange: Exchange): Promise<void> | undefined
  /** Answers `OPTIONS` for a path that has these methods. */
  answerOptions(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]): void
}

/** The effects that a server needs itself, apart from those of the worlds that it serves. */
export type ServerEffects = Pick<Context, 'now' | 'newId' | 'sleepUntil' | 'log'>

export interface EngineParts {
  readonly effects: ServerEffects
  readonly limits: EngineLimits
  readonly observer: Observer
  guards(engine: Pick<Engine, 'slots' | 'connections'>): Guards
  /** Creates the server, if it is not one for plain HTTP. */
  readonly createServer: FastifyHttpOptions<Server>['serverFactory']
  readonly interceptor?: Interceptor | undefined
  /** Ends what would go on for ever. Called when the app begins to close, before it waits for anything. */
  stopping?(): void
  /** Takes the name of a world out of the path of a request, and returns the rest. */
  readonly enterWorld?: ((request: IncomingMessage) => string) | undefined
}

export interface Engine {
  readonly app: FastifyInstance
  readonly slots: Slots
  readonly connections: Connections
  readonly exchanges: Exchanges
  /** The names of operations in logs and metrics. */
  readonly operations: ReadonlySet<string>
  isDraining(): boolean
}

const answerTimeoutMs = 60_000
/** Routes without a token need only small bodies, and any number of clients may send one. */
const strangerBodyBytesMax = 16_384

export function createEngine({
  effects,
  limits,
  observer,
  guards,
  createServer,
  interceptor,
  stopping,
  enterWorld,
}: EngineParts): Engine {
  const connections = createConnections(limits.connectionsMax)
  const slots = createSlots(limits.requestsMax, () => effects.now())
  const { gate, admit, answerOptions } = guards({ slots, connections })
  const admitThrough = interceptor === undefined ? admit : interceptedAdmission(interceptor, admit)
  const paths = createKnownPaths()
  const exchanges = trackExchanges(slots, timesOf(limits), {
    onRefuse: observer.refused,
    onBegin: interceptor?.begun,
    onEnd(exchange, durationMs) {
      observer.ended(exchange, durationMs)
      interceptor?.ended(exchange, durationMs)
      drain.exchangeEnded()
    },
  })
  const isDraining = () => drain.isDraining
  const answering = createAnswering(exchanges, effects.log, isDraining)
  const unknownRoute = (shape: ErrorShape): LoggedRoute => ({
    config: { operation: unknownOperation, access: 'anyone', shape },
    logPart: observer.routePart(unknownOperation, '-', undefined),
  })
  const app = createFastify(limits, {
    newId: () => effects.newId(),
    clientErrorHandler: createClientErrorHandler({
      newId: () => effects.newId(),
      connections,
      onRefuse: observer.refusedUnread,
    }),
    frameworkErrors: fail,
    createServer,
    connections,
    enterWorld,
  })
  app.addHook('preClose', async () => stopping?.())
  const drain = drainOnClose(app, { clock: effects, exchanges, connections }, limits)
  const unwatch = exchanges.watch()
  app.addHook('onClose', async () => unwatch())
  app.decorateRequest('exchange', null)
  readBodies(app)

  /** Without an exchange there is no such route, whatever else is wrong; or the URL is invalid. */
  function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (request.exchange) {
      answering.fail(error, reply)
      return
    }
    exchanges.begin(unknownRoute('single'), request, reply)
    const refused = gate(request, reply, undefined)
    const isBadUrl = error instanceof Error && 'code' in error && error.code === 'FST_ERR_BAD_URL'
    answering.fail(refused ?? (isBadUrl ? error : nothingThere()), reply)
  }
  function answerUnknown(request: FastifyRequest, reply: FastifyReply): void {
    const known = paths.find(request.url)
    exchanges.begin(unknownRoute(known?.config.shape ?? 'single'), request, reply)
    const refused = gate(request, reply, known?.config)
    if (refused !== undefined) answering.fail(refused, reply)
    else if (known === undefined) answering.fail(nothingThere(), reply)
    else if (request.method !== 'OPTIONS')
      answering.fail(new MethodNotAllowed(request.method, known.methods), reply)
    else answerOptions(request, reply, known.methods)
  }
  if (interceptor !== undefined) {
    app.addHook('onSend', ({ exchange }, reply, payload, done) => {
      if (exchange === null || !interceptor.send(exchange, reply, payload)) done(null, payload)
    })
  }
  app.setErrorHandler(fail)
  app.setNotFoundHandler((request, reply) => fail(nothingThere(), request, reply))
  // Before the body is read: a 404 needs no body.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) answerUnknown(request, reply)
    else done()
  })
  app.addHook('onRoute', (options) => {
    const config = configOf(options)
    for (const method of [options.method].flat()) paths.add(method, options.url, config)
    const logPart = observer.routePart(config.operation, String(options.method), options.url)
    options.handler = answering.wrap(
      interceptor === undefined ? options.handler : interceptedHandler(interceptor, options.handler),
    )
    if (config.access === 'anyone') options.bodyLimit ??= strangerBodyBytesMax
    options.onRequest = beginner({ config, logPart }, exchanges, { gate, admit: admitThrough })
  })

  return { app, slots, connections, exchanges, operations: paths.operations, isDraining }
}

type Admission = (exchange: Exchange, reply: FastifyReply) => Promise<void> | undefined

function interceptedAdmission(interceptor: Interceptor, admit: Guards['admit']): Admission {
  return (exchange, reply) => interceptor.admit(exchange, reply, () => admit(exchange))
}

function interceptedHandler(interceptor: Interceptor, handler: RouteHandlerMethod): RouteHandlerMethod {
  return function (request, reply) {
    const handle = () => handler.call(this, request, reply)
    return request.exchange === null ? handle() : interceptor.handle(request.exchange, reply, handle)
  }
}

/** The first hook of a route: begins an exchange, then asks the gate and the admission. */
function beginner(
  route: LoggedRoute,
  exchanges: Exchanges,
  { gate, admit }: Pick<Guards, 'gate'> & { admit: Admission },
): (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void {
  return (request, reply, done) => {
    const exchange = exchanges.begin(route, request, reply)
    try {
      const refused = gate(request, reply, route.config)
      if (refused !== undefined) return done(refused)
      overlookContentType(request)
      const admitted = admit(exchange, reply)
      if (admitted === undefined) return done()
      // If the connection is gone, there is nothing left to read.
      admitted.then(() => exchange.isClosed || done(), done)
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

function timesOf(limits: ServerLimits): ExchangeTimes {
  return {
    requestTimeoutMs: limits.requestTimeoutMs ?? requestTimeoutMs,
    answerTimeoutMs: limits.answerTimeoutMs ?? answerTimeoutMs,
  }
}

function nothingThere(): Refusal {
  return refuse('NOT_FOUND', 'There is nothing at this path.', { reason: 'path' })
}

function configOf({ config, method, url }: RouteOptions): RouteConfig {
  const { operation, access, shape } = config ?? {}
  if (operation === undefined || access === undefined || shape === undefined) {
    throw new Error(`The route ${method} ${url} does not say what it does, for whom, and how it refuses.`)
  }
  return { ...config, operation, access, shape }
}
