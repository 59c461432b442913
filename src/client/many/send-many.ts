/**
 * Sends any number of units in batches. A batch is all or nothing, and one bad unit would block ninety-nine good ones:
 * the units at fault are removed and the rest is sent again. Memory holds the batches under way and the units that were
 * not accepted, at most `problemsMax` of them.
 */

import type { UnitToEnable } from '../enablement.ts'
import {
  AbortError,
  ApiError,
  BatchError,
  type ItemError,
  isPassing,
  type Operation,
  SkillsError,
} from '../errors.ts'
import type { CallOptions } from '../options.ts'
import { abortReason, isAborted, tell } from '../transport/callbacks.ts'
import {
  type FailedUnit,
  type ManyProgress,
  type ManyResult,
  type RefusedUnit,
  StoppedError,
  type UnitOutcome,
} from './many-result.ts'
import {
  openUnits,
  type Placed,
  type UnitLike,
  type UnitSource,
  type Units,
  unitIdOf,
} from './unit-source.ts'

/** Time limits, headers and retries apply to each request. */
export interface ManyOptions<Unit> extends CallOptions {
  /** Units per request (100, the limit of the service). The client uses smaller batches if the service accepts fewer. */
  readonly batchSize?: number
  /** The number of concurrent requests (4). */
  readonly concurrency?: number
  /** The method stops when more units than this were refused or failed (10,000). */
  readonly problemsMax?: number
  /** Called after each request. An error that it throws stops nothing: see `listenerError` of the result. */
  readonly onProgress?: (progress: ManyProgress) => void
  /** Called with the outcome of every unit, in no particular order. An error that it throws stops nothing. */
  readonly onOutcome?: (outcome: UnitOutcome<Unit>) => void
}

/** Sends one batch and returns the request ID. */
export type SendBatch<Unit> = (numbered: readonly Numbered<Unit>[]) => Promise<string | undefined>

export interface Numbered<Unit> extends Placed<Unit> {
  readonly itemId: number
}

/** The number of times that bad units are removed from one batch. A service normally lists all of them the first time. */
const roundsMax = 5
/** After this many failed batches in a row the service counts as down. */
const failedBatchesMax = 3

interface Run<Unit> {
  readonly operation: Operation
  readonly source: UnitSource<Unit>
  readonly send: SendBatch<Unit>
  readonly options: ManyOptions<Unit>
  readonly refusals: RefusedUnit<Unit>[]
  readonly failures: FailedUnit<Unit>[]
  /** Units that were read from the source and not sent because of the stop. */
  readonly unsent: Placed<Unit>[]
  accepted: number
  batchSize: number
  failedInARow: number
  /** The reason for the stop. */
  stop: { readonly cause: unknown } | undefined
  listenerError: unknown
}

export async function sendMany<Unit extends UnitLike>(
  operation: Operation,
  units: Units<Unit>,
  send: SendBatch<Unit>,
  options: ManyOptions<Unit>,
): Promise<ManyResult<Unit>> {
  const run: Run<Unit> = {
    operation,
    source: openUnits(units),
    send,
    options,
    refusals: [],
    failures: [],
    unsent: [],
    accepted: 0,
    batchSize: atLeastOne(options.batchSize ?? 100),
    failedInARow: 0,
    stop: undefined,
    listenerError: undefined,
  }
  const concurrency = atLeastOne(options.concurrency ?? 4)
  const underWay = new Set<Promise<void>>()
  const stop = (cause: unknown) => {
    run.stop ??= { cause }
  }
  while (run.stop === undefined) {
    if (isAborted(options.signal)) {
      const cause = abortReason(options.signal)
      stop(new AbortError('The call was aborted.', { operation, cause }))
      break
    }
    const batch = await run.source.take(run.batchSize).catch(stop)
    if (!batch || batch.length === 0) break
    const sending = sendBatch(run, batch)
      .catch(stop)
      .finally(() => underWay.delete(sending))
    underWay.add(sending)
    if (underWay.size >= concurrency) await Promise.race(underWay)
  }
  await Promise.all(underWay)
  const result = resultOf(run)
  if (run.stop) throw new StoppedError(operation, run.stop.cause, result)
  return result
}

/** Sends a batch until each unit is accepted, refused, failed, or put aside because of a stop. */
async function sendBatch<Unit extends UnitLike>(
  run: Run<Unit>,
  batch: readonly Placed<Unit>[],
): Promise<void> {
  let left = batch.map((placed, itemId): Numbered<Unit> => ({ ...placed, itemId }))
  for (let round = 1; left.length > 0; round++) {
    if (run.stop) return putAside(run, left)
    const answer = await tryBatch(run, left)
    if (answer === undefined) return
    if (!('error' in answer)) {
      run.failedInARow = 0
      return settle(
        run,
        left.map((placed) => ({ ...outcomeOf(placed), state: 'accepted', ...answer })),
      )
    }
    const { error } = answer
    const faults = error instanceof BatchError ? faultsOf(error, left) : new Map<number, ItemError>()
    if (faults.size > 0 && round <= roundsMax) {
      run.failedInARow = 0
      settle(
        run,
        left.flatMap((placed) => faultOutcome(placed, faults.get(placed.itemId), error)),
      )
      left = left.filter(({ itemId }) => !faults.has(itemId))
    } else if (faults.size === 0 && isTooLarge(error) && left.length > 1) {
      const half = Math.ceil(left.length / 2)
      run.batchSize = Math.min(run.batchSize, half)
      await sendBatch(run, left.slice(0, half))
      return sendBatch(run, left.slice(half))
    } else if (!isPassing(error)) {
      run.stop ??= { cause: error }
      return putAside(run, left)
    } else {
      run.failedInARow += 1
      if (run.failedInARow >= failedBatchesMax) run.stop ??= { cause: error }
      return settle(
        run,
        left.map((placed) => failedUnit(placed, error)),
      )
    }
  }
}

/** Returns `undefined`, and stops everything, if the batch could not be built because one of its units is not a unit. */
async function tryBatch<Unit>(
  run: Run<Unit>,
  batch: readonly Numbered<Unit>[],
): Promise<{ readonly requestId: string | undefined } | { readonly error: SkillsError } | undefined> {
  try {
    return { requestId: await run.send(batch) }
  } catch (error) {
    if (error instanceof SkillsError) return { error }
    run.stop ??= { cause: error }
    putAside(run, batch)
    return undefined
  }
}

/** The service's faults by the item IDs that were sent. */
function faultsOf<Unit>({ items }: BatchError, sent: readonly Numbered<Unit>[]): Map<number, ItemError> {
  const found = new Map(items.map((fault) => [String(fault.itemId), fault]))
  return new Map(
    sent.flatMap(({ itemId }) => {
      const fault = found.get(String(itemId))
      return fault ? [[itemId, fault]] : []
    }),
  )
}

/** The service refused the whole request, perhaps for its size: the limit of the service is unknown. */
function isTooLarge(error: SkillsError): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 413)
}

function faultOutcome<Unit extends UnitLike>(
  placed: Numbered<Unit>,
  fault: ItemError | undefined,
  error: SkillsError,
): UnitOutcome<Unit>[] {
  if (fault === undefined) return []
  if (fault.status === 429 || fault.status >= 500) return [failedUnit(placed, error)]
  return [{ ...outcomeOf(placed), state: 'refused', requestId: error.requestId, refusal: fault }]
}

function failedUnit<Unit extends UnitLike>(placed: Placed<Unit>, error: SkillsError): FailedUnit<Unit> {
  return { ...outcomeOf(placed), state: 'failed', requestId: error.requestId, error }
}

function outcomeOf<Unit extends UnitLike>({ unit, index }: Placed<Unit>) {
  return { unit, unitId: unitIdOf(unit), index }
}

/** Counts the outcomes and calls the listeners. */
function settle<Unit>(run: Run<Unit>, outcomes: readonly UnitOutcome<Unit>[]): void {
  for (const outcome of outcomes) {
    if (outcome.state === 'accepted') run.accepted += 1
    else if (outcome.state === 'refused') run.refusals.push(outcome)
    else run.failures.push(outcome)
  }
  const { onOutcome, onProgress, problemsMax = 10_000 } = run.options
  if (run.refusals.length + run.failures.length > problemsMax) {
    const message = `More than ${problemsMax} units were refused or failed.`
    run.stop ??= { cause: new SkillsError(message, { operation: run.operation }) }
  }
  const failed = (error: unknown) => {
    run.listenerError ??= error
  }
  for (const outcome of outcomes) tell(onOutcome, outcome, failed)
  tell(onProgress, progressOf(run), failed)
}

function putAside<Unit>(run: Run<Unit>, batch: readonly Placed<Unit>[]): void {
  run.unsent.push(...batch)
}

function progressOf<Unit>({ accepted, refusals, failures, source }: Run<Unit>): ManyProgress {
  return { accepted, refused: refusals.length, failed: failures.length, total: source.total }
}

function resultOf<Unit>(run: Run<Unit>): ManyResult<Unit> {
  const { source } = run
  const refusals = [...run.refusals].sort(byPlace)
  const failures = [...run.failures].sort(byPlace)
  const unsent = [...run.unsent].sort(byPlace)
  return {
    ...progressOf(run),
    refusals,
    failures,
    listenerError: run.listenerError,
    async *remaining() {
      for (const { unit } of failures) yield unit
      for (const { unit } of unsent) yield unit
      yield* source.rest()
    },
  }
}

function byPlace(one: { readonly index: number }, other: { readonly index: number }): number {
  return one.index - other.index
}

function atLeastOne(count: number): number {
  return Math.max(1, Math.floor(count))
}

/** The properties of a unit that are sent; its object may have others. */
export function wishesOf(unit: UnitToEnable): Exclude<UnitToEnable, string> {
  if (typeof unit === 'string') return { unitId: unit }
  const { unitId, stage, partitionName, accountLinkRequest, nameFreeInvocationRequest } = unit
  return {
    unitId,
    ...(stage && { stage }),
    ...(partitionName !== undefined && { partitionName }),
    ...(accountLinkRequest && { accountLinkRequest }),
    ...(nameFreeInvocationRequest && { nameFreeInvocationRequest }),
  }
}
