/** Asks again and again until units are enabled, with pauses that grow. The service has no way to tell by itself. */

import type { Enablement } from '../enablement.ts'
import { AbortError, isPassing, SkillsError } from '../errors.ts'
import type { CallOptions } from '../options.ts'
import { abortReason, isAborted, tell } from '../transport/callbacks.ts'
import { type ClientClock, pause, startTimeLimit } from '../transport/clock.ts'

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
  /** Told after each look; an error that it throws is ignored. */
  readonly onProgress?: (progress: WaitProgress) => void
}

export interface WaitProgress {
  readonly enabled: number
  readonly total: number
  /** The others, with what the last look found there. */
  readonly missing: readonly MissingUnit[]
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
  /** What is enabled in these units; units without are not in it. */
  readonly find: (unitIds: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Enablement>>
  /** Units to ask for at once. */
  readonly groupSize: number
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
      if (!limit.signal.aborted)
        tell(onProgress, { enabled: total - missing.size, total, missing: [...missing.values()] })
      if (missing.size === 0) return total
      await pause(clock, intervalNowMs, limit.signal)
      if (limit.isOver()) throw new WaitTimeoutError([...missing.values()], cause)
      if (isAborted(signal)) {
        throw new AbortError('The call was called off.', { operation: 'get', cause: abortReason(signal) })
      }
    }
  } finally {
    limit.release()
  }
}

/** Takes out those that are enabled, and gives the last failure to ask, if there was one. */
async function look(wait: Wait, missing: Map<string, MissingUnit>, signal: AbortSignal): Promise<unknown> {
  const unitIds = [...missing.keys()]
  let failure: unknown
  let next = 0
  async function lookOneByOne(): Promise<void> {
    while (next < unitIds.length && !signal.aborted) {
      const group = unitIds.slice(next, next + wait.groupSize)
      next += wait.groupSize
      try {
        const found = await wait.find(group, signal)
        for (const unitId of group) note(missing, unitId, stateOf(found.get(unitId), wait.stage))
      } catch (error) {
        if (signal.aborted) return
        if (isPassing(error)) {
          failure = error
          continue
        }
        // The others end, too.
        next = unitIds.length
        throw error
      }
    }
  }
  const { concurrency = 4 } = wait.options
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, lookOneByOne))
  return failure
}

function note(
  missing: Map<string, MissingUnit>,
  unitId: string,
  state: MissingUnit['state'] | undefined,
): void {
  if (state === undefined) missing.delete(unitId)
  else missing.set(unitId, { unitId, state })
}

/** Nothing if there is nothing missing. */
function stateOf(
  enablement: Enablement | undefined,
  stage: string | undefined,
): MissingUnit['state'] | undefined {
  if (enablement === undefined) return 'ABSENT'
  if (stage !== undefined && enablement.skill.stage !== stage) return 'OTHER_STAGE'
  return enablement.status === 'ENABLED' ? undefined : 'ENABLING'
}

function stateless(unitId: string): MissingUnit {
  return { unitId, state: 'UNKNOWN' }
}
