import type { FastifyInstance } from 'fastify'
import type { Context } from '../model/context.ts'
import type { Exchanges } from './exchange.ts'

/** What the service does on its way out. */
export interface Drain {
  /** To be called whenever an exchange has ended. */
  exchangeEnded(): void
}

/**
 * When the app closes, lets the requests under way finish, then closes the connections at once: one that a client only
 * keeps open, or opened without a word, must not hold up the stop. After `timeoutMs` those that still wait are cut.
 */
export function drainOnClose(
  app: FastifyInstance,
  context: Context,
  exchanges: Exchanges,
  timeoutMs: number,
): Drain {
  let isDraining = false
  const closed = new AbortController()

  app.addHook('preClose', (done) => {
    isDraining = true
    void context
      .sleepUntil(context.now() + timeoutMs, closed.signal)
      .then(() => app.server.closeAllConnections())
    // Once the server has stopped listening.
    setImmediate(closeConnections)
    done()
  })
  app.addHook('onClose', (_app, done) => {
    closed.abort()
    done()
  })

  function closeConnections(): void {
    if (exchanges.inFlight === 0) app.server.closeAllConnections()
    else app.server.closeIdleConnections()
  }

  return {
    exchangeEnded() {
      if (isDraining) closeConnections()
    },
  }
}
