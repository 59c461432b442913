import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { readInstant } from '../../protocol/instant.ts'
import type { TestWorld } from '../worlds/test-world.ts'

/** Returns the world of the request. */
export type WorldOf = (context: Context) => TestWorld

/** Reads a time that has the form of `Instant`. Throws INVALID_PARAM for a day that does not exist. */
export function timeOf(name: string, text: string): number {
  const at = readInstant(text)
  if (at === undefined) throw refuse('INVALID_PARAM', `${name} is invalid: there is no such day.`)
  return at
}

export function instantText(at: number): string {
  return new Date(at).toISOString()
}
