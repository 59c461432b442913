/** The clock of a world. It moves only forward, on command or with the machine, and only a restore sets it back. */
import type { Clock } from '../../model/ports/clock.ts'
import { refuse } from '../../model/refusal.ts'

export interface WorldClock extends Clock {
  state(): ClockState
  /** Stops the clock now, or at a later time. Throws INVALID_PARAM for an earlier one. */
  freeze(at?: number): void
  /** Lets the clock run from its present time, or from a later one, with so many seconds for each of the machine. */
  run(options?: { offsetMs?: number; rate?: number }): void
  /** Moves the clock forward; those that sleep until then or less wake. A running clock runs on from there. */
  moveTo(at: number): void
  /** Sets the clock to an earlier state. Whatever sleeps must have been stopped before. */
  restore(state: ClockState): void
  /** When the first sleeper wakes; `undefined` if nothing sleeps until a time that comes. */
  nextWakeAt(): number | undefined
  /** Like `sleepUntil`, for those who only watch: the clock does not stop for them on its way. */
  reaches(at: number, signal: AbortSignal): Promise<void>
}

/** `rate`: absent while the clock is frozen. */
export interface ClockState {
  readonly now: number
  readonly rate: number | undefined
}

interface Sleeper {
  readonly at: number
  readonly isWatcher: boolean
  wake(): void
}

/** The last time that `Date` has, in milliseconds since the epoch. */
export const lastTime = 8.64e15

/** `machine`: what runs when the clock runs. A world without a sleeper has no timer. */
export function createWorldClock(machine: Clock, start: Partial<ClockState> = { rate: 1 }): WorldClock {
  let base = start.now ?? machine.now()
  let since = machine.now()
  let rate = start.rate
  const sleepers = new Set<Sleeper>()
  let timer = new AbortController()
  let timedFor = Number.POSITIVE_INFINITY

  const now = () => (rate === undefined ? base : Math.floor(base + (machine.now() - since) * rate))

  function change(at: number, newRate: number | undefined): void {
    base = at
    since = machine.now()
    rate = newRate
    stopTimer()
    wakeDue()
  }

  function stopTimer(): void {
    timer.abort()
    timedFor = Number.POSITIVE_INFINITY
  }

  function wakeDue(): void {
    const at = now()
    for (const sleeper of sleepers) {
      if (sleeper.at > at) continue
      sleepers.delete(sleeper)
      sleeper.wake()
    }
    setTimer()
  }

  /** One timer, for the first who wakes. */
  function setTimer(): void {
    const next = first(() => true)
    if (rate === undefined || next === undefined || next >= timedFor) return
    timer.abort()
    timer = new AbortController()
    timedFor = next
    const { signal } = timer
    void machine.sleepUntil(since + Math.ceil((next - base) / rate), signal).then(() => {
      if (signal.aborted) return
      timedFor = Number.POSITIVE_INFINITY
      wakeDue()
    })
  }

  function first(among: (sleeper: Sleeper) => boolean): number | undefined {
    let next = Number.POSITIVE_INFINITY
    for (const sleeper of sleepers) if (among(sleeper)) next = Math.min(next, sleeper.at)
    return next <= lastTime ? next : undefined
  }

  async function sleep(at: number, signal: AbortSignal | undefined, isWatcher: boolean): Promise<void> {
    if (at <= now() || signal?.aborted) return
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = {
        at,
        isWatcher,
        wake() {
          signal?.removeEventListener('abort', cancel)
          resolve()
        },
      }
      const cancel = () => {
        sleepers.delete(sleeper)
        if (sleepers.size === 0) stopTimer()
        resolve()
      }
      signal?.addEventListener('abort', cancel, { once: true })
      sleepers.add(sleeper)
      setTimer()
    })
  }

  return {
    now,
    state: () => ({ now: now(), rate }),
    sleepUntil: (at, signal) => sleep(at, signal, false),
    reaches: (at, signal) => sleep(at, signal, true),
    freeze(at = now()) {
      requireForward(now(), at)
      change(at, undefined)
    },
    run({ offsetMs = 0, rate: newRate = 1 } = {}) {
      const at = now() + offsetMs
      requireForward(now(), at)
      change(at, newRate)
    },
    moveTo(at) {
      requireForward(now(), at)
      change(at, rate)
    },
    restore: (state) => change(state.now, state.rate),
    nextWakeAt: () => first(({ isWatcher }) => !isWatcher),
  }
}

function requireForward(now: number, at: number): void {
  if (at >= now && at <= lastTime) return
  const shown = new Date(now).toISOString()
  const reason = at > lastTime ? 'that is beyond the last date' : 'the clock never runs backwards'
  throw refuse('INVALID_PARAM', `The world is at ${shown}, and ${reason}. A snapshot can be restored.`)
}
