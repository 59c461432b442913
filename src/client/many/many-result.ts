/** What became of many units, one by one. */
import type { ItemError } from '../errors.ts'
import { type Operation, SkillsError } from '../errors.ts'

interface OutcomeOf<Unit> {
  /** As it was given. */
  readonly unit: Unit
  readonly unitId: string
  /** Its place in what was given, from 0. */
  readonly index: number
}

/** The service took it on. */
export interface AcceptedUnit<Unit> extends OutcomeOf<Unit> {
  readonly state: 'accepted'
  readonly requestId: string | undefined
}

/** The service said no to this very unit: to send it again is of no use. */
export interface RefusedUnit<Unit> extends OutcomeOf<Unit> {
  readonly state: 'refused'
  readonly requestId: string | undefined
  readonly refusal: ItemError
}

/** It could not be told to the service, for all repetitions: to send it again is safe. */
export interface FailedUnit<Unit> extends OutcomeOf<Unit> {
  readonly state: 'failed'
  readonly requestId: string | undefined
  readonly error: SkillsError
}

export type UnitOutcome<Unit> = AcceptedUnit<Unit> | RefusedUnit<Unit> | FailedUnit<Unit>

/** How far it is. */
export interface ManyProgress {
  readonly accepted: number
  readonly refused: number
  readonly failed: number
  /** How many units there are in all; absent if that cannot be told before the end. */
  readonly total: number | undefined
}

export interface ManyResult<Unit> extends ManyProgress {
  /** In the order in which they were given. */
  readonly refusals: readonly RefusedUnit<Unit>[]
  /** In the order in which they were given. */
  readonly failures: readonly FailedUnit<Unit>[]
  /** What `onOutcome` or `onProgress` threw first; absent if they threw nothing. The units are none the worse for it. */
  readonly listenerError: unknown
  /**
   * What is still to be done: the units that failed, those that were not sent, and the rest of what was given, read as
   * it is needed. Give it to the same method to go on. It can be read once.
   */
  remaining(): AsyncIterable<Unit>
}

/** Many units were given up before the last one; `cause` is the reason, `result` is what became of the units so far. */
export class StoppedError<Unit = unknown> extends SkillsError {
  override name = 'StoppedError'
  readonly result: ManyResult<Unit>

  constructor(operation: Operation, cause: unknown, result: ManyResult<Unit>) {
    const reason = cause instanceof Error ? cause.message : textOf(cause)
    const { accepted, refused, failed } = result
    super(`Stopped after ${accepted} accepted, ${refused} refused and ${failed} failed units: ${reason}`, {
      operation,
      requestId: cause instanceof SkillsError ? cause.requestId : undefined,
      cause,
    })
    this.result = result
  }
}

/** Whatever was thrown as a text: an object may have none. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return typeof thrown
  }
}
