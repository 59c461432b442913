/**
 * Writes all responses of one turn of the event loop together at its end. Under load this saves most of the cost of socket
 * writes: the system wakes the peer once for many responses. A single response is not delayed.
 */
import type { FastifyReply } from 'fastify'

/** Sends an object as JSON, and text or bytes unchanged, with the status and headers of the reply at that time. */
export type WriteInTurn = (reply: FastifyReply, body: unknown) => void

/** Calls `onFailure` for a response that cannot be sent. */
export function createTurnWrites(onFailure: (error: unknown, reply: FastifyReply) => void): WriteInTurn {
  let waiting: { reply: FastifyReply; body: unknown }[] = []

  function sendAll(): void {
    const ready = waiting
    waiting = []
    for (const { reply, body } of ready) {
      try {
        send(reply, body)
      } catch (error) {
        onFailure(error, reply)
      }
    }
  }

  return (reply, body) => {
    if (waiting.push({ reply, body }) === 1) setImmediate(sendAll)
  }
}

function send(reply: FastifyReply, body: unknown): void {
  if (reply.sent) return
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) reply.send(body)
  // The content type is that of the page, without a charset: JSON is always UTF-8 (RFC 8259, section 8.1).
  else reply.type('application/json').serializer(JSON.stringify).send(body)
}
