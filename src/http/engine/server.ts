/** The HTTP server under the app, with its limits of size, number and time. */
import type { IncomingMessage, RequestListener, Server } from 'node:http'
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
  /** How long a connection may take to accept a response; 60 s. */
  readonly answerTimeoutMs?: number
}

export const requestTimeoutMs = 30_000
const headersTimeoutMs = 10_000
/** How often Node checks these two limits, in milliseconds. */
const checkIntervalMs = 1000
/** Longer than load balancers keep a connection (mostly 60 s), so that they do not send on a connection that closes. */
const keepAliveTimeoutMs = 65_000
const headBytesMax = 16_384

export interface FastifyParts {
  newId(): string
  readonly clientErrorHandler: FastifyHttpOptions<Server>['clientErrorHandler']
  readonly frameworkErrors: FastifyHttpOptions<Server>['frameworkErrors']
  /** Creates the server, if it is not one for plain HTTP. */
  readonly createServer: FastifyHttpOptions<Server>['serverFactory']
  readonly connections: Connections
  /** Takes the name of a world out of the path of a request, and returns the rest. */
  readonly enterWorld?: ((request: IncomingMessage) => string) | undefined
}

export function createFastify(limits: ServerLimits, parts: FastifyParts): FastifyInstance {
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
      // The gate refuses such a request, with a body.
      requireHostHeader: false,
    },
    serverFactory: (handler, options) => {
      const listener = connections.inTurn(handler)
      const server = makeServer(listener, options)
      // An expectation is ignored; Node itself would respond with 417, without a body.
      server.on('checkExpectation', listener)
      connections.watch(server)
      return server
    },
    requestTimeout: limits.requestTimeoutMs ?? requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    bodyLimit: limits.bodyLimitBytes,
    // During the drain, requests on an open connection are still answered, and the connection is closed afterwards.
    return503OnClosing: false,
    genReqId: newId,
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler,
    frameworkErrors,
    rewriteUrl: (request) => oneSlash(parts.enterWorld?.(request) ?? request.url ?? '/'),
    routerOptions: {
      ignoreTrailingSlash: true,
      // The size of the head is a sufficient limit; the schema refuses an ID that is too long.
      maxParamLength: headBytesMax,
    },
    // Without a factory Fastify loads Ajv and fast-json-stringify.
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

function oneSlash(url: string): string {
  return url.startsWith('//') ? url.replace(/^\/+/, '/') : url
}
