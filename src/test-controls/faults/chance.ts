/** Chance that can be repeated: a hash of the seed, the rule and the count of its matches, whatever else happens. */
import { createHash } from 'node:crypto'
import type { FaultEffect } from '../../protocol/test-controls/faults.ts'

/** The bits of a hash that become a number. */
const bytes = 6

/** Returns a number from 0 to 1, without 1. `purpose` separates several draws for one match. */
export function chanceOf(seed: number, rule: string, count: number, purpose: string): number {
  const hash = createHash('sha256').update(`${seed} ${rule} ${count} ${purpose}`).digest()
  return hash.readUIntBE(0, bytes) / 2 ** (8 * bytes)
}

/** How many standard deviations the 99th percentile of a normal distribution is above its middle. */
const deviationsOfP99 = 2.326
const longestMs = 600_000

/** Returns milliseconds: fixed, or drawn from a log-normal distribution with these two percentiles. */
export function latencyOf(latency: FaultEffect['latencyMs'], draw: (purpose: string) => number): number {
  if (typeof latency !== 'object') return latency ?? 0
  const { p50, p99 } = latency
  // Box and Muller's method. The first draw must not be zero.
  const normal = Math.sqrt(-2 * Math.log(1 - draw('latency'))) * Math.cos(2 * Math.PI * draw('angle'))
  return Math.min(longestMs, Math.round(p50 * (p99 / p50) ** (normal / deviationsOfP99)))
}
