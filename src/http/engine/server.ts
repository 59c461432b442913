/** The HTTP server under the app: what it takes from the network, and for how long. */
import type { RequestListener, Server } from 'node:http'
import fastify, { type FastifyHttpOptions, type FastifyInstance, LogController } from 'fastify'
import type { Connections } from './connections.ts'
import { compileValidator } from './validate.ts'

/** Not by an import, which reads every name of the module and so loads Node's whole HTTP client at start. */
const { createServer } = process.getBuiltinModule('node:http')

export interface ServerLimits {
  /** Connections that may be open at once; see `createConnections`. */
  readonly connectionsMax: number
  readonly bodyLimitBytes: number
  /** How long a request may take to arrive; 30 s. */
  readonly requestTimeoutMs?: number
  /** How long its head may take; 10 s. */
  readonly headersTimeoutMs?: number
  /** How long a connection may take to take an answer; 60 s. */
  readonly answerTimeoutMs?: number
}

export const requestTimeoutMs = 30_000
const headersTimeoutMs = 10_000
/** How often the two are looked after. */
const checkIntervalMs = 1000
/** Longer than load balancers keep a connection (mostly 60 s), so that they don't send on one that is being closed. */
const keepAliveTimeoutMs = 65_000
const headBytesMax = 16_384

export interface ServerParts {
  newId(): string
  readonly clientErrorHandler: FastifyHttpOptions<Server>['clientErrorHandler']
  readonly frameworkErrors: FastifyHttpOptions<Server>['frameworkErrors']
  /** Makes the server where it is not to be one for plain HTTP. */
  readonly createServer: FastifyHttpOptions<Server>['serverFactory']
  readonly connections: Connections
}

export function createFastify(limits: ServerLimits, parts: ServerParts): FastifyInstance {
  const { newId, clientErrorHandler, frameworkErrors, connections } = parts
  const makeServer = parts.createServer ?? createPlainServer
  const options: FastifyHttpOptions<Server> = {
    http: {
      maxHeaderSize: headBytesMax,
      headersTimeout: Math.min(
        limits.headersTimeoutMs ?? headersTimeoutMs,
        limits.requestTimeoutMs ?? requestTimeoutMs,
      ),
      connectionsCheckingInterval: Math.min(checkIntervalMs, limits.headersTimeoutMs ?? checkIntervalMs),
      // Answered by the admission, with a body.
      requireHostHeader: false,
    },
    serverFactory: (handler, options) => {
      const listener = connections.inTurn(handler)
      const server = makeServer(listener, options)
      // An expectation is a wish; Node would answer 417 itself, without a body.
      server.on('checkExpectation', listener)
      connections.watch(server)
      return server
    },
    requestTimeout: limits.requestTimeoutMs ?? requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    bodyLimit: limits.bodyLimitBytes,
    // While it drains, what arrives on an open connection is still answered, and the connection closed after that.
    return503OnClosing: false,
    genReqId: newId,
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler,
    frameworkErrors,
    rewriteUrl: ({ url = '/' }) => (url.startsWith('//') ? url.replace(/^\/+/, '/') : url),
    routerOptions: {
      ignoreTrailingSlash: true,
      // The size of the head is limit enough; what is too long for an ID is refused with the form.
      maxParamLength: headBytesMax,
    },
    // Fastify loads Ajv and fast-json-stringify unless it is told who compiles.
    schemaController: {
      compilersFactory: {
        // @ts-expect-error The type is that of Ajv's compiler; Fastify itself wants only a function.
        buildValidator: () => compileValidator,
        buildSerializer: () => () => JSON.stringify,
      },
    },
  }
  return fastify(options)
}

function createPlainServer(
  listener: RequestListener,
  {
    http,
    keepAliveTimeout,
    requestTimeout,
  }: Parameters<NonNullable<FastifyHttpOptions<Server>['serverFactory']>>[1],
): Server {
  return createServer({ ...Object(http), keepAliveTimeout, requestTimeout }, listener)
}
