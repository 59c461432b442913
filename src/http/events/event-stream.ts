/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) on the response of a request. */
import type { FastifyReply } from 'fastify'

export interface StreamEvent {
  readonly id?: string | number
  /** The type; absent for a plain message. */
  readonly event?: string
  /** Sent as JSON. */
  readonly data: unknown
}

export interface EventStream {
  readonly isClosed: boolean
  /** Sends an event, unless the stream is closed. */
  send(event: StreamEvent): void
  /** Sends a line without meaning: a proxy on the way closes a connection that says nothing for long. */
  comment(text?: string): void
  /** Resolves when the connection takes more, or the stream is closed. For one waiter at a time. */
  drained(): Promise<void>
  /** Ends the response behind what was sent. */
  end(): void
  /** Calls the listener once, when the reader is gone or the stream has ended: at once if it is closed already. */
  onClose(listener: () => void): void
}

/**
 * Takes the response over and writes its head. A reader that leaves more than `unreadBytesMax` bytes unread is cut off: it is
 * waited for only in `drained`.
 */
export function openEventStream(reply: FastifyReply, unreadBytesMax: number): EventStream {
  const response = reply.raw
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) response.setHeader(name, value)
  reply.hijack()
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // Proxies that gather small writes would hold an event back.
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  // The response of HTTP/2 does not say that it is closed; the exchange knows it of both.
  const isGone = () => response.destroyed || response.closed || reply.request.exchange?.isClosed === true
  const isClosed = () => isGone() || response.writableEnded

  let isFull = false
  let wake: (() => void) | undefined
  response.on('drain', () => {
    isFull = false
    wake?.()
  })
  response.once('close', () => wake?.())

  function write(text: string): void {
    if (isClosed()) return
    isFull = !response.write(text)
    if (response.writableLength > unreadBytesMax) response.destroy()
  }

  return {
    get isClosed() {
      return isClosed()
    },
    send({ id, event, data }) {
      const head = `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}`
      write(`${head}data: ${JSON.stringify(data)}\n\n`)
    },
    comment: (text = '') => write(`:${text}\n\n`),
    drained: () =>
      new Promise((resolve) => {
        wake = resolve
        if (!isFull || isClosed()) resolve()
      }),
    end() {
      if (!isClosed()) response.end()
    },
    onClose(listener) {
      // A reader can leave while its request is checked, and its response does not close again.
      if (isGone()) listener()
      else response.once('close', listener)
    },
  }
}
