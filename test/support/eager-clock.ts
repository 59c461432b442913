import type { ClientClock } from '../../src/client/index.ts'

/** A clock of a client on which pauses take no time, and time limits end when the test says so. */
export interface EagerClock extends ClientClock {
  /** The pauses so far, in milliseconds. */
  readonly pauses: number[]
  moveBy(ms: number): void
  /** Ends the time limits that run. */
  endLimits(): void
}

/** What is shorter than a client's limit for an attempt is a pause. */
const limitMs = 15_000

export function createEagerClock(startAt = Date.UTC(2026, 0, 1, 12)): EagerClock {
  let now = startAt
  const pauses: number[] = []
  const limits = new Set<{ readonly at: number; readonly then: () => void }>()
  return {
    pauses,
    now: () => now,
    after(ms, then) {
      if (ms >= limitMs) {
        const limit = { at: now + ms, then }
        limits.add(limit)
        return () => void limits.delete(limit)
      }
      pauses.push(ms)
      const turn = setImmediate(() => {
        now += ms
        then()
      })
      return () => clearImmediate(turn)
    },
    moveBy(ms) {
      now += ms
    },
    endLimits() {
      const running = [...limits]
      limits.clear()
      for (const { at, then } of running) {
        now = Math.max(now, at)
        then()
      }
    },
  }
}
