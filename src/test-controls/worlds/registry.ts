/** The worlds by their IDs, by the numbers of their signing keys, and by the contexts of their requests. */
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { isWorldId } from '../../protocol/test-controls/world-id.ts'
import type { Held } from './held-world.ts'
import { gone } from './test-world.ts'

export interface Registry {
  find(id: string): Held | undefined
  /** Throws NOT_FOUND. */
  require(id: string): Held
  /** Returns the ID of the world with the number. */
  byNumber(number: number): string | undefined
  /** Returns the world of a request by its context. Throws NOT_FOUND if it is removed. */
  heldOf(context: Context): Held
  list(): readonly Held[]
  /** Reserves the ID while `make` opens the world. Throws INVALID_PARAM if it is taken, or if there are too many worlds. */
  add(id: string, make: (number: number) => Promise<Held>): Promise<Held>
  /** Notes that the world has this context now. */
  noteContext(id: string, context: Context): void
  /** Removes the world, and closes it. */
  take(held: Held): Promise<void>
}

/** Each takes a third of a megabyte, and more with what is in it. */
const defaultWorldsMax = 10_000

export function createRegistry(worldsMax = defaultWorldsMax): Registry {
  const worlds = new Map<string, Held>()
  const opening = new Set<string>()
  const idsByNumber = new Map<number, string>()
  const idsByContext = new WeakMap<Context, string>()
  let made = 0

  function require(id: string): Held {
    const held = worlds.get(id)
    if (held === undefined) throw gone(id)
    return held
  }

  return {
    find: (id) => worlds.get(id),
    require,
    byNumber: (number) => idsByNumber.get(number),
    heldOf: (context) => require(idsByContext.get(context) ?? ''),
    list: () => [...worlds.values()],
    async add(id, make) {
      if (!isWorldId(id))
        throw refuse('INVALID_PARAM', 'id is invalid: lower-case letters, digits and hyphens.')
      if (worlds.has(id) || opening.has(id))
        throw refuse('INVALID_PARAM', `There is a world ${id} already. Remove it, or take another ID.`)
      if (worlds.size + opening.size >= worldsMax)
        throw refuse(
          'INVALID_PARAM',
          `There are ${worldsMax} worlds. Remove those that are no longer needed.`,
        )
      opening.add(id)
      made += 1
      const number = made
      try {
        const held = await make(number)
        worlds.set(id, held)
        idsByNumber.set(number, id)
        held.world.ending.addEventListener('abort', () => idsByNumber.delete(number), { once: true })
        return held
      } finally {
        opening.delete(id)
      }
    },
    noteContext: (id, context) => idsByContext.set(context, id),
    async take({ world, port }) {
      worlds.delete(world.id)
      // What hangs in the world ends with it, and only then its port can close.
      const closed = world.close()
      await port?.close()
      await closed
    },
  }
}
