/** The event streams of a server: how many there are, who has them, and what keeps them alive. Their time is that of sockets. */
import type { FastifyReply } from 'fastify'
import { refuse } from '../../model/refusal.ts'
import { type EventStream, openEventStream } from './event-stream.ts'

export interface EventStreams {
  /** The count of open streams. */
  readonly open: number
  /**
   * Begins a stream. Refuses with SERVICE_UNAVAILABLE if the server has too many, or stops; with TOO_MANY_REQUESTS if the holder has too
   * many. `alive` is called every 15 seconds.
   */
  begin(reply: FastifyReply, holder: string, alive: () => void): EventStream
  /** Calls `work` again and again, each time `pauseMs` after it has ended, until the returned function is called. */
  repeat(work: () => Promise<void>, pauseMs: number): () => void
  /** Ends all streams, and begins no more. */
  end(): void
}

export const streamsMax = 100
export const streamsOfHolderMax = 5
const heartbeatMs = 15_000
const unreadBytesMax = 2 ** 20
const retryMs = 5000

export function createEventStreams(): EventStreams {
  const streams = new Map<EventStream, string>()
  let isEnded = false

  function check(holder: string): void {
    const retryAfterMs = retryMs
    if (isEnded) throw refuse('SERVICE_UNAVAILABLE', 'The service is stopping.', { retryAfterMs })
    if (streams.size >= streamsMax)
      throw refuse('SERVICE_UNAVAILABLE', 'There are too many event streams.', { retryAfterMs })
    const own = [...streams.values()].filter((one) => one === holder).length
    if (own >= streamsOfHolderMax) {
      const message = `You have ${streamsOfHolderMax} event streams already.`
      throw refuse('TOO_MANY_REQUESTS', message, { retryAfterMs })
    }
  }

  return {
    get open() {
      return streams.size
    },
    begin(reply, holder, alive) {
      check(holder)
      const stream = openEventStream(reply, unreadBytesMax)
      streams.set(stream, holder)
      const heartbeat = setInterval(() => {
        stream.comment()
        alive()
      }, heartbeatMs).unref()
      stream.onClose(() => {
        clearInterval(heartbeat)
        streams.delete(stream)
      })
      return stream
    },
    repeat(work, pauseMs) {
      let isOver = false
      let timer: NodeJS.Timeout | undefined
      const next = () => {
        if (!isOver) timer = setTimeout(() => void work().finally(next), pauseMs).unref()
      }
      next()
      return () => {
        isOver = true
        clearTimeout(timer)
      }
    },
    end() {
      isEnded = true
      for (const stream of streams.keys()) stream.end()
    },
  }
}
