/**
 * One duty of the background step, at its own pace: it runs, looks when something is due next, and sleeps until then
 * or until it is told that something is due sooner. A failure is logged and tried again with growing pauses.
 */
import type { Context } from '../model/ports/context.ts'

export interface Duty {
  readonly name: string
  /** Does what is due, in bounded steps; goes on only until the signal aborts. */
  run(signal: AbortSignal): Promise<unknown>
  /** When it is worth running again; `undefined` for not before `restMs`. */
  nextDueAt(): Promise<number | undefined>
  /** The longest sleep: what another node left behind is found after it. */
  readonly restMs: number
  /** The shortest pause between two runs, so that what comes in quick succession is done together. */
  readonly pauseMs: number
}

export interface RunningDuty {
  wake(at: number): void
  /** Ends after the run that is under way. */
  stop(): Promise<void>
}

const failurePauseMaxMs = 30_000

export function startDuty(context: Pick<Context, 'now' | 'sleepUntil' | 'log'>, duty: Duty): RunningDuty {
  const stopping = new AbortController()
  let sleeping = new AbortController()
  let wakeAt = Number.POSITIVE_INFINITY
  /** It rests from the one to the other, however often it is told that something is due. */
  let restsFrom = 0
  let restsUntil = 0
  let failures = 0

  async function runOnce(): Promise<void> {
    wakeAt = Number.POSITIVE_INFINITY
    rest(duty.pauseMs)
    try {
      await duty.run(stopping.signal)
      wake((await duty.nextDueAt()) ?? Number.POSITIVE_INFINITY)
      failures = 0
    } catch (error) {
      failures += 1
      rest(Math.min(1000 * 2 ** (failures - 1), failurePauseMaxMs))
      wakeAt = restsUntil
      context.log.error({ err: error, duty: duty.name }, 'A background duty failed and will be tried again')
    }
    wakeAt = Math.min(wakeAt, context.now() + duty.restMs)
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await runOnce()
      while (!stopping.signal.aborted && context.now() < wakeAt) {
        sleeping = new AbortController()
        await context.sleepUntil(wakeAt, sleeping.signal)
      }
    }
  }

  function rest(ms: number): void {
    restsFrom = context.now()
    restsUntil = restsFrom + ms
  }

  function wake(at: number): void {
    // A clock that was set back must not make the rest longer.
    const soonest = context.now() < restsFrom ? at : Math.max(at, restsUntil)
    // A wake-up whose time has passed is still to come when the clock has just jumped over it.
    if (soonest >= wakeAt && context.now() < wakeAt) return
    wakeAt = Math.min(wakeAt, soonest)
    sleeping.abort()
  }

  const ended = loop()
  return {
    wake,
    async stop() {
      stopping.abort()
      sleeping.abort()
      await ended
    },
  }
}
