/**
 * The test controls: many worlds behind one server, with what moves, breaks and records them. `serve --test-controls` loads this
 * folder, and nothing else does.
 */
import type { IncomingMessage } from 'node:http'
import type { Exchange } from '../http/engine/exchange.ts'
import type { Interceptor } from '../http/engine/interceptor.ts'
import type { Route } from '../http/routes/route.ts'
import type { Clock } from '../model/ports/clock.ts'
import type { World } from '../model/ports/world.ts'
import { defaultWorld, type WorldSettings } from '../protocol/test-controls/worlds.ts'
import { emptiedImage } from '../storage/open-storage.ts'
import type { OpenWorld } from '../world/world.ts'
import { faultRoutes } from './faults/fault-routes.ts'
import { openTestFolder } from './folder/test-folder.ts'
import { createInterceptor, type Watched } from './interceptor.ts'
import { journalRoutes } from './journal/journal-routes.ts'
import { type Laboratory, openLaboratory } from './laboratory.ts'
import { activationRoutes, clockRoutes } from './routes/clock-routes.ts'
import { snapshotRoutes } from './routes/snapshot-routes.ts'
import { storedRoutes, worldRoutes } from './routes/world-routes.ts'
import { chosenWorld, enterWorld, isOwnCall, pathOfWorld } from './worlds/choose-world.ts'
import type { Held, Listening } from './worlds/held-world.ts'
import { createWorldOpener, type WorldOpenerParts } from './worlds/open-world.ts'

export interface TestControlsParts extends Omit<WorldOpenerParts, 'ownKey'> {
  readonly machine: Clock
  /** What a world has unless its request says otherwise. */
  readonly settings: WorldSettings
  /** The locked folder in which the default world is kept; in memory without it. */
  readonly folder: string | undefined
  newId(): string
  /** A random text. */
  newKey(): string
  /** A random integer from 0 on. */
  drawSeed(): number
  /** Serves one world at another port. Throws INVALID_PARAM if the port is taken. */
  listen(port: number, parts: ServerParts): Promise<Listening>
}

/** What a server needs to serve the worlds. */
export interface ServerParts {
  findWorld(request: IncomingMessage): World | undefined
  /** Takes the name of a world out of the path of a request. */
  enterWorld(request: IncomingMessage): string
  readonly interceptor: Interceptor
  /** `operations`: the names of operations that the service has. */
  moreRoutes(operations: ReadonlySet<string>): readonly Route[]
}

export interface TestControls extends ServerParts {
  /** Opens the default world; until then there is none. Throws whatever a world throws. */
  open(): Promise<OpenWorld>
  /** Ends what faults hold up and who follows a journal, so that the server can close. */
  endWaits(): void
  close(): Promise<void>
}

export function createTestControls(parts: TestControlsParts): TestControls {
  const { machine } = parts
  const stopping = new AbortController()
  const ownKey = parts.newKey()
  let laboratory: Laboratory | undefined
  const opened = (): Laboratory => {
    if (laboratory === undefined) throw new Error('A request got in before the worlds are open.')
    return laboratory
  }

  /** `ownPort`: the world that the port serves alone. */
  function serverParts(ownPort?: string): ServerParts {
    /** The worlds of requests under way. */
    const entered = new WeakMap<IncomingMessage, Held>()

    /** Throws INVALID_PARAM for two worlds, and NOT_FOUND for none. */
    function enter(request: IncomingMessage): Held | undefined {
      if (laboratory === undefined) return undefined
      const held = laboratory.require(chosenWorld(request, laboratory.byNumber, ownPort))
      entered.set(request, held)
      return held
    }

    function during<T>({ world }: Held, request: IncomingMessage, work: () => T) {
      return world.during(work, isOwnCall(request, ownKey))
    }

    const heldOf = ({ request }: Exchange) => entered.get(request.raw)
    const faults = createInterceptor((exchange) => {
      const held = heldOf(exchange)
      if (held === undefined) return undefined
      const { instruments, world } = held
      const findUnits: Watched['catalog']['findUnits'] = (ids) =>
        during(held, exchange.request.raw, () => world.storage().catalog.findUnits(ids))
      return { instruments, catalog: { findUnits } }
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
        if (held === undefined || exchange.route.config.isControl)
          return faults.handle(exchange, reply, handle)
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

    return {
      findWorld: (request) => (entered.get(request) ?? enter(request))?.world.world(),
      enterWorld,
      interceptor,
      moreRoutes(operations) {
        const controlsOf = ({ exchange }: { exchange: Exchange | null }) => {
          const { instruments, world } = opened().heldOf(contextOf(exchange))
          return { ...instruments, setActivation: world.setActivation }
        }
        const worldOf: Parameters<typeof clockRoutes>[0] = (context) => opened().heldOf(context).world
        const sleep = (ms: number, signal: AbortSignal) => machine.sleepUntil(machine.now() + ms, signal)
        return [
          ...worldRoutes(opened),
          ...storedRoutes(opened),
          ...clockRoutes(worldOf, sleep),
          ...activationRoutes(worldOf),
          ...snapshotRoutes(opened),
          ...faultRoutes(controlsOf),
          ...journalRoutes(controlsOf, () => operations),
        ]
      },
    }
  }

  return {
    ...serverParts(),
    async open() {
      laboratory = await openLaboratory({
        machine,
        folder: parts.folder === undefined ? undefined : openTestFolder(parts.folder, parts.log),
        settings: parts.settings,
        newId: parts.newId,
        newKey: parts.newKey,
        drawSeed: parts.drawSeed,
        stopping: stopping.signal,
        open: createWorldOpener({ ...parts, ownKey }),
        emptied: (image) => emptiedImage(image, machine),
        baseUrl: parts.baseUrl,
        listen: (id, port) => parts.listen(port, serverParts(id)),
      })
      return laboratory.require(defaultWorld).world.world()
    },
    endWaits: () => stopping.abort(),
    close: async () => laboratory?.close(),
  }
}

/** As in the header `Date`. */
function httpDate(at: number): string {
  return new Date(at).toUTCString()
}

function contextOf(exchange: Exchange | null) {
  if (exchange?.world === undefined) throw new Error('A control is used without a world.')
  return exchange.world.context
}
