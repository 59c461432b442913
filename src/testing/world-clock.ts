import type { ClientClock } from '../client/transport/clock.ts'
import type { Controls } from './controls.ts'
import { TestControlError } from './errors.ts'
import type { ClockState, DurationLike, Settled, WorldClock } from './types.ts'

export function createWorldClock(controls: Controls): WorldClock {
  const state = () => controls.call<ClockState>('GET', '/clock')
  const advance = (body: object) => controls.call<Settled>('POST', '/clock/advance', body)
  return {
    state,
    now: async () => new Date((await state()).now),
    async freeze(at) {
      await controls.call('PUT', '/clock', {
        mode: 'frozen',
        ...(at !== undefined && { at: instantText(at) }),
      })
    },
    async run({ offset, rate } = {}) {
      const later = offset === undefined ? undefined : durationText(offset)
      await controls.call('PUT', '/clock', { mode: 'running', offset: later, rate })
    },
    advance: (by) => advance({ by: durationText(by) }),
    advanceTo: (at) => advance({ to: instantText(at) }),
    toNextDue: () => advance({ toNextDue: true }),
  }
}

/** The time as the service reads it. Throws a `TestControlError` for a date that does not exist. */
export function instantText(at: Date | string): string {
  const date = new Date(at)
  if (!Number.isNaN(date.getTime())) return date.toISOString()
  throw new TestControlError(`This is no date: ${String(at)}`)
}

/** The duration as the service reads it. Throws a `TestControlError` for a negative one. */
export function durationText(duration: DurationLike): string {
  if (typeof duration === 'string') return duration
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = duration
  const all = ((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + milliseconds
  if (Number.isFinite(all) && all >= 0) return `PT${Math.round(all) / 1000}S`
  throw new TestControlError(`A clock moves by no such duration: ${JSON.stringify(duration)}`)
}

/** The longest time, in seconds, that one request waits for the clock of a world. */
const waitSeconds = 30

/**
 * The clock of a client whose pauses are those of the world. `world`: a pause ends when the clock of the world gets there.
 * `advance`: the pause itself moves it there.
 */
export function createSleep(controls: Controls, clock: WorldClock, how: 'world' | 'advance'): ClientClock {
  /** What pauses took on the clock of the world beyond what they took in truth. */
  let ahead = 0

  async function waitUntil(at: number, isOver: () => boolean): Promise<void> {
    const until = new Date(at).toISOString()
    for (let world = 0; !isOver() && world < at; ) {
      const view = await controls.call<ClockState>('POST', '/clock/wait', { until, wait: waitSeconds })
      world = Date.parse(view.now)
    }
  }

  async function pass(ms: number, isOver: () => boolean): Promise<void> {
    const at = (await clock.now()).getTime() + ms
    if (isOver()) return
    if (how === 'advance' && ms <= advancedPauseMaxMs) await clock.advanceTo(new Date(at))
    else await waitUntil(at, isOver)
  }

  return {
    // The client compares its times with each other only.
    now: () => Date.now() + ahead,
    after(ms, then) {
      const startedAt = Date.now()
      let isOver = false
      // Where the world is gone all time is: whoever waits goes on, and meets the reason at its next request.
      void pass(ms, () => isOver)
        .catch(() => {})
        .then(() => {
          if (isOver) return
          ahead += Math.max(0, ms - (Date.now() - startedAt))
          then()
        })
      return () => {
        isOver = true
      }
    },
  }
}

/** Pauses between attempts are shorter; a time limit must not move the clock. */
const advancedPauseMaxMs = 10_000
