/** The clock of a client whose pauses are those of a world. Its time limits are real, since they are for the connection. */
import { type ClientClock, systemClock } from '../client/transport/clock.ts'
import type { Controls } from './controls.ts'
import type { ClockState, WorldClock } from './world-clock.ts'

/** The longest time, in seconds, that one request waits for the clock of a world. */
const waitSeconds = 30

/** `world`: a pause ends when the clock of the world gets there. `advance`: the pause moves the clock there. */
export function createClientClock(
  controls: Controls,
  clock: WorldClock,
  sleep: 'world' | 'advance',
): ClientClock {
  /** How many milliseconds longer the pauses took on the clock of the world than in real time. */
  let aheadMs = 0

  async function pass(ms: number, signal: AbortSignal): Promise<void> {
    const at = (await clock.now()).getTime() + ms
    const until = new Date(at)
    if (signal.aborted) return
    if (sleep === 'advance') return void (await clock.advanceTo(until))
    const body = { until: until.toISOString(), wait: waitSeconds }
    for (let worldAt = 0; worldAt < at; ) {
      const view = await controls.call<ClockState>('POST', '/clock/wait', body, signal)
      worldAt = Date.parse(view.now)
    }
  }

  return {
    now: () => systemClock.now() + aheadMs,
    after: systemClock.after,
    pauseFor(ms, end) {
      const startedAt = systemClock.now()
      const calledOff = new AbortController()
      const wake = () => {
        if (calledOff.signal.aborted) return
        aheadMs += Math.max(0, ms - (systemClock.now() - startedAt))
        end()
      }
      // If the world is gone, so is its time: the client continues, and its next request reports the reason.
      void pass(ms, calledOff.signal).then(wake, wake)
      return () => calledOff.abort()
    },
  }
}
