import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../model/ports/clock.ts'
import type { Connections } from './connections.ts'
import type { Exchanges } from './exchange.ts'

export interface Drain {
  /** The app is closing. */
  readonly isDraining: boolean
  /** Call it when an exchange has ended. */
  exchangeEnded(): void
}

export interface DrainParts {
  readonly clock: Clock
  readonly exchanges: Exchanges
  readonly connections: Connections
}

export interface DrainTimes {
  /** After this time, in milliseconds, pending requests are cut off. */
  readonly drainTimeoutMs: number
  /** How long the service still listens and responds while it announces that it closes, in milliseconds; default 0. */
  readonly drainGraceMs?: number
}

/**
 * Closes the app in steps. Each response now announces the end of its connection, and HTTP/2 clients are notified at
 * once. During the grace the app still listens and responds. Then it stops listening, and closes idle connections after
 * another grace. The app is closed when no operation runs any more, or when the time limit for draining is over. A grace
 * is skipped if no connection is open.
 */
export function drainOnClose(
  app: FastifyInstance,
  { clock, exchanges, connections }: DrainParts,
  { drainTimeoutMs, drainGraceMs = 0 }: DrainTimes,
): Drain {
  let isDraining = false
  let isGraceOver = false
  const drained = Promise.withResolvers<void>()
  const ended = new AbortController()

  app.addHook('preClose', async () => {
    isDraining = true
    void clock.sleepUntil(clock.now() + drainTimeoutMs, ended.signal).then(() => {
      connections.closeAll()
      drained.resolve()
    })
    connections.announceClose()
    await grace()
    // The server has stopped listening.
    setImmediate(() => void grace().then(closeRest))
  })
  // The server is closed: only operations of disconnected clients may still run.
  app.addHook('onClose', async () => {
    await drained.promise
    ended.abort()
  })

  async function grace(): Promise<void> {
    if (drainGraceMs === 0) return
    const over = new AbortController()
    const until = AbortSignal.any([over.signal, ended.signal])
    await Promise.race([clock.sleepUntil(clock.now() + drainGraceMs, until), connections.allClosed(until)])
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
