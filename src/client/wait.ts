/** Asks again and again until units are enabled, with pauses that grow. The service has no way to tell by itself. */
import { type ClientClock, pause, startTimeLimit } from './clock.ts'
import type { Enablement } from './enablement.ts'
import { AbortError, ApiError, isPassing, SkillsError } from './errors.ts'
import type { CallOptions } from './options.ts'

/** `timeoutMs` is the deadline of the whole (120,000); the rest is that of each request. */
export interface WaitOptions extends CallOptions {
  /** The pause after the first look (200); it doubles with each one that finds something missing. */
  readonly intervalMs?: number
  /** The pause is never longer (5000). */
  readonly intervalMaxMs?: number
}

export interface WaitManyOptions extends WaitOptions {
  /** Requests at the same time (4). */
  readonly concurrency?: number
  /** Told after each look. */
  readonly onProgress?: (progress: WaitProgress) => void
}

export interface WaitProgress {
  readonly enabled: number
  readonly total: number
}

/** A unit that was not enabled when the time was over. */
export interface MissingUnit {
  readonly unitId: string
  /** At the last look: under way, another stage, not there at all, or not known since the service did not answer. */
  readonly state: 'ENABLING' | 'OTHER_STAGE' | 'ABSENT' | 'UNKNOWN'
}

/** The time was over before all was enabled; `cause` is the last failure to ask, if there was one. */
export class WaitTimeoutError extends SkillsError {
  override name = 'WaitTimeoutError'
  readonly missing: readonly MissingUnit[]

  constructor(missing: readonly MissingUnit[], cause: unknown) {
    const first = missing[0]
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
    super(`Not enabled in time: ${first?.unitId} (${first?.state})${more}.`, { operation: 'get', cause })
    this.missing = missing
  }
}

export interface Wait {
  readonly unitIds: Iterable<string>
  /** The stage that must be enabled; any without it. */
  readonly stage: string | undefined
  readonly get: (unitId: string, signal: AbortSignal) => Promise<Enablement>
  readonly clock: ClientClock
  readonly options: WaitManyOptions
}

/** Gives the number of units. */
export async function waitForAll(wait: Wait): Promise<number> {
  const { clock, options } = wait
  const { timeoutMs = 120_000, intervalMs = 200, intervalMaxMs = 5000, signal, onProgress } = options
  const missing = new Map([...wait.unitIds].map((unitId) => [unitId, stateless(unitId)]))
  const total = missing.size
  const limit = startTimeLimit(clock, timeoutMs, signal)
  let cause: unknown
  try {
    for (let intervalNowMs = intervalMs; ; intervalNowMs = Math.min(intervalMaxMs, intervalNowMs * 2)) {
      cause = (await look(wait, missing, limit.signal)) ?? cause
      if (!limit.signal.aborted) onProgress?.({ enabled: total - missing.size, total })
      if (missing.size === 0) return total
      await pause(clock, intervalNowMs, limit.signal)
      if (limit.isOver()) throw new WaitTimeoutError([...missing.values()], cause)
      if (signal?.aborted) {
        throw new AbortError('The call was called off.', { operation: 'get', cause: signal.reason })
      }
    }
  } finally {
    limit.release()
  }
}

/** Takes out those that are enabled, and gives the last failure to ask, if there was one. */
async function look(wait: Wait, missing: Map<string, MissingUnit>, signal: AbortSignal): Promise<unknown> {
  const unitIds = [...missing.keys()].values()
  let failure: unknown
  async function lookOneByOne(): Promise<void> {
    for (const unitId of unitIds) {
      if (signal.aborted) return
      try {
        const state = stateOf(await wait.get(unitId, signal), wait.stage)
        if (state === undefined) missing.delete(unitId)
        else missing.set(unitId, { unitId, state })
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ApiError && error.status === 404)
          missing.set(unitId, { unitId, state: 'ABSENT' })
        else if (isPassing(error)) failure = error
        else throw error
      }
    }
  }
  const { concurrency = 4 } = wait.options
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, lookOneByOne))
  return failure
}

function stateOf({ status, skill }: Enablement, stage: string | undefined): MissingUnit['state'] | undefined {
  if (stage !== undefined && skill.stage !== stage) return 'OTHER_STAGE'
  return status === 'ENABLED' ? undefined : 'ENABLING'
}

function stateless(unitId: string): MissingUnit {
  return { unitId, state: 'UNKNOWN' }
}
