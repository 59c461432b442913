import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readJson } from './json-text.ts'

/**
 * Reads every body as JSON, whatever its content type says (ledger, row 7), or leaves it as text where the route wants
 * that. An empty body is none, and so is whatever comes with a method that has none.
 */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, text, done) => {
    // Asked for as a string. What nobody asked for, on a path that is not there, is not even looked at.
    if (typeof text !== 'string' || request.exchange === null || request.method === 'DELETE') {
      return done(null, undefined)
    }
    if (request.exchange.route.config.body === 'text') return done(null, text)
    try {
      done(null, text === '' ? undefined : readJson(text))
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), undefined)
    }
  })
}

/**
 * Fastify would refuse a content type that is none before anybody could read the body; and over HTTP/2, where nothing
 * needs to announce a body, it would not look for one.
 */
export function overlookContentType({ raw: { headers, httpVersionMajor } }: FastifyRequest): void {
  if (headers['content-type'] !== undefined) headers['content-type'] = undefined
  if (httpVersionMajor > 1 && headers['content-length'] === undefined)
    headers['transfer-encoding'] = 'chunked'
}
