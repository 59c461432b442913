/** Takes units from any iterable in chunks, and can hand on what it has not taken. */

/** Units by their IDs, or by objects that have one; what else is in them comes back untouched. */
export type UnitLike = string | { readonly unitId: string }

/** Any number of units. A lone string is not one: it would be taken letter by letter. */
export type Units<Unit> = (Iterable<Unit> | AsyncIterable<Unit>) & object

/** A unit with its place in the whole, from 0. */
export interface Placed<Unit> {
  readonly unit: Unit
  readonly index: number
}

export interface UnitSource<Unit> {
  /** How many there are in all, where that can be told without looking. */
  readonly total: number | undefined
  /** The next ones, at most so many; none at the end. */
  take(count: number): Promise<Placed<Unit>[]>
  /** What was not taken. Only one consumer may have it, and nothing is taken any more. */
  rest(): AsyncGenerator<Unit>
  /** Tells who gives the units that no more are wanted. */
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
        // What came before it is not lost: the failure is told at the next call.
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
