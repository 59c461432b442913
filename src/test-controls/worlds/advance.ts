/** Moves the clock of a world from one due time to the next, and waits for what is due at each. */
import type { Clock } from '../../model/ports/clock.ts'
import { refuse } from '../../model/refusal.ts'
import type { Settled } from '../../protocol/test-controls/clock.ts'
import type { OpenWorld } from '../../world/world.ts'
import type { WorldClock } from './world-clock.ts'

/** How long the background may work on one step, in milliseconds of the machine. */
const stepMs = 10_000
/** How many times the clock may stop on its way. */
const stepsMax = 10_000
/** Upkeep runs when the clock passes a multiple of this, in milliseconds. */
const upkeepMs = 3_600_000

export interface Moved {
  readonly clock: WorldClock
  /** The clock of the machine. */
  readonly machine: Clock
  readonly world: Pick<OpenWorld, 'settled' | 'upkeep'>
  /** Aborts when the world is removed. */
  readonly ending: AbortSignal
}

/**
 * Resolves when no background work is due. Throws SERVICE_UNAVAILABLE if that takes longer than 10 s of the machine, or if the world
 * is removed.
 */
export async function settle({ clock, machine, world, ending }: Moved): Promise<void> {
  const over = new AbortController()
  const until = AbortSignal.any([over.signal, ending])
  const late = machine.sleepUntil(machine.now() + stepMs, until).then(() => 'late')
  const outcome = await Promise.race([world.settled().then(() => 'settled'), late])
  over.abort()
  if (outcome === 'settled') return
  if (ending.aborted) throw refuse('SERVICE_UNAVAILABLE', 'The world is being removed.')
  throw refuse(
    'SERVICE_UNAVAILABLE',
    `Background work of the world has not ended within ${stepMs / 1000} s, such as a request to a token server that does not answer. The clock is at ${textOf(clock.now())}.`,
  )
}

/**
 * Resolves when the clock is there and nothing that was due on the way is left. Throws INVALID_PARAM after 10,000 stops, and what
 * `settle` throws; the clock stays where it is then.
 */
export async function advance(moved: Moved, target: number): Promise<Settled> {
  const { clock } = moved
  const from = clock.now()
  let steps = 0
  await settle(moved)
  for (let next = clock.nextWakeAt(); next !== undefined && next <= target; next = clock.nextWakeAt()) {
    steps += 1
    if (steps > stepsMax) {
      throw refuse(
        'INVALID_PARAM',
        `The clock has stopped ${stepsMax} times for work that comes again and again. It is at ${textOf(clock.now())}: advance in smaller steps.`,
      )
    }
    clock.moveTo(Math.max(next, clock.now()))
    await settle(moved)
  }
  // A running clock may be past the target by now.
  clock.moveTo(Math.max(target, clock.now()))
  await settle(moved)
  if (Math.floor(clock.now() / upkeepMs) > Math.floor(from / upkeepMs)) await moved.world.upkeep()
  return { now: textOf(clock.now()), steps }
}

function textOf(at: number): string {
  return new Date(at).toISOString()
}
