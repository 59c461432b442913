/** Polls with growing pauses until units are enabled: the service sends no notification. */

import type { Enablement } from '../enablement.ts'
import { AbortError, isPassing, SkillsError } from '../errors.ts'
import type { CallOptions } from '../options.ts'
import { abortReason, isAborted, tell } from '../transport/callbacks.ts'
import { type ClientClock, pause, startTimeLimit } from '../transport/clock.ts'

/** `timeoutMs` limits the whole wait (120,000); the other options apply to each request. */
export interface WaitOptions extends CallOptions {
  /** The pause after the first request, in milliseconds (200). It doubles after each round that finds a unit missing. */
  readonly intervalMs?: number
  /** The longest pause, in milliseconds (5000). */
  readonly intervalMaxMs?: number
}

export interface WaitManyOptions extends WaitOptions {
  /** The number of concurrent requests (4). */
  readonly concurrency?: number
  /** Called after each round of requests. Errors that it throws are ignored. */
  readonly onProgress?: (progress: WaitProgress) => void
}

export interface WaitProgress {
  readonly enabled: number
  readonly total: number
  /** The other units, with their last known states. */
  readonly missing: readonly MissingUnit[]
}

/** A unit that is not enabled. */
export interface MissingUnit {
  readonly unitId: string
  /** The last known state: `UNKNOWN` if the service has not responded. */
  readonly state: 'ENABLING' | 'OTHER_STAGE' | 'ABSENT' | 'UNKNOWN'
}

/** Some units were not enabled at the time limit. `cause` is the error of the last failed request, if there was one. */
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
  /** The stage that must be enabled; without it, any stage. */
  readonly stage: string | undefined
  /** Reads the enablements of these units. The map lacks units without one. */
  readonly find: (unitIds: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Enablement>>
  /** Units per call of `find`. */
  readonly groupSize: number
  readonly clock: ClientClock
  readonly options: WaitManyOptions
}

/** Returns the number of units. */
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
        throw new AbortError('The call was aborted.', { operation: 'get', cause: abortReason(signal) })
      }
    }
  } finally {
    limit.release()
  }
}

/** Removes the enabled units from `missing`, and returns the error of the last failed request, if there was one. */
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
        // The other workers stop, too.
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

/** Returns `undefined` if the unit is enabled. */
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
