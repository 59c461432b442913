/** How requests come into worlds: each enters one, and holds it from being taken to another state while it is at work. */
import type { IncomingMessage } from 'node:http'
import type { Exchange } from '../../http/engine/exchange.ts'
import type { Interceptor } from '../../http/engine/interceptor.ts'
import type { World } from '../../model/ports/world.ts'
import { createInterceptor } from '../interceptor.ts'
import type { Laboratory } from '../laboratory.ts'
import { chosenWorld, isOwnCall, pathOfWorld } from './choose-world.ts'
import type { Held } from './held-world.ts'

export interface EntranceParts {
  /** Returns the worlds once they are open. */
  find(): Pick<Laboratory, 'require' | 'byNumber'> | undefined
  /** The key of calls that a world makes to itself. */
  readonly ownKey: string
  /** The world that the port serves alone. */
  readonly ownPort: string | undefined
}

export interface Entrance {
  findWorld(request: IncomingMessage): World | undefined
  readonly interceptor: Interceptor
}

/** The world of a request under way. */
const entered = Symbol('world of the request')
type Entered = IncomingMessage & { [entered]?: Held }

export function createEntrance({ find, ownKey, ownPort }: EntranceParts): Entrance {
  /** Throws INVALID_PARAM for two worlds, and NOT_FOUND for none. */
  function enter(request: Entered): Held | undefined {
    const laboratory = find()
    if (laboratory === undefined) return undefined
    const held = laboratory.require(chosenWorld(request, laboratory.byNumber, ownPort))
    request[entered] = held
    return held
  }

  function during<T>({ world }: Held, request: IncomingMessage, work: () => T) {
    return world.during(work, isOwnCall(request, ownKey))
  }

  const heldOf = ({ request: { raw } }: Exchange) => (raw as Entered)[entered]
  const faults = createInterceptor({
    worldOf: heldOf,
    isOwn: ({ request }) => isOwnCall(request.raw, ownKey),
  })
  /** Requests at work keep their world from being taken to another state. */
  const interceptor: Interceptor = {
    ...faults,
    begun(exchange) {
      try {
        // A refusal before the admission belongs to the world, too.
        exchange.world = enter(exchange.request.raw)?.world.world()
      } catch {
        // The admission reports it.
      }
      faults.begun(exchange)
    },
    admit(exchange, reply, admit) {
      const held = heldOf(exchange)
      if (held === undefined) return faults.admit(exchange, reply, admit)
      return faults.admit(exchange, reply, () => during(held, exchange.request.raw, admit))
    },
    handle(exchange, reply, handle) {
      const held = heldOf(exchange)
      if (held === undefined || exchange.route.config.isControl) return faults.handle(exchange, reply, handle)
      return faults.handle(exchange, reply, () =>
        during(held, exchange.request.raw, () => {
          exchange.world = held.world.world()
          return handle()
        }),
      )
    },
    send(exchange, reply, payload) {
      const held = heldOf(exchange)
      if (held !== undefined) reply.header('date', httpDate(held.world.clock.now()))
      const location = reply.getHeader('location')
      if (typeof location === 'string' && location.startsWith('/'))
        reply.header('location', pathOfWorld(exchange.request.raw) + location)
      return faults.send(exchange, reply, payload)
    },
  }

  const findWorld = (request: Entered) => (request[entered] ?? enter(request))?.world.world()
  return { findWorld, interceptor }
}

let lastSecond = Number.NaN
let lastDate = ''

/** As in the header `Date`. */
function httpDate(at: number): string {
  const second = Math.floor(at / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastDate = new Date(at).toUTCString()
  }
  return lastDate
}
