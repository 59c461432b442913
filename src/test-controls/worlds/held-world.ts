import type { Instruments } from '../instruments.ts'
import type { TestWorld, WorldState } from './test-world.ts'

/** A world with its fault rules and its journal. */
export interface Held {
  readonly world: TestWorld
  readonly instruments: Instruments
  /** The state in which it was created. */
  readonly start: WorldState
  /** The port of its own. */
  port: Listening | undefined
}

/** A server at a port of its own. */
export interface Listening {
  readonly url: string
  close(): Promise<void>
}
