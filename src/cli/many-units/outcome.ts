/** The outcomes of the units of a batch: each unit is accepted, refused, or not sent. */
import { AbortError, ApiError, BatchError, TokenError } from '../../client/index.ts'
import { linkHint } from '../service/link-hint.ts'
import type { UnitRow } from '../unit-files/unit-rows.ts'
import type { FailedUnit } from './failed-units.ts'
import type { Sent } from './send.ts'

export interface BatchOutcome {
  readonly accepted: number
  /** The units that the service refused, in the order of the rows. */
  readonly refused: readonly FailedUnit[]
  /** The units that no response reports as accepted or refused, in the order of the rows. */
  readonly notSent: readonly FailedUnit[]
}

/** The number of reasons that are shown at the end; the file has all of them. */
const reasonsMax = 3

/** `rows` were passed to the client; `before` is the number of units that an earlier run has seen accepted. */
export function batchOutcome(rows: readonly UnitRow[], before: number, sent: Sent): BatchOutcome {
  const { result, accepted, stopped } = sent
  const refusals = new Map(result.refusals.map(({ unit, refusal }) => [unit.index, refusal]))
  const failures = new Map(result.failures.map(({ unit, error }) => [unit.index, error]))
  const refused: FailedUnit[] = []
  const notSent: FailedUnit[] = []
  for (const unit of rows) {
    const refusal = refusals.get(unit.index)
    if (refusal !== undefined) {
      const { status, errorCode, errorDescription } = refusal
      refused.push({ unit, status, errorCode, errorDescription })
    } else if (!accepted.has(unit.index)) {
      notSent.push({ unit, ...faultOf(failures.get(unit.index) ?? stopped?.cause, unit.unitId) })
    }
  }
  return { accepted: before + accepted.size, refused, notSent }
}

/** Returns the lines to show: the totals and the most frequent reasons. */
export function describeOutcome({ accepted, refused, notSent }: BatchOutcome): string[] {
  const unsent = notSent.length === 0 ? '' : `, ${notSent.length} not sent`
  return [
    `${accepted} units are accepted, ${refused.length} refused${unsent}.`,
    ...reasonsOf(refused.map(reasonOfUnit)).map(({ count, reason }) => `  ${count}: ${reason}`),
    ...reasonsOf(notSent.map(reasonOfUnit)).map(({ count, reason }) => `  ${count} not sent: ${reason}`),
    ...new Set(refused.flatMap(({ errorDescription }) => linkHint(errorDescription) ?? [])),
  ]
}

/** Counts the reasons, the most frequent first. The last entry is the sum of the others. */
export function reasonsOf(reasons: readonly string[]): { readonly count: number; readonly reason: string }[] {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const all = Array.from(counts, ([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
  const others = all.slice(reasonsMax).reduce((sum, { count }) => sum + count, 0)
  return [...all.slice(0, reasonsMax), ...(others > 0 ? [{ count: others, reason: 'other reasons' }] : [])]
}

/** Describes in one line why a request failed: `Too many requests. (429)`. */
export function reasonOfError(error: unknown): string {
  const { status, errorDescription } = faultOf(error)
  return status === undefined ? errorDescription : `${errorDescription} (${status})`
}

/** Without the unit's own ID the reason is the same for all units with the same fault. */
function reasonOfUnit({ unit, status, errorCode, errorDescription }: FailedUnit): string {
  const reason = errorDescription.replaceAll(unit.unitId, '…')
  // The description of one unit is complete; that of a whole request needs its status.
  return status === undefined || errorCode !== undefined ? reason : `${reason} (${status})`
}

type Fault = Omit<FailedUnit, 'unit'>

function faultOf(error: unknown, unitId?: string): Fault {
  if (error instanceof AbortError) return { errorDescription: 'The batch stopped before this unit.' }
  // A batch that failed because of temporary errors of some units.
  const passing =
    error instanceof BatchError ? error.items.filter(({ status }) => status === 429 || status >= 500) : []
  const own = passing.find(({ errorDescription }) => unitId && errorDescription.includes(unitId))
  const item = own ?? passing[0]
  if (item !== undefined) return { status: item.status, errorDescription: item.errorDescription }
  const errorDescription = error instanceof Error ? error.message : String(error)
  const status = error instanceof ApiError || error instanceof TokenError ? error.status : undefined
  return { ...(status !== undefined && { status }), errorDescription }
}
