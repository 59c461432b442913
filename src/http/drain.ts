import type { FastifyInstance } from 'fastify'
import type { Context } from '../model/context.ts'
import type { Exchanges } from './exchange.ts'

export interface Drain {
  /** To be called whenever an exchange has ended. */
  exchangeEnded(): void
}

/**
 * When the app closes, lets the requests under way finish, then closes the connections at once: one that a client only
 * keeps open, or opened without a word, must not hold up the stop. After `timeoutMs` those that still wait are cut.
 * The app is closed when no operation is at work any more, or when it was not after that time.
 */
export function drainOnClose(
  app: FastifyInstance,
  context: Context,
  exchanges: Exchanges,
  timeoutMs: number,
): Drain {
  let isDraining = false
  const drained = Promise.withResolvers<void>()
  const ended = new AbortController()

  app.addHook('preClose', (done) => {
    isDraining = true
    void context.sleepUntil(context.now() + timeoutMs, ended.signal).then(() => {
      app.server.closeAllConnections()
      drained.resolve()
    })
    // Once the server has stopped listening.
    setImmediate(closeConnections)
    done()
  })
  // The server is closed by then: what is left is an operation whose client has gone away.
  app.addHook('onClose', async () => {
    await drained.promise
    ended.abort()
  })

  function closeConnections(): void {
    if (exchanges.inFlight > 0) {
      app.server.closeIdleConnections()
      return
    }
    app.server.closeAllConnections()
    drained.resolve()
  }

  return {
    exchangeEnded() {
      if (isDraining) closeConnections()
    },
  }
}
