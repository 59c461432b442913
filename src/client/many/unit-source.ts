/** Reads units from any iterable in chunks, and can return the rest. */

/** An ID of a unit, or an object with one. Other properties of the object are returned unchanged. */
export type UnitLike = string | { readonly unitId: string }

/** Any number of units. A single string is not allowed: it would be iterated letter by letter. */
export type Units<Unit> = (Iterable<Unit> | AsyncIterable<Unit>) & object

/** A unit with its position among all units, from 0. */
export interface Placed<Unit> {
  readonly unit: Unit
  readonly index: number
}

export interface UnitSource<Unit> {
  /** The number of units, if it is known without reading them. */
  readonly total: number | undefined
  /** Returns at most `count` units; an empty array at the end. */
  take(count: number): Promise<Placed<Unit>[]>
  /** Iterates over the units that were not taken. Only one consumer may use it, and `take` must not be called after it. */
  rest(): AsyncGenerator<Unit>
  /** Ends the iteration early, so that the source can release what it holds. */
  close(): Promise<void>
}

export function openUnits<Unit>(units: Units<Unit>): UnitSource<Unit> {
  const iterator = Symbol.asyncIterator in units ? units[Symbol.asyncIterator]() : units[Symbol.iterator]()
  let taken = 0
  let isAtEnd = false
  let failure: { readonly cause: unknown } | undefined

  async function close(): Promise<void> {
    if (isAtEnd) return
    isAtEnd = true
    await iterator.return?.()
  }

  return {
    total: sizeOf(units),
    async take(count) {
      const chunk: Placed<Unit>[] = []
      try {
        while (chunk.length < count && !isAtEnd) {
          const next = await iterator.next()
          if (next.done) isAtEnd = true
          else chunk.push({ unit: next.value, index: taken++ })
        }
      } catch (cause) {
        // The units before the failure are returned first: the next call throws.
        isAtEnd = true
        failure = { cause }
      }
      if (chunk.length === 0 && failure) throw failure.cause
      return chunk
    },
    async *rest() {
      try {
        while (!isAtEnd) {
          const next = await iterator.next()
          if (next.done) isAtEnd = true
          else yield next.value
        }
      } finally {
        await close()
      }
    },
    close,
  }
}

export function unitIdOf(unit: UnitLike): string {
  return typeof unit === 'string' ? unit : unit.unitId
}

function sizeOf(units: object): number | undefined {
  if (Array.isArray(units)) return units.length
  return units instanceof Set || units instanceof Map ? units.size : undefined
}
