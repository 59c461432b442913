/** Makes the rows of the table from the results of the rounds. */
import type { Row } from './bench.ts'
import { figure, ratios } from './rounds.ts'

/** A row of figures alone. */
export function row(measured: string, unit: string, ours: readonly number[], goal?: Row['goal']): Row {
  return { measured, unit, ours: figure(ours), ...(goal && { goal }) }
}

/** A row with the ratio of each round to what `name` names. */
export function beside(
  name: string,
  floor: readonly number[],
  measured: string,
  unit: string,
  ours: readonly number[],
  goal?: Row['goal'],
): Row {
  return {
    ...row(measured, unit, ours, goal),
    floor: { name, figure: figure(floor) },
    ratio: figure(ratios(ours, floor)),
  }
}

/** The row beside the release before, or none where a run has no such release. */
export function besideBefore(before: readonly number[], ...rest: Rest): Row[] {
  return before.length === 0 ? [] : [beside('the release before', before, ...rest)]
}

type Rest = Parameters<typeof beside> extends [string, readonly number[], ...infer Others] ? Others : never
