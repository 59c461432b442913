/** The results of `enableMany` and `disableMany`. This folder has the methods of the client that handle many units. */
import type { ItemError } from '../errors.ts'
import { type Operation, SkillsError } from '../errors.ts'

interface OutcomeOf<Unit> {
  /** The unit as the caller passed it. */
  readonly unit: Unit
  readonly unitId: string
  /** The position among the units, from 0. */
  readonly index: number
}

/** The service accepted the unit. */
export interface AcceptedUnit<Unit> extends OutcomeOf<Unit> {
  readonly state: 'accepted'
  readonly requestId: string | undefined
}

/** The service refused the unit: sending it again has the same result. */
export interface RefusedUnit<Unit> extends OutcomeOf<Unit> {
  readonly state: 'refused'
  readonly requestId: string | undefined
  readonly refusal: ItemError
}

/** Every attempt to send the unit failed. Sending it again is safe. */
export interface FailedUnit<Unit> extends OutcomeOf<Unit> {
  readonly state: 'failed'
  readonly requestId: string | undefined
  readonly error: SkillsError
}

export type UnitOutcome<Unit> = AcceptedUnit<Unit> | RefusedUnit<Unit> | FailedUnit<Unit>

/** The counts so far. */
export interface ManyProgress {
  readonly accepted: number
  readonly refused: number
  readonly failed: number
  /** The number of units; absent if it is unknown before the end. */
  readonly total: number | undefined
}

export interface ManyResult<Unit> extends ManyProgress {
  /** In the order of the units. */
  readonly refusals: readonly RefusedUnit<Unit>[]
  /** In the order of the units. */
  readonly failures: readonly FailedUnit<Unit>[]
  /** The first error that `onOutcome` or `onProgress` threw; absent if there was none. It does not affect the units. */
  readonly listenerError: unknown
  /**
   * Iterates over the remaining units: those that failed, those that were not sent, and the rest of the source, which is
   * read when it is needed. Pass it to the same method to continue. It can be read once.
   */
  remaining(): AsyncIterable<Unit>
}

/** The method stopped before the last unit. `cause` is the reason, `result` has the outcomes so far. */
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

/** Some objects cannot be converted to a string. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return typeof thrown
  }
}
