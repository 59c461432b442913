/**
 * The service as HTTP: what every request passes, and the routes. It knows Fastify and nothing of how anything is
 * stored. `inject` works on what it returns, and so does `listen`.
 */
import type { Server } from 'node:http'
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Context } from '../model/context.ts'
import { type Refusal, refuse } from '../model/refusal.ts'
import type { TokenCheck } from '../operations/verify-token.ts'
import type { OperatorToken } from '../protocol/operator-tokens.ts'
import { createAccessLog, routePart } from './access-log.ts'
import { type Admission, createAdmission } from './admission.ts'
import { type Answering, createAnswering } from './answer.ts'
import { overlookContentType, readBodies } from './body.ts'
import { createClientAddress } from './client-address.ts'
import { createClientErrorHandler } from './client-error.ts'
import { createConnections } from './connections.ts'
import { answerOptions } from './cors.ts'
import { drainOnClose } from './drain.ts'
import { enablementRoutes } from './enablement-routes.ts'
import {
  type Exchange,
  type Exchanges,
  type ExchangeTimes,
  type Route,
  trackExchanges,
  unknownOperation,
} from './exchange.ts'
import { createGate, type Gate, type GateOptions } from './gate.ts'
import { createKeptRefusals, refusedRequest } from './kept-refusals.ts'
import { createKnownPaths, type KnownPaths, MethodNotAllowed } from './known-paths.ts'
import { createMetrics, type Gauges } from './metrics.ts'
import { refusalRoutes } from './refusal-routes.ts'
import type { ErrorShape, RouteConfig } from './route-config.ts'
import { openServer, requestTimeoutMs, type ServerLimits } from './server.ts'
import { serviceRoutes } from './service-routes.ts'
import { createSlots } from './slots.ts'
import { createThrottle } from './throttle.ts'
import { createGuessLimit } from './token-guessing.ts'
import { unitRoutes } from './unit-routes.ts'

export interface AppParts {
  readonly context: Context
  readonly tokens: TokenCheck
  /** Without one, nobody is the operator. */
  operatorTokens(): readonly OperatorToken[]
  /** Whether what the requests need is open; they are refused before. */
  isReady(): boolean
  /** Takes the lines of the access log; without it there is none. */
  readonly writeLine: ((line: string) => void) | undefined
  readonly limits: AppLimits
  /** Makes the server where it is not to be one for plain HTTP. */
  readonly createServer?: NonNullable<FastifyHttpOptions<Server>['serverFactory']>
  /** Whether the certificate that it shows is good for a host. */
  readonly holdsFor?: (name: string) => boolean
  /** More routes: of the token issuer, of the operator's API. Each states its `config`, see `RouteConfig`. */
  readonly routes: readonly ((app: FastifyInstance) => void)[]
}

/** Named like the settings of the service. */
export interface AppLimits extends ServerLimits, GateOptions {
  readonly rateLimit: number
  readonly requestsMax: number
  readonly drainTimeoutMs: number
  readonly drainGraceMs?: number
  readonly wrongSecretsMax?: number
  readonly trustedProxies?: string
}

const answerTimeoutMs = 60_000
/** What anyone may send is small, and there may be as many who send it as there are connections. */
const strangerBodyBytesMax = 16_384

/** For a request whose path or method is not there. */
const unknownRoute = (shape: ErrorShape): Route => ({
  config: { operation: unknownOperation, access: 'anyone', shape },
  logPart: routePart(unknownOperation, '-', undefined),
})

export function buildApp(parts: AppParts): FastifyInstance {
  const { context, limits } = parts
  const metrics = createMetrics()
  const accessLine = createAccessLog()
  const connections = createConnections(limits.connectionsMax)
  const slots = createSlots(limits.requestsMax, () => context.now())
  const kept = createKeptRefusals(context, metrics)
  const exchanges = trackExchanges(slots, timesOf(limits), {
    onRefuse: (exchange, refusal) => kept.keep(refusedRequest(exchange), refusal),
    onEnd(exchange, durationMs) {
      metrics.record(exchange.route.config.operation, outcomeOf(exchange), durationMs)
      parts.writeLine?.(accessLine(exchange, context.now(), durationMs))
      drain.exchangeEnded()
    },
  })
  const answering = createAnswering(exchanges, context.log, () => drain.isDraining)
  const guesses = createGuessLimit(
    () => context.now(),
    limits.wrongSecretsMax ?? 0,
    createClientAddress(limits.trustedProxies),
  )
  const gate = createGate(limits, { guesses, ...(parts.holdsFor && { holdsFor: parts.holdsFor }) })
  /** Where no exchange has begun there is nothing, whatever else is wrong with the request; or not even a path. */
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    if (request.exchange) {
      answering.fail(error, reply)
      return
    }
    exchanges.begin(unknownRoute('single'), request, reply)
    const refused = gate(request, reply, undefined)
    const isBadUrl = error instanceof Error && 'code' in error && error.code === 'FST_ERR_BAD_URL'
    answering.fail(refused ?? (isBadUrl ? error : nothingThere()), reply)
  }
  const paths = createKnownPaths()
  const answerUnknown = (request: FastifyRequest, reply: FastifyReply): void => {
    const known = paths.find(request.url)
    exchanges.begin(unknownRoute(known?.config.shape ?? 'single'), request, reply)
    const refused = gate(request, reply, known?.config)
    if (refused !== undefined) answering.fail(refused, reply)
    else if (known === undefined) answering.fail(nothingThere(), reply)
    else if (request.method !== 'OPTIONS')
      answering.fail(new MethodNotAllowed(request.method, known.methods), reply)
    else answerOptions(request, reply, known.methods)
  }
  const app = openServer(limits, {
    newId: () => context.newId(),
    clientErrorHandler: createClientErrorHandler({ context, metrics, kept, connections }),
    frameworkErrors: fail,
    createServer: parts.createServer,
    connections,
  })
  const drain = drainOnClose(app, { context, exchanges, connections }, limits)
  const throttle = createThrottle(() => context.now(), limits.rateLimit)

  app.decorateRequest('exchange', null)
  app.decorateRequest('caller', null)
  readBodies(app)
  app.setErrorHandler(fail)
  app.setNotFoundHandler((request, reply) => fail(nothingThere(), request, reply))
  // Before its body is read: a stranger need not send one to learn that there is nothing.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) answerUnknown(request, reply)
    else done()
  })
  const regions = limits.regions === true
  const admit = createAdmission({ ...parts, regions, slots, throttle, welcome: connections.welcome })
  guardRoutes(app, { gate, admit, exchanges, answering, paths })
  const unwatch = exchanges.watch()
  app.addHook('onClose', async () => unwatch())

  for (const addRoutes of parts.routes) addRoutes(app)
  enablementRoutes(app, context)
  unitRoutes(app, context)
  refusalRoutes(app, kept, paths.operations)
  serviceRoutes(app, context, {
    isStopping: () => drain.isDraining,
    fullForMs: slots.fullForMs,
    renderMetrics: () =>
      metrics.render({
        requests_in_flight: ['Operations at work.', slots.taken],
        requests_open: ['Requests whose answer is not yet sent and taken.', exchanges.open],
        connections_open: ['Connections of clients.', connections.open],
        throttled_clients: ['Clients that the rate limit keeps count of.', throttle.clients()],
        ...logGauge(parts.isReady() ? context.storage.logBytes() : undefined),
        wrong_secrets_counted: ['Addresses and secrets of which wrong ones are counted.', guesses.counted()],
      }),
  })
  return app
}

function timesOf(limits: AppLimits): ExchangeTimes {
  return {
    requestTimeoutMs: limits.requestTimeoutMs ?? requestTimeoutMs,
    answerTimeoutMs: limits.answerTimeoutMs ?? answerTimeoutMs,
  }
}

/** Only a data folder has one. */
function logGauge(bytes: number | undefined): Gauges {
  return bytes === undefined ? {} : { write_ahead_log_bytes: ['Size of the write-ahead log.', bytes] }
}

function nothingThere(): Refusal {
  return refuse('NOT_FOUND', 'There is nothing at this path.', { reason: 'path' })
}

function outcomeOf({ refusal, response }: Exchange): string {
  return refusal?.code ?? (response.writableFinished ? 'ok' : 'cut_short')
}

interface Guards {
  readonly gate: Gate
  readonly admit: Admission
  readonly exchanges: Exchanges
  readonly answering: Answering
  readonly paths: KnownPaths
}

/** Lets each route, as it is added, begin an exchange, admit who may come in, and answer what its handler returns. */
function guardRoutes(app: FastifyInstance, { gate, admit, exchanges, answering, paths }: Guards): void {
  app.addHook('onRoute', (options) => {
    const config = configOf(options)
    for (const method of [options.method].flat()) paths.add(method, options.url, config)
    const route = { config, logPart: routePart(config.operation, String(options.method), options.url) }
    options.handler = answering.wrap(options.handler)
    if (config.access === 'anyone') options.bodyLimit ??= strangerBodyBytesMax
    options.onRequest = (request, reply, done) => {
      const exchange = exchanges.begin(route, request, reply)
      overlookContentType(request)
      try {
        const refused = gate(request, reply, config)
        if (refused !== undefined) return done(refused)
        const admitted = admit(exchange)
        if (admitted === undefined) return done()
        // Of a connection that has gone meanwhile there is nothing left to read.
        admitted.then(() => exchange.isClosed || done(), done)
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    }
  })
}

function configOf({ config, method, url }: RouteOptions): RouteConfig {
  const { operation, access, shape } = config ?? {}
  if (operation === undefined || access === undefined || shape === undefined) {
    throw new Error(`The route ${method} ${url} does not say what it does, for whom, and how it refuses.`)
  }
  return { ...config, operation, access, shape }
}
