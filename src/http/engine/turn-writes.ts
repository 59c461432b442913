/**
 * Writes the answers that become ready in one turn of the event loop one after another at its end, not each as soon as
 * it is ready. Under load this spares most of what a write to a socket costs: the system wakes the other side once for
 * many answers. An answer that is alone waits for nothing.
 */
import type { FastifyReply } from 'fastify'

/** Takes an answer: an object is sent as JSON, a text or bytes as they are, with what stands on the reply by then. */
export type WriteInTurn = (reply: FastifyReply, body: unknown) => void

/** `onFailure` is called for an answer that could not be sent. */
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
