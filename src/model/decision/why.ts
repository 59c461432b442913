/**
 * The steps of a decision, derived from its outcome: since the checks have one order, the reason of a refusal shows all that
 * passed before it. A decision costs nothing until somebody asks for its steps.
 */
import type { DecisionStep, DecisionStepName, RefusalReason } from '../../protocol/refusals.ts'
import { decisionSteps } from '../../protocol/refusals.ts'
import { origins, rowsOfAbsent, stepsOf } from './order.ts'

/** The parts of a refusal that its step shows: of a whole request, or of an item of a batch. */
export interface Refused {
  readonly reason: RefusalReason
  readonly message: string
  readonly detail?: string | undefined
  readonly itemId?: unknown
}

/** Returns the steps of an operation that was done. */
export function whyDone(operation: string): DecisionStep[] {
  return passed(stepsOf(operation))
}

/** Returns the steps that a request had passed when something else ended it: all before `end`. */
export function whyEnded(operation: string, end: DecisionStepName): DecisionStep[] {
  return passed(before(operation, end))
}

/**
 * Returns the steps of a refused request: those that passed, then the failed one, or for a batch one for each refused item.
 * `hasBegun`: whether the operation had begun.
 */
export function whyRefused(
  operation: string,
  refusals: readonly Refused[],
  hasBegun: boolean,
): DecisionStep[] {
  const failed = refusals.map((refusal) => failedStep(operation, refusal, hasBegun))
  const first = failed.toSorted((one, other) => rank(one.step) - rank(other.step))[0]
  return first === undefined ? whyDone(operation) : [...whyEnded(operation, first.step), ...failed]
}

function failedStep(operation: string, refused: Refused, hasBegun: boolean): DecisionStep {
  const { reason, message, detail, itemId } = refused
  const { step, begun = step, row } = origins[reason]
  const ledgerRow = reason === 'absent' ? rowsOfAbsent[operation] : row
  return {
    step: atIssue(operation, hasBegun ? begun : step),
    ok: false,
    detail: detail === undefined ? message : `${message} (${detail})`,
    ...(typeof itemId === 'number' && { itemId }),
    ...(ledgerRow !== undefined && { rule: `ledger ${ledgerRow}` }),
  }
}

/** Where no client is throttled, too many requests are too many wrong secrets. */
function atIssue(operation: string, step: DecisionStepName): DecisionStepName {
  return step === 'throttle' && !stepsOf(operation).includes(step) ? 'token' : step
}

function passed(steps: readonly DecisionStepName[]): DecisionStep[] {
  return steps.map((step) => ({ step, ok: true }))
}

/** The steps before one; also before a step that the operation does not have. */
function before(operation: string, end: DecisionStepName): DecisionStepName[] {
  const steps = stepsOf(operation)
  const at = steps.indexOf(end)
  return at >= 0 ? steps.slice(0, at) : steps.filter((step) => rank(step) < rank(end))
}

function rank(step: DecisionStepName): number {
  return decisionSteps.indexOf(step)
}
