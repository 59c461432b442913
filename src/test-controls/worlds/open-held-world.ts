/** Opens a world with its fault rules and its journal, and with signing keys that it keeps when it is taken to another state. */
import type { Clock } from '../../model/ports/clock.ts'
import type { KeyRecord } from '../../model/ports/storage.ts'
import type { WorldSettings } from '../../protocol/test-controls/worlds.ts'
import { createInstruments, type Instruments } from '../instruments.ts'
import type { WorldActivation } from './activation.ts'
import type { Held } from './held-world.ts'
import {
  type OpenedWorld,
  openTestWorld,
  type TestWorld,
  type WorldStart,
  type WorldState,
} from './test-world.ts'

/** How a world of the laboratory is opened. */
export interface OpenOptions {
  readonly id: string
  readonly clock: Clock
  readonly activation: WorldActivation
  readonly settings: WorldSettings
  readonly instruments: Instruments
  /** What it has; a new database with a catalog without it. */
  readonly image: Uint8Array | undefined
  /** The catalog of a new database; that of the service without it. */
  readonly catalog: unknown
  /** The signing keys that the world has already, in the place of those in the image, which may be another world's. */
  readonly signingKeys: readonly KeyRecord[]
  /** Without signing keys the first one has this number. */
  readonly firstSigningKey: number
}

export interface HeldWorldParts {
  /** The clock of the machine. */
  readonly machine: Clock
  /** A random text. */
  newKey(): string
  /** A random integer from 0 on. */
  drawSeed(): number
  /** Aborts when the service begins to stop. */
  readonly stopping: AbortSignal
  /** Throws INVALID_PARAM for an invalid catalog. */
  open(options: OpenOptions): Promise<OpenedWorld>
}

interface NewWorld {
  readonly id: string
  readonly begin: WorldStart
  readonly catalog: unknown
  readonly firstSigningKey: number
}

export async function openHeldWorld(
  { machine, newKey, drawSeed, stopping, open }: HeldWorldParts,
  { id, begin, catalog, firstSigningKey }: NewWorld,
): Promise<Held> {
  const ending = new AbortController()
  const instruments = createInstruments({
    world: id,
    key: newKey(),
    now: () => world.clock.now(),
    machine,
    ending: AbortSignal.any([ending.signal, stopping]),
    isFrozen: () => world.clock.state().rate === undefined,
    drawSeed,
  })
  let signingKeys: readonly KeyRecord[] = []
  const world: TestWorld = await openTestWorld(
    {
      id,
      machine,
      ending,
      async open(image, on) {
        const opened = await open({ id, ...on, instruments, image, catalog, signingKeys, firstSigningKey })
        signingKeys = (await opened.storage.keys.list()).filter(({ purpose }) => purpose === 'sign')
        return opened
      },
    },
    begin,
  )
  // What is made from an image shares it.
  return { world, instruments, start: hasImage(begin) ? begin : await world.state(), port: undefined }
}

function hasImage(begin: WorldStart): begin is WorldState {
  return begin.image !== undefined
}
