/**
 * Side by side on a noisy machine: the candidates take turns in short slices, in the opposite order in every other
 * round, and are compared only within a round. What is told is the median of the rounds.
 */

/** A median with the lowest and the highest of what it was taken from. */
export interface Figure {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** How often the candidates take turns. */
export interface Rounds {
  /** Rounds before those that count: code is compiled, caches are filled. */
  readonly warmUp: number
  readonly counted: number
}

/** The results of each candidate, by round; none of one that is not there. */
export async function interleave<T, Name extends string>(
  { warmUp, counted }: Rounds,
  candidates: Readonly<Record<Name, (() => Promise<T>) | undefined>>,
): Promise<Record<Name, T[]>> {
  const names = Object.keys(candidates) as Name[]
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>
  for (let round = 0; round < warmUp + counted; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const result = await candidates[name]?.()
      if (round >= warmUp && result !== undefined) results[name].push(result)
    }
  }
  return results
}

export function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle] ?? Number.NaN
  return { median: (lower + upper) / 2, low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN }
}

/** The ratio of each round. */
export function ratios(ours: readonly number[], floor: readonly number[]): number[] {
  return ours.map((value, round) => value / (floor[round] ?? Number.NaN))
}
