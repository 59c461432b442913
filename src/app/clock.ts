/**
 * The clock of a service. Everything uses the same clock: token expiry, due times, leases, throttle windows. A test can
 * replace it; no other file reads the machine's time or sets a timer on it.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../model/ports/clock.ts'

export type { Clock }

/** The times from which a clock is derived, in milliseconds. */
export interface MachineTime {
  /** Since the epoch; the machine may set it forward or back. */
  wall(): number
  /** Only grows, but may stand still while the machine sleeps. */
  elapsed(): number
}

/** The longest delay, in milliseconds, until a sleeper notices that the clock was set forward or that the machine slept. */
const longestSleepMs = 1000
/** The share by which the clock is slower after the machine's clock was set back, until both agree. */
const slowedBy = 0.1

const machine: MachineTime = { wall: () => Date.now(), elapsed: () => performance.now() }

/**
 * A clock that follows the machine's clock when that is set forward, and never runs backwards: after the machine's clock
 * is set back, it runs a tenth slower until both agree. Its sleepers do not keep the process alive.
 */
export function createClock({ wall, elapsed }: MachineTime = machine): Clock {
  let lastElapsed = elapsed()
  /** The difference between this clock and the elapsed time. */
  let offset = wall() - lastElapsed

  function now(): number {
    const at = elapsed()
    offset = Math.max(wall() - at, offset - (at - lastElapsed) * slowedBy)
    lastElapsed = at
    return Math.floor(at + offset)
  }

  return {
    now,
    async sleepUntil(at, signal) {
      for (let left = at - now(); left > 0 && !signal?.aborted; left = at - now()) {
        // Rejects only when the signal aborts, which also ends the sleep.
        await wait(Math.min(left, longestSleepMs), undefined, {
          ref: false,
          ...(signal && { signal }),
        }).catch(() => {})
      }
    },
  }
}

/** The clock of this process. */
export const systemClock: Clock = createClock()

/** Keeps the process alive until the work has ended, even while all of it sleeps. */
export async function stayAwakeFor<T>(work: Promise<T>): Promise<T> {
  const heartbeat = setInterval(() => {}, longestSleepMs)
  try {
    return await work
  } finally {
    clearInterval(heartbeat)
  }
}
