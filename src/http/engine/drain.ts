import type { FastifyInstance } from 'fastify'
import type { Context } from '../../model/ports/context.ts'
import type { Connections } from './connections.ts'
import type { Exchanges } from './exchange.ts'

export interface Drain {
  /** The app has been told to close. */
  readonly isDraining: boolean
  /** To be called whenever an exchange has ended. */
  exchangeEnded(): void
}

export interface DrainParts {
  readonly context: Pick<Context, 'now' | 'sleepUntil'>
  readonly exchanges: Exchanges
  readonly connections: Connections
}

export interface DrainTimes {
  /** After so long, requests that are still under way are cut off. */
  readonly drainTimeoutMs: number
  /** How long a client may take to learn from an answer that its connection ends; 0 without it. */
  readonly drainGraceMs?: number
}

/**
 * What happens when the app closes. From then on each answer says that its connection ends, and HTTP/2 is told so at
 * once. For the grace, the app goes on listening and answering; then it stops to listen, and a connection without a
 * request is closed after another grace. The app is closed when no operation is at work any more, or when it was not
 * after the time for draining. A grace is skipped where no connection is open.
 */
export function drainOnClose(
  app: FastifyInstance,
  { context, exchanges, connections }: DrainParts,
  { drainTimeoutMs, drainGraceMs = 0 }: DrainTimes,
): Drain {
  let isDraining = false
  let isGraceOver = false
  const drained = Promise.withResolvers<void>()
  const ended = new AbortController()

  app.addHook('preClose', async () => {
    isDraining = true
    void context.sleepUntil(context.now() + drainTimeoutMs, ended.signal).then(() => {
      connections.closeAll()
      drained.resolve()
    })
    connections.announceClose()
    await grace()
    // Once the server has stopped listening.
    setImmediate(() => void grace().then(closeRest))
  })
  // The server is closed by then: what is left is an operation whose client has gone away.
  app.addHook('onClose', async () => {
    await drained.promise
    ended.abort()
  })

  async function grace(): Promise<void> {
    if (drainGraceMs === 0) return
    const over = new AbortController()
    const until = AbortSignal.any([over.signal, ended.signal])
    await Promise.race([
      context.sleepUntil(context.now() + drainGraceMs, until),
      connections.allClosed(until),
    ])
    over.abort()
  }

  function closeRest(): void {
    isGraceOver = true
    if (exchanges.open > 0) {
      app.server.closeIdleConnections()
      return
    }
    connections.closeAll()
    drained.resolve()
  }

  return {
    get isDraining() {
      return isDraining
    },
    exchangeEnded() {
      if (isGraceOver) closeRest()
    },
  }
}
