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
import { journalRoutes } from './journal/journal-routes.ts'
import { type Laboratory, openLaboratory } from './laboratory.ts'
import { activationRoutes, clockRoutes } from './routes/clock-routes.ts'
import { snapshotRoutes } from './routes/snapshot-routes.ts'
import { storedRoutes, worldRoutes } from './routes/world-routes.ts'
import { enterWorld } from './worlds/choose-world.ts'
import { createEntrance } from './worlds/entrance.ts'
import type { Listening } from './worlds/held-world.ts'
import { createWorldOpener, type WorldOpenerParts } from './worlds/open-world.ts'

export interface TestControlsParts extends Omit<WorldOpenerParts, 'ownKey'> {
  readonly machine: Clock
  /** The settings of a world unless its request says otherwise. */
  readonly settings: WorldSettings
  /** The locked folder in which the default world is kept; in memory without it. */
  readonly folder: string | undefined
  /** The most worlds at once; 10,000. */
  readonly worldsMax?: number | undefined
  newId(): string
  /** A random text. */
  newKey(): string
  /** A random integer from 0 on. */
  drawSeed(): number
  /** Serves one world at another port. Throws INVALID_PARAM if the port is taken. */
  listen(port: number, parts: ServerParts): Promise<Listening>
}

/** The parts of a server that serves the worlds. */
export interface ServerParts {
  findWorld(request: IncomingMessage): World | undefined
  /** Returns the world of what names none, once it is open. */
  findUnnamed(): World | undefined
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
    const worlds = { find: () => laboratory, ownKey, ownPort }
    return {
      ...createEntrance(worlds),
      findUnnamed: () => laboratory?.find(ownPort ?? defaultWorld)?.world.world(),
      enterWorld,
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
        worldsMax: parts.worldsMax,
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

function contextOf(exchange: Exchange | null) {
  if (exchange?.world === undefined) throw new Error('A control is used without a world.')
  return exchange.world.context
}
