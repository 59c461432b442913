/** The faults of a connection: it is cut, silent or slow. Over HTTP/2 the same is done to the stream. */

import { constants, type Http2ServerResponse } from 'node:http2'
import type { FastifyReply } from 'fastify'

/** Ends the connection without an answer: with a reset, or as if the service had closed it. */
export function sever(reply: FastifyReply, how: 'reset' | 'empty'): void {
  reply.hijack()
  const stream = streamOf(reply.raw)
  if (stream !== undefined) {
    stream.close(how === 'reset' ? constants.NGHTTP2_CONNECT_ERROR : constants.NGHTTP2_NO_ERROR)
    return
  }
  const { socket } = reply.raw
  if (socket === null) return
  // Inside TLS there is no socket to reset.
  if (how === 'reset' && !('encrypted' in socket)) socket.resetAndDestroy()
  else socket.destroy()
}

/** Sends the head and so many bytes of the body, at most all but one, then ends the connection. */
export function truncate(reply: FastifyReply, body: Buffer, bytes: number): void {
  if (body.length === 0) {
    sever(reply, 'empty')
    return
  }
  const part = body.subarray(0, Math.min(bytes, body.length - 1))
  sendHead(reply, body)
  const stream = streamOf(reply.raw)
  if (stream !== undefined) {
    reply.raw.write(part, () => stream.close(constants.NGHTTP2_CONNECT_ERROR))
    return
  }
  reply.raw.flushHeaders()
  if (part.length > 0) reply.raw.write(part)
  reply.raw.socket?.destroySoon()
}

/** Parts of an answer that a second has. */
const partsPerSecond = 10

export interface DribbleOptions {
  readonly bytesPerSecond: number
  /** Sleeps in real time. */
  sleep(ms: number): Promise<void>
}

/** Sends the answer slowly; resolves when it is sent, or when nobody takes it any more. */
export async function dribble(
  reply: FastifyReply,
  body: Buffer,
  { bytesPerSecond, sleep }: DribbleOptions,
): Promise<void> {
  sendHead(reply, body)
  reply.raw.flushHeaders()
  const size = Math.max(1, Math.floor(bytesPerSecond / partsPerSecond))
  for (let sent = 0; sent < body.length && !reply.raw.destroyed; sent += size) {
    await sleep((1000 * size) / bytesPerSecond)
    if (!reply.raw.destroyed) reply.raw.write(body.subarray(sent, sent + size))
  }
  if (!reply.raw.destroyed) reply.raw.end()
}

function sendHead(reply: FastifyReply, body: Buffer): void {
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, {
    ...definedHeaders(reply),
    ...(body.length > 0 && { 'content-length': body.length }),
  })
}

function definedHeaders(reply: FastifyReply): Record<string, string | number | string[]> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
}

/** The stream of HTTP/2. */
function streamOf(response: FastifyReply['raw']): Http2ServerResponse['stream'] | undefined {
  const stream: unknown = Reflect.get(response, 'stream')
  return isStream(stream) ? stream : undefined
}

function isStream(value: unknown): value is Http2ServerResponse['stream'] {
  return typeof value === 'object' && value !== null && 'rstCode' in value
}
