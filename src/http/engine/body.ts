import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../../model/refusal.ts'
import { readBatchJson, readJson } from './json-text.ts'
import type { RouteConfig } from './route-config.ts'

/**
 * Parses every body as JSON, whatever its content type (ledger, row 7: clients send all kinds), or keeps it as text if the
 * route asks for that. An empty body counts as absent, and so does the body of a DELETE.
 */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    // Bodies arrive as bytes. A body on an unknown path is ignored.
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
  // Lenient decoding would change the text (RFC 8259, section 8.1).
  if (!isUtf8(bytes)) throw refuse('INVALID_PARAM', 'The request body is not UTF-8.')
  const text = bytes.toString()
  if (body === 'text') return text
  if (text === '') return undefined
  return shape === 'batch' ? readBatchJson(text) : readJson(text)
}

/**
 * Hides the content type, because Fastify rejects an invalid one before the body is read. Over HTTP/2 a body needs no
 * announcement, and without one Fastify does not read it.
 */
export function overlookContentType({ raw: { headers, httpVersionMajor } }: FastifyRequest): void {
  if (headers['content-type'] !== undefined) headers['content-type'] = undefined
  if (httpVersionMajor > 1 && headers['content-length'] === undefined)
    headers['transfer-encoding'] = 'chunked'
}
