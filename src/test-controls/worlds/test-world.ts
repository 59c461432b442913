/**
 * A world of the test controls: a world that can be moved in time, copied, and taken back to an earlier state. What
 * it is replaced by when it is taken back has the same ID, journal and fault rules.
 */
import type { Clock } from '../../model/ports/clock.ts'
import type { KeyRecord, Storage } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import type { Activation, Settled } from '../../protocol/test-controls/clock.ts'
import type { WorldSettings } from '../../protocol/test-controls/worlds.ts'
import type { OpenWorld } from '../../world/world.ts'
import { pastFaults } from '../requests/scope.ts'
import { type ActivationState, createActivation, type WorldActivation } from './activation.ts'
import { advance, settle } from './advance.ts'
import { createTurns } from './turns.ts'
import { type ClockState, createWorldClock, type WorldClock } from './world-clock.ts'

/** The state of a world besides its database. */
export interface MovingState {
  readonly clock: ClockState
  readonly activation: ActivationState
  readonly settings: WorldSettings
}

/** The start of a world. */
export interface WorldStart extends MovingState {
  /** The bytes of a database. Without it the world opens the one that it has, or makes a new one. */
  readonly image?: Uint8Array
}

/** Everything that a snapshot has. */
export interface WorldState extends MovingState {
  readonly image: Uint8Array
}

/** A storage and what runs on it. */
export interface OpenedWorld {
  readonly world: OpenWorld
  /** The storage itself, past faults and the counting of reads. */
  readonly storage: Storage
  image(): Uint8Array
}

export interface TestWorldParts {
  readonly id: string
  /** The clock of the machine. */
  readonly machine: Clock
  /** Aborted when the world is removed. */
  readonly ending: AbortController
  /** Where a world that outlives the process keeps what is not in its database. */
  readonly kept?: KeptParts | undefined
  /** Opens a world on the image of a database, or on the one that it has. */
  open(image: Uint8Array | undefined, on: OpenedOn): Promise<OpenedWorld>
}

interface OpenedOn {
  readonly clock: Clock
  readonly activation: WorldActivation
  readonly settings: WorldSettings
  /** Those that the world has already, when it is taken to another state. */
  readonly signingKeys?: readonly KeyRecord[]
}

/** Throw if the disk does not take it. */
export interface KeptParts {
  /** Prepares the replacement of the database, while it is open. */
  stage(image: Uint8Array): void
  write(state: MovingState): void
}

/** The next event. */
export interface Due {
  readonly at: number
  readonly what: string
}

export interface TestWorld {
  readonly id: string
  /** On the clock of the machine, in milliseconds since the epoch. */
  readonly createdAt: number
  readonly clock: Pick<WorldClock, 'now' | 'state' | 'reaches'>
  readonly activation: Pick<WorldActivation, 'current'>
  settings(): WorldSettings
  /** Stops the clock now, or at a later time. Throws INVALID_PARAM for an earlier one. */
  freeze(at?: number): void
  /** Lets the clock run from its present time, or from a later one. Throws INVALID_PARAM for an earlier one. */
  run(options: Parameters<WorldClock['run']>[0]): void
  /** For enablements that are written from now on. */
  setActivation(activation: Activation): void
  /** Makes held enablements `ENABLED` now, and returns how many. */
  release: WorldActivation['release']
  /** The world that answers requests now. */
  world(): OpenWorld
  /** The storage itself, past faults and the counting of reads. */
  storage(): Storage
  /** Aborts when the world is removed. */
  readonly ending: AbortSignal
  /**
   * Runs the work of a request, after a command that takes the world to another state. `isOwn`: the world itself sent the request
   * and waits for it. Throws NOT_FOUND when the world is removed.
   */
  during<T>(work: () => T, isOwn?: boolean): T | Promise<Awaited<T>>
  /**
   * Moves the clock to a time, from one due time to the next, and resolves when everything that was due on the way is done. Throws
   * INVALID_PARAM for an earlier time, and SERVICE_UNAVAILABLE when work does not end within 10 s of the machine.
   */
  advance(to: number): Promise<Settled>
  /** When the background or an activation has something to do next. */
  nextDue(): Promise<Due | undefined>
  isSettled(): Promise<boolean>
  /** Takes a copy between two commits, while no background work runs. */
  state(): Promise<WorldState>
  /** Takes the world to another state, when no request is at work any more. Later requests wait until it is done. */
  restore(state: WorldState): Promise<void>
  /** Ends everything that waits, and closes. */
  close(): Promise<void>
}

export async function openTestWorld(parts: TestWorldParts, start: WorldStart): Promise<TestWorld> {
  const { id, machine, ending } = parts
  const clock = createWorldClock(machine, start.clock)
  const activation = createActivation(
    () => opened.storage.enablements,
    () => clock.now(),
    start.activation,
  )
  let settings = start.settings
  let opened = await parts.open(start.image, { clock, activation, settings })
  let signingKeys: readonly KeyRecord[] = []
  const turns = createTurns(() => {
    if (ending.signal.aborted) throw gone(id)
  })
  const moving = () => ({ clock: clock.state(), activation: activation.state(), settings })
  const keep = (later?: number) =>
    parts.kept?.write({
      ...moving(),
      ...(later !== undefined && { clock: { ...clock.state(), now: later } }),
    })
  const moved = {
    clock,
    machine,
    ending: ending.signal,
    get world() {
      return opened.world
    },
  }

  async function replace(state: WorldState): Promise<void> {
    parts.kept?.stage(state.image)
    // After an attempt that has failed the storage is closed, and its keys are known.
    signingKeys = await signingKeysOf(opened).catch(() => signingKeys)
    // Whatever sleeps on the clock wakes by its own signal, before the clock is set back.
    await opened.world.close()
    clock.restore(state.clock)
    activation.restore(state.activation)
    settings = state.settings
    opened = await parts.open(state.image, { clock, activation, settings, signingKeys })
    keep()
  }

  /** A world that is killed on the way opens at the end of it, and does there what was due. */
  async function advanceTo(to: number): Promise<Settled> {
    keep(to)
    try {
      return await advance(moved, to)
    } finally {
      keep()
    }
  }

  return {
    id,
    createdAt: machine.now(),
    clock,
    activation,
    ending: ending.signal,
    settings: () => settings,
    freeze(at) {
      clock.freeze(at)
      keep()
    },
    run(options) {
      clock.run(options)
      keep()
    },
    setActivation(wanted) {
      activation.set(wanted)
      keep()
    },
    world: () => opened.world,
    storage: () => opened.storage,
    during: (work, isOwn = false) => (isOwn ? turns.ownRequest(work) : turns.request(work)),
    advance(to) {
      // A time that is past is invalid, whatever is under way.
      if (to < clock.now()) clock.moveTo(to)
      return turns.command(() => advanceTo(to))
    },
    release: async (which, call) => turns.request(() => activation.release(which, call)),
    nextDue: async () =>
      turns.request(async () =>
        earlier(await opened.storage.enablements.nextActivation(clock.now()), clock.nextWakeAt()),
      ),
    isSettled: async () =>
      turns.request(() => Promise.race([opened.world.settled().then(() => true), nextTurn(false)])),
    state: () =>
      turns.command(async () => {
        await settle(moved)
        return { image: opened.image(), ...moving() }
      }),
    restore: (state) => turns.command(() => turns.change(() => replace(state))),
    async close() {
      ending.abort()
      await turns.idle()
      await opened.world.close()
    },
  }
}

async function signingKeysOf({ storage }: OpenedWorld): Promise<readonly KeyRecord[]> {
  const keys = await pastFaults(() => storage.keys.list())
  return keys.filter(({ purpose }) => purpose === 'sign')
}

function earlier(activationAt: number | undefined, workAt: number | undefined): Due | undefined {
  if (activationAt !== undefined && (workAt === undefined || activationAt <= workAt))
    return { at: activationAt, what: 'activate' }
  return workAt === undefined ? undefined : { at: workAt, what: 'background work' }
}

function nextTurn<T>(value: T): Promise<T> {
  return new Promise((resolve) => {
    setImmediate(resolve, value)
  })
}

/** For a request that comes too late. */
export function gone(id: string) {
  return refuse('NOT_FOUND', `There is no world ${id}.`)
}
