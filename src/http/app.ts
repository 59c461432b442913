/**
 * The service as HTTP: what every request passes, and the routes. It knows Fastify and nothing of how anything is
 * stored. `inject` works on what it returns, and so does `listen`.
 */
import type { Server } from 'node:http'
import type { FastifyHttpOptions, FastifyInstance } from 'fastify'
import type { Context } from '../model/ports/context.ts'
import { createEngine, type EngineLimits, type Observer } from './engine/engine.ts'
import { type Exchange, unknownOperation } from './engine/exchange.ts'
import { createAdmission } from './gate/admission.ts'

import { createClientAddress } from './gate/client-address.ts'
import { answerOptions } from './gate/cors.ts'
import { createGate, type GateOptions } from './gate/gate.ts'
import { createThrottle } from './gate/throttle.ts'
import { createGuessLimit } from './gate/token-guessing.ts'
import { createAccessLog, routePart } from './observe/access-log.ts'
import { createKeptRefusals, type KeptRefusals, refusedRequest } from './observe/kept-refusals.ts'
import { createMetrics, type Gauges, type Metrics } from './observe/metrics.ts'
import { allRoutes, type RouteParts } from './routes/all-routes.ts'
import { addRoutes } from './routes/route.ts'

export interface AppParts extends RouteParts {
  readonly context: Context
  /** Whether what the requests need is open; they are refused before. */
  isReady(): boolean
  /** Takes the lines of the access log; without it there is none. */
  readonly writeLine: ((line: string) => void) | undefined
  readonly limits: AppLimits
  /** Makes the server where it is not to be one for plain HTTP. */
  readonly createServer?: NonNullable<FastifyHttpOptions<Server>['serverFactory']>
  /** Whether the certificate that it shows is good for a host. */
  readonly holdsFor?: (name: string) => boolean
}

/** Named like the settings of the service. */
export interface AppLimits extends EngineLimits, GateOptions {
  readonly rateLimit: number
  readonly wrongSecretsMax?: number
  readonly trustedProxies?: string
}

/** The committed copy, see scripts/openapi.ts. */
const openapiFile = new URL('../../openapi.json', import.meta.url)

export function buildApp(parts: AppParts): FastifyInstance {
  const { context, limits } = parts
  const metrics = createMetrics()
  const kept = createKeptRefusals(context, metrics)
  const guesses = createGuessLimit(
    () => context.now(),
    limits.wrongSecretsMax ?? 0,
    createClientAddress(limits.trustedProxies),
  )
  const throttle = createThrottle(() => context.now(), limits.rateLimit)
  const regions = limits.regions === true
  const { app, slots, connections, exchanges, operations, isDraining } = createEngine({
    context,
    limits,
    observer: createObserver(parts, metrics, kept),
    guards: ({ slots, connections }) => ({
      gate: createGate(limits, { guesses, ...(parts.holdsFor && { holdsFor: parts.holdsFor }) }),
      admit: createAdmission({ ...parts, regions, slots, throttle, welcome: connections.welcome }),
      answerOptions,
    }),
    createServer: parts.createServer,
  })
  app.decorateRequest('caller', null)

  const routes = allRoutes(parts, {
    kept,
    operations,
    openapiFile,
    isStopping: isDraining,
    fullForMs: slots.fullForMs,
    renderMetrics: () =>
      metrics.render({
        requests_in_flight: ['Running operations.', slots.taken],
        requests_open: ['Requests whose response is not completely delivered.', exchanges.open],
        connections_open: ['Connections of clients.', connections.open],
        throttled_clients: ['Clients that the rate limit counts.', throttle.clients()],
        ...logGauge(parts.isReady() ? context.storage.logBytes() : undefined),
        wrong_secrets_counted: ['Addresses and secrets with recent wrong attempts.', guesses.counted()],
      }),
  })
  addRoutes(app, context, routes)
  return app
}

function createObserver({ context, writeLine }: AppParts, metrics: Metrics, kept: KeptRefusals): Observer {
  const accessLine = createAccessLog()
  return {
    routePart,
    refused: (exchange, refusal) => kept.keep(refusedRequest(exchange), refusal),
    refusedUnread(requestId, refusal, status) {
      metrics.record(unknownOperation, refusal.code, 0)
      kept.keep({ requestId, operation: unknownOperation, isKnown: false }, refusal)
      const { code, detail } = refusal
      context.log.info({ requestId, status, error: code, detail }, 'malformed request')
    },
    ended(exchange, durationMs) {
      metrics.record(exchange.route.config.operation, outcomeOf(exchange), durationMs)
      writeLine?.(accessLine(exchange, context.now(), durationMs))
    },
  }
}

function outcomeOf({ refusal, response }: Exchange): string {
  return refusal?.code ?? (response.writableFinished ? 'ok' : 'cut_short')
}

/** Only a data folder has one. */
function logGauge(bytes: number | undefined): Gauges {
  return bytes === undefined ? {} : { write_ahead_log_bytes: ['Size of the write-ahead log.', bytes] }
}
