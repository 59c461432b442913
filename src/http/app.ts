/**
 * The service as HTTP: the gate, the admission and the routes. It knows Fastify and nothing about storage. The returned
 * app supports `listen` and `inject`.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { FastifyHttpOptions, FastifyInstance } from 'fastify'
import type { World } from '../model/ports/world.ts'
import { consoleRoutes } from './console/console-routes.ts'
import { createEngine, type EngineLimits, type Observer, type ServerEffects } from './engine/engine.ts'
import { type Exchange, unknownOperation } from './engine/exchange.ts'
import type { Interceptor } from './engine/interceptor.ts'
import { createEventStreams } from './events/event-streams.ts'
import { changeFollowing } from './events/follow-changes.ts'
import { createAdmission } from './gate/admission.ts'
import { createClientAddress } from './gate/client-address.ts'
import { answerOptions } from './gate/cors.ts'
import { createGate, type GateOptions } from './gate/gate.ts'
import { type Observations, observeAll } from './observations.ts'
import { createAccessLog, routePart } from './observe/access-log.ts'
import { refusedRequest } from './observe/kept-refusals.ts'
import type { Gauges } from './observe/metrics.ts'
import { allRoutes, type NodeState } from './routes/all-routes.ts'
import { addRoutes, type Route } from './routes/route.ts'

export interface AppParts extends Pick<NodeState, 'isIssuer'> {
  readonly effects: ServerEffects
  /** Returns the world that a request is for, or `undefined` if it is not open yet: the request is refused then. */
  findWorld(request: IncomingMessage): World | undefined
  /** Receives the lines of the access log; `undefined` for no access log. */
  readonly writeLine: ((line: string) => void) | undefined
  readonly limits: AppLimits
  /** The built files of the console; `undefined` if it is off. */
  readonly consoleFolder?: URL | undefined
  /** Creates the server, if it is not one for plain HTTP. */
  readonly createServer?: NonNullable<FastifyHttpOptions<Server>['serverFactory']>
  /** The test controls, between requests and handlers. */
  readonly interceptor?: Interceptor
  /** Routes beside those of the service. `operations`: the names of operations that the service has. */
  moreRoutes?(operations: ReadonlySet<string>): readonly Route[]
  /** Observes the requests of several worlds, perhaps at several ports; without it there is one world. */
  readonly observations?: Observations
  /** Takes the name of a world out of the path of a request, and returns the rest. */
  enterWorld?(request: IncomingMessage): string
  /** Whether the certificate of that server is valid for a host. */
  readonly holdsFor?: (name: string) => boolean
}

/** Named like the settings of the service. */
export interface AppLimits extends EngineLimits, GateOptions {
  readonly trustedProxies?: string
}

/** The committed copy, see scripts/openapi.ts. */
const openapiFile = new URL('../../openapi.json', import.meta.url)

export function buildApp(parts: AppParts): FastifyInstance {
  const { effects, limits } = parts
  const observed = parts.observations ?? observeAll(effects)
  const addressOf = createClientAddress(limits.trustedProxies)
  const streams = createEventStreams()
  const regions = limits.regions === true
  const { app, slots, connections, exchanges, operations, isDraining } = createEngine({
    effects,
    limits,
    observer: createObserver(parts, observed),
    guards: ({ slots, connections }) => ({
      gate: createGate(limits, { addressOf, ...(parts.holdsFor && { holdsFor: parts.holdsFor }) }),
      admit: createAdmission({ findWorld: parts.findWorld, regions, slots, welcome: connections.welcome }),
      answerOptions,
    }),
    createServer: parts.createServer,
    interceptor: parts.interceptor,
    stopping: () => streams.end(),
    enterWorld: parts.enterWorld,
  })
  app.decorateRequest('caller', null)

  const routes = allRoutes({
    isIssuer: parts.isIssuer,
    followChanges: changeFollowing(streams),
    hasConsole: parts.consoleFolder !== undefined,
    keptOf: (world) => observed(world).kept,
    operations,
    openapiFile,
    hasTestControls: parts.enterWorld !== undefined,
    isStopping: isDraining,
    fullForMs: slots.fullForMs,
    renderMetrics: (world) =>
      observed(world).metrics.render({
        requests_in_flight: ['Running operations.', slots.taken],
        requests_open: ['Requests whose response is not completely delivered.', exchanges.open],
        connections_open: ['Connections of clients.', connections.open],
        event_streams_open: ['Event streams of clients.', streams.open],
        ...worldGauges(world),
      }),
  })
  addRoutes(app, [
    ...routes,
    ...(parts.consoleFolder ? consoleRoutes(parts.consoleFolder) : []),
    ...(parts.moreRoutes?.(operations) ?? []),
  ])
  return app
}

function createObserver({ effects, writeLine }: AppParts, observed: Observations): Observer {
  const accessLine = createAccessLog()
  return {
    routePart,
    refused: (exchange, refusal) => observed(exchange.world).kept.keep(refusedRequest(exchange), refusal),
    refusedUnread(requestId, refusal, status) {
      const { metrics, kept } = observed(undefined)
      metrics.record(unknownOperation, refusal.code, 0)
      kept.keep({ requestId, operation: unknownOperation, isKnown: false, hasBegun: false }, refusal)
      const { code, detail } = refusal
      effects.log.info({ requestId, status, error: code, detail }, 'malformed request')
    },
    ended(exchange, durationMs) {
      const { metrics } = observed(exchange.world)
      metrics.record(exchange.route.config.operation, outcomeOf(exchange), durationMs)
      writeLine?.(accessLine(exchange, effects.now(), durationMs))
    },
  }
}

function outcomeOf({ refusal, response }: Exchange): string {
  return refusal?.code ?? (response.writableFinished ? 'ok' : 'cut_short')
}

function worldGauges(world: World | undefined): Gauges {
  const clients = world?.throttle.clients() ?? 0
  const guesses = world?.guesses.counted() ?? 0
  return {
    throttled_clients: ['Clients that the rate limit counts.', clients],
    ...logGauge(world?.context.storage.logBytes()),
    wrong_secrets_counted: ['Addresses and secrets with recent wrong attempts.', guesses],
  }
}

/** Only a data folder has one. */
function logGauge(bytes: number | undefined): Gauges {
  return bytes === undefined ? {} : { write_ahead_log_bytes: ['Size of the write-ahead log.', bytes] }
}
