import type { Controls } from './controls.ts'
import { TestControlError } from './errors.ts'

/** An ISO 8601 duration such as `PT1H`, or its parts, which add up. */
export type DurationLike =
  | string
  | {
      readonly days?: number
      readonly hours?: number
      readonly minutes?: number
      readonly seconds?: number
      readonly milliseconds?: number
    }

/**
 * The clock of a world: expiry of tokens and codes, `ENABLING`, renewal of links, throttle, log, the header `Date`. It never
 * runs backwards, except when a snapshot is restored. Sockets and TLS use real time.
 */
export interface WorldClock {
  now(): Promise<Date>
  state(): Promise<ClockState>
  /** Stops the clock, now or at a later time. */
  freeze(at?: Date | string): Promise<void>
  /** Lets the clock run on, from so much later (`offset`), and `rate` times as fast as the machine's. */
  run(options?: { readonly offset?: DurationLike; readonly rate?: number }): Promise<void>
  /**
   * Moves the clock, and resolves when everything that became due on the way is done. Rejects with a `TestControlError`
   * that names the work if it does not end within 10 s of real time.
   */
  advance(by: DurationLike): Promise<Settled>
  advanceTo(at: Date | string): Promise<Settled>
  /** Advances to the next time at which background work or an activation is due. Rejects if nothing is due. */
  toNextDue(): Promise<Settled>
}

export interface ClockState {
  readonly mode: 'frozen' | 'running'
  readonly now: string
  /** Seconds of the world for each second of the machine; absent while the clock is frozen. */
  readonly rate?: number
  /** The next due work, such as `activate`. */
  readonly nextDue?: { readonly at: string; readonly what: string }
  /** Whether nothing that is due is left to do. */
  readonly settled: boolean
}

export interface Settled {
  readonly now: string
  /** How many times the clock stopped on its way to let work be done. */
  readonly steps: number
}

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
    advance: async (by) => advance({ by: durationText(by) }),
    advanceTo: async (at) => advance({ to: instantText(at) }),
    toNextDue: () => advance({ toNextDue: true }),
  }
}

/** The time as the service reads it. Throws a `TestControlError` for a date that does not exist. */
export function instantText(at: Date | string): string {
  const date = new Date(at)
  if (!Number.isNaN(date.getTime())) return date.toISOString()
  throw new TestControlError(`This is not a date: ${String(at)}`)
}

const unitsMs = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
} as const

/** The duration as the service reads it. Throws a `TestControlError` for what is none, or is negative. */
function durationText(duration: DurationLike): string {
  if (typeof duration === 'string') return duration
  if (typeof duration !== 'object' || duration === null) throw noDuration(duration)
  let ms = 0
  for (const [unit, count] of Object.entries(duration)) {
    if (!isUnit(unit) || typeof count !== 'number') throw noDuration(duration)
    ms += count * unitsMs[unit]
  }
  if (!Number.isFinite(ms) || ms < 0) throw noDuration(duration)
  return `PT${(Math.round(ms) / 1000).toFixed(3)}S`
}

function isUnit(name: string): name is keyof typeof unitsMs {
  return Object.hasOwn(unitsMs, name)
}

function noDuration(given: unknown): TestControlError {
  const example = `{ ${Object.keys(unitsMs)
    .map((unit) => `${unit}: 1`)
    .join(', ')} }`
  return new TestControlError(`A clock moves by 'PT1H' or ${example}, not by ${JSON.stringify(given)}.`)
}
