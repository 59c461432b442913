/**
 * The HTTPS server: HTTP/2 if the client supports it, else HTTP/1.1, on the same port. Its certificate can be replaced
 * while it runs; open connections keep the old one.
 */
import type { Server } from 'node:http'
import type { FastifyHttpOptions } from 'fastify'

/** PEM; the certificate may include its chain. */
export interface ServerCertificate {
  readonly certificate: string
  readonly key: string
}

export interface TlsServers {
  /** Fastify requests one server, or one for each loopback address if it listens on `localhost`. */
  readonly create: NonNullable<FastifyHttpOptions<Server>['serverFactory']>
  use(pair: ServerCertificate): void
}

/** The maximum number of concurrent requests on one connection. */
const streamsMax = 100
/** The time limit of a TLS handshake, equal to that of the head of a request. */
const handshakeTimeoutMs = 10_000
/** TLS 1.3, and the authenticated ciphers of TLS 1.2 (RFC 9325, section 4.2). */
const strength = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    ...['ECDSA', 'RSA'].flatMap((key) => [
      `ECDHE-${key}-AES128-GCM-SHA256`,
      `ECDHE-${key}-AES256-GCM-SHA384`,
      `ECDHE-${key}-CHACHA20-POLY1305`,
    ]),
  ].join(':'),
} as const
/** RFC 9113, section 7. */
const cancel = 8

export function tlsServers(first: ServerCertificate): TlsServers {
  const { createSecureServer } = process.getBuiltinModule('node:http2')
  const servers = new Set<ReturnType<typeof createSecureServer>>()
  let pair = first

  return {
    create(handler, { http, keepAliveTimeout, requestTimeout }) {
      const idleMs = Number(keepAliveTimeout)
      const server = createSecureServer(
        {
          cert: pair.certificate,
          key: pair.key,
          ...strength,
          handshakeTimeout: handshakeTimeoutMs,
          allowHTTP1: true,
          http1Options: { ...Object(http), keepAliveTimeout: idleMs, requestTimeout },
          settings: {
            maxConcurrentStreams: streamsMax,
            maxHeaderListSize: Number(Object(http).maxHeaderSize),
          },
        },
        (request, response) => handler(Object(request), Object(response)),
      )
      // HTTP/2 has no time limits of its own: a stream that is idle for this time is closed.
      server.on('stream', (stream) => stream.setTimeout(Number(requestTimeout), () => stream.close(cancel)))
      server.on('session', (session) => session.setTimeout(idleMs, () => session.close()))
      servers.add(server)
      server.on('close', () => servers.delete(server))
      // Both kinds of server have the members that the app uses.
      return Object(server)
    },
    use(next) {
      pair = next
      for (const server of servers)
        server.setSecureContext({ cert: next.certificate, key: next.key, ...strength })
    },
  }
}
