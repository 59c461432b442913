import { type Enablement, statusAt } from '../enablement.ts'

/**
 * What is known of a skill in a unit, as one character. `.`: not enabled. `E`: `ENABLED`. `e`: `ENABLING`. `w`: it waits for its
 * account link. `!`: `ENABLED`, but `NOT_LINKED` where the skill has account linking.
 */
export type Cell = '.' | 'E' | 'e' | 'w' | '!'

export function cellOf(
  enablement: Pick<Enablement, 'enabledFrom' | 'isLinked' | 'linkName'> | undefined,
  hasAccountLinking: boolean,
  now: number,
): Cell {
  if (enablement === undefined) return '.'
  if (enablement.linkName !== undefined && !enablement.isLinked) return 'w'
  if (statusAt(enablement, now) === 'ENABLING') return 'e'
  return hasAccountLinking && !enablement.isLinked ? '!' : 'E'
}
