/** Reads the enablements of any number of units, a few per request, and yields them in the order of the units. */
import type { Enablement, UnitEnablements } from '../enablement.ts'
import { BatchError, type ItemError } from '../errors.ts'
import type { CallOptions } from '../options.ts'
import { openUnits, type Placed, type UnitLike, type Units, unitIdOf } from './unit-source.ts'

/** Time limits, headers and retries apply to each request. */
export interface GetManyOptions extends CallOptions {
  /** The number of concurrent requests (4). */
  readonly concurrency?: number
}

/** The enablements of a unit. `enablements` is empty if `refusal` has the service's reason for not returning them. */
export interface UnitReport<Unit> extends UnitEnablements {
  /** The unit as the caller passed it. */
  readonly unit: Unit
  readonly refusal: ItemError | undefined
}

/** The number of units that fit on one page, so that the service reads no unit twice. */
export const unitsPerRequest = 10

/** Fetches the enablements of at most `unitsPerRequest` units. */
export type GetUnits = (unitIds: readonly string[]) => AsyncIterable<UnitEnablements>

export async function* readMany<Unit extends UnitLike>(
  units: Units<Unit>,
  get: GetUnits,
  { concurrency = 4 }: GetManyOptions,
): AsyncGenerator<UnitReport<Unit>> {
  const source = openUnits(units)
  const ahead: Promise<UnitReport<Unit>[]>[] = []
  let isAtEnd = false
  try {
    for (;;) {
      while (!isAtEnd && ahead.length < Math.max(1, concurrency)) {
        const chunk = await source.take(unitsPerRequest)
        isAtEnd = chunk.length === 0
        if (isAtEnd) break
        const reports = readChunk(chunk, get)
        // If an earlier chunk fails, nothing awaits this one; its rejection must not count as unhandled.
        reports.catch(() => {})
        ahead.push(reports)
      }
      const next = ahead.shift()
      if (next === undefined) return
      yield* await next
    }
  } finally {
    await source.close()
  }
}

/** One bad unit makes the service refuse the request, so it is repeated without the units that the service names. */
async function readChunk<Unit extends UnitLike>(
  chunk: readonly Placed<Unit>[],
  get: GetUnits,
): Promise<UnitReport<Unit>[]> {
  const refusals = new Map<string, ItemError>()
  for (;;) {
    const left = chunk.map(({ unit }) => unitIdOf(unit)).filter((unitId) => !refusals.has(unitId))
    try {
      const found = left.length > 0 ? await collect(get(left)) : new Map<string, Enablement[]>()
      return chunk.map(({ unit }) => {
        const unitId = unitIdOf(unit)
        return { unit, unitId, enablements: found.get(unitId) ?? [], refusal: refusals.get(unitId) }
      })
    } catch (error) {
      const before = refusals.size
      if (error instanceof BatchError) {
        const faults = new Map(error.items.map((fault) => [String(fault.itemId), fault]))
        for (const [index, unitId] of left.entries()) {
          const fault = faults.get(String(index))
          if (fault !== undefined) refusals.set(unitId, fault)
        }
      }
      // Each round has fewer units or is the last, so the loop ends.
      if (refusals.size === before) throw error
    }
  }
}

/** Groups by unit. The enablements of a unit may come in several pieces, and a unit that was sent twice comes twice. */
export async function collect(results: AsyncIterable<UnitEnablements>): Promise<Map<string, Enablement[]>> {
  const found = new Map<string, Map<string, Enablement>>()
  for await (const { unitId, enablements } of results) {
    const ofUnit = found.get(unitId) ?? new Map<string, Enablement>()
    for (const enablement of enablements) ofUnit.set(enablement.skill.id, enablement)
    found.set(unitId, ofUnit)
  }
  return new Map(Array.from(found, ([unitId, ofUnit]) => [unitId, [...ofUnit.values()]]))
}
