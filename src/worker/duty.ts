/**
 * One duty of the background step. It runs, asks when the next work is due, and sleeps until then or until it learns of
 * earlier work. A failed run is logged and retried after growing pauses.
 */
import type { Context } from '../model/ports/context.ts'

export interface Duty {
  readonly name: string
  /** Does the due work in bounded steps; stops when the signal aborts. */
  run(signal: AbortSignal): Promise<unknown>
  /** Whether the first run waits until work is due, which `nextDueAt` knows from the start. */
  readonly looksFirst?: boolean
  /** When to run again; `undefined` for not before `restMs`. */
  nextDueAt(): Promise<number | undefined>
  /** The longest sleep: after it, the duty finds work that another node left behind. */
  readonly restMs: number
  /** The shortest pause between two runs, so that frequent work is done together. */
  readonly pauseMs: number
}

export interface RunningDuty {
  wake(at: number): void
  /** Resolves when no work that the duty knows of is due now. Until then it makes no pauses, except after a failure. */
  settled(): Promise<void>
  /** Resolves after the current run. */
  stop(): Promise<void>
}

const failurePauseMaxMs = 30_000

export function startDuty(context: Pick<Context, 'now' | 'sleepUntil' | 'log'>, duty: Duty): RunningDuty {
  const stopping = new AbortController()
  let sleeping = new AbortController()
  let dueAt = Number.POSITIVE_INFINITY
  /** The duty rests from `restsFrom` on, even if it learns of due work. */
  let restsFrom = 0
  let restsUntil = 0
  let failures = 0
  /** Called when nothing is due. */
  let waiting: (() => void)[] = []

  async function runOnce(run: Duty['run'] = duty.run): Promise<void> {
    dueAt = Number.POSITIVE_INFINITY
    rest(duty.pauseMs)
    try {
      await run(stopping.signal)
      wake((await duty.nextDueAt()) ?? Number.POSITIVE_INFINITY)
      failures = 0
    } catch (error) {
      failures += 1
      rest(Math.min(1000 * 2 ** (failures - 1), failurePauseMaxMs))
      dueAt = restsUntil
      context.log.error({ err: error, duty: duty.name }, 'A background duty failed and will be retried')
    }
    dueAt = Math.min(dueAt, context.now() + duty.restMs)
  }

  async function loop(): Promise<void> {
    if (duty.looksFirst) await runOnce(async () => {})
    else await runOnce()
    while (!stopping.signal.aborted) {
      while (!stopping.signal.aborted && context.now() < wakeAt()) {
        reportSettled()
        sleeping = new AbortController()
        await context.sleepUntil(wakeAt(), sleeping.signal)
      }
      if (!stopping.signal.aborted) await runOnce()
    }
    reportSettled()
  }

  function rest(ms: number): void {
    restsFrom = context.now()
    restsUntil = restsFrom + ms
  }

  function wakeAt(): number {
    // A clock that was set back must not extend the rest.
    const isResting = context.now() >= restsFrom && (waiting.length === 0 || failures > 0)
    return isResting ? Math.max(dueAt, restsUntil) : dueAt
  }

  function reportSettled(): void {
    for (const report of waiting) report()
    waiting = []
  }

  function wake(at: number): void {
    const before = wakeAt()
    dueAt = Math.min(dueAt, at)
    // A wake-up in the past is still pending if the clock has just jumped over it.
    if (wakeAt() >= before && context.now() < before) return
    sleeping.abort()
  }

  const ended = loop()
  return {
    wake,
    settled() {
      if (stopping.signal.aborted) return ended
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      sleeping.abort()
      return promise
    },
    async stop() {
      stopping.abort()
      sleeping.abort()
      await ended
    },
  }
}
