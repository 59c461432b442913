import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../../model/refusal.ts'
import { readBatchJson, readJson } from './json-text.ts'
import type { RouteConfig } from './route-config.ts'

/**
 * Reads every body as JSON, whatever its content type says (ledger, row 7), or leaves it as text where the route wants
 * that. An empty body is none, and so is whatever comes with a method that has none.
 */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    // Asked for as bytes. What nobody asked for, on a path that is not there, is not even looked at.
    if (!Buffer.isBuffer(bytes) || request.exchange === null || request.method === 'DELETE') {
      return done(null, undefined)
    }
    try {
      done(null, readBody(request.exchange.route.config, bytes))
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), undefined)
    }
  })
}

function readBody({ body, shape }: RouteConfig, bytes: Buffer): unknown {
  // Decoded all the same, the text would not be the one that was sent (RFC 8259, section 8.1).
  if (!isUtf8(bytes)) throw refuse('INVALID_PARAM', 'The request body is not UTF-8.')
  const text = bytes.toString()
  if (body === 'text') return text
  if (text === '') return undefined
  return shape === 'batch' ? readBatchJson(text) : readJson(text)
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
