/** The worlds of a service with test controls: it makes, finds, resets and removes them. */
import { refuse } from '../model/refusal.ts'
import { defaultWorld, type WorldRequest, type WorldSettings } from '../protocol/test-controls/worlds.ts'
import type { TestFolder } from './folder/test-folder.ts'
import { beginOf, beginOfDefault } from './worlds/begin.ts'
import { keysPerWorld, worldPath } from './worlds/choose-world.ts'
import type { Held, Listening } from './worlds/held-world.ts'
import { type HeldWorldParts, openHeldWorld } from './worlds/open-held-world.ts'
import { createRegistry, type Registry } from './worlds/registry.ts'
import { createSnapshots, type Snapshots, snapshotsInMemory } from './worlds/snapshots.ts'
import type { WorldState } from './worlds/test-world.ts'

export interface LaboratoryParts extends HeldWorldParts {
  /** The settings of a world unless its request says otherwise. */
  readonly settings: WorldSettings
  /** Where the default world is kept; in memory without it. */
  readonly folder: TestFolder | undefined
  /** The most worlds at once; 10,000. */
  readonly worldsMax?: number | undefined
  newId(): string
  /** Returns the image without enablements and account links. */
  emptied(image: Uint8Array): Promise<Uint8Array>
  /** Where requests go that name no world. */
  baseUrl(): string
  /** Serves a world at a port of its own. Throws INVALID_PARAM if the port is taken. */
  listen(id: string, port: number): Promise<Listening>
}

export interface Laboratory extends Pick<Registry, 'find' | 'require' | 'byNumber' | 'heldOf' | 'list'> {
  readonly snapshots: Snapshots
  urlOf(id: string): string
  /** Throws INVALID_PARAM if the ID is taken, there are too many worlds, or the catalog is invalid. */
  create(request: WorldRequest): Promise<Held>
  reset(held: Held, to: 'start' | 'empty'): Promise<void>
  /** Throws NOT_FOUND, and INVALID_PARAM for the default world. */
  remove(id: string): Promise<void>
  close(): Promise<void>
}

const idLength = 12

/** Opens the default world. */
export async function openLaboratory(parts: LaboratoryParts): Promise<Laboratory> {
  const { newId, settings, folder } = parts
  const now = () => parts.machine.now()
  const registry = createRegistry(parts.worldsMax)
  const snapshots = createSnapshots(newId, folder?.snapshots ?? snapshotsInMemory())
  const held: HeldWorldParts = {
    ...parts,
    async open(options) {
      const opened = await parts.open(options)
      registry.noteContext(options.id, opened.world.context)
      return opened
    },
  }

  /** The state of the default world when its folder was new, with the catalog of this start. */
  async function keptStart(firstSigningKey: number): Promise<WorldState | undefined> {
    const start = folder?.readStart()
    if (start === undefined) return undefined
    const { world } = await openHeldWorld(held, {
      id: defaultWorld,
      begin: start,
      catalog: undefined,
      firstSigningKey,
      takesCatalog: true,
    })
    const { image } = await world.state()
    await world.close()
    return { ...start, image }
  }

  const { start } = await registry.add(defaultWorld, async (number) => {
    const firstSigningKey = number * keysPerWorld
    return openHeldWorld(held, {
      id: defaultWorld,
      folder,
      start: await keptStart(firstSigningKey),
      begin: beginOfDefault({ settings, now }, folder?.readState()),
      catalog: undefined,
      firstSigningKey,
    })
  })
  folder?.writeStart(start)

  async function listen(world: Held, port: number): Promise<void> {
    try {
      world.port = await parts.listen(world.world.id, port)
    } catch (error) {
      await registry.take(world)
      throw error
    }
  }

  return {
    snapshots,
    find: registry.find,
    require: registry.require,
    byNumber: registry.byNumber,
    heldOf: registry.heldOf,
    list: registry.list,
    urlOf: (id) => parts.baseUrl() + worldPath(id),
    async create(request) {
      const { id = newId().slice(-idLength), catalog, port } = request
      const begin = await beginOf(request, { registry, snapshots, settings, now })
      const world = await registry.add(id, (number) =>
        openHeldWorld(held, { id, begin, catalog, firstSigningKey: number * keysPerWorld }),
      )
      if (port !== undefined) await listen(world, port)
      return world
    },
    async reset({ world, start, instruments }, to) {
      await world.restore(to === 'empty' ? { ...start, image: await parts.emptied(start.image) } : start)
      instruments.faults.clear()
      instruments.note('reset')
    },
    async remove(id) {
      if (id === defaultWorld) throw refuse('INVALID_PARAM', 'The default world cannot be removed. Reset it.')
      await registry.take(registry.require(id))
    },
    async close() {
      await Promise.all(registry.list().map(registry.take))
    },
  }
}
