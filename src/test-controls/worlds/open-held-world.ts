/** Opens a world with its fault rules and its journal, and with signing keys that it keeps when it is taken to another state. */
import type { Clock } from '../../model/ports/clock.ts'
import type { KeyRecord } from '../../model/ports/storage.ts'
import type { WorldSettings } from '../../protocol/test-controls/worlds.ts'
import type { TestFolder } from '../folder/test-folder.ts'
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
  /** The content; without it the database of the folder, or a new one. */
  readonly image: Uint8Array | undefined
  /** The folder of its database, whose image is staged there; in memory without it. */
  readonly folder: string | undefined
  /** Whether it gets a catalog. */
  readonly isNew: boolean
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
  /** Where it is kept; in memory without it. */
  readonly folder?: TestFolder | undefined
  /** Whether it gets the catalog even though it begins with an image. */
  readonly takesCatalog?: boolean
  /** The state that it is reset to; without it, the state that it begins with. */
  readonly start?: WorldState | undefined
  readonly begin: WorldStart
  readonly catalog: unknown
  readonly firstSigningKey: number
}

export async function openHeldWorld(
  { machine, newKey, drawSeed, stopping, open }: HeldWorldParts,
  { id, begin, catalog, firstSigningKey, ...given }: NewWorld,
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
  const { folder, start, takesCatalog = begin.image === undefined } = given
  const world: TestWorld = await openTestWorld(
    {
      id,
      machine,
      ending,
      kept: folder && {
        stage: folder.stage,
        write: (state) => folder.writeState({ ...state, writtenAt: machine.now() }),
      },
      open: (image, { signingKeys = [], ...on }) =>
        open({
          id,
          ...on,
          instruments,
          image,
          folder: folder?.path,
          isNew: signingKeys.length === 0 && takesCatalog,
          catalog,
          signingKeys,
          firstSigningKey,
        }),
    },
    begin,
  )
  // What is made from an image shares it.
  return {
    world,
    instruments,
    start: start ?? (hasImage(begin) ? begin : await world.state()),
    port: undefined,
  }
}

function hasImage(begin: WorldStart): begin is WorldState {
  return begin.image !== undefined
}
