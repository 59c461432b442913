import type { Turns } from '../model/ports/turns.ts'
import { refuse } from '../model/refusal.ts'

const retryMs = 1000

/** Each caller has as many turns at the same time. Each node counts for itself. */
export function createTurns(turnsMax: number): Turns {
  const taken = new Map<string, number>()
  return {
    take(actor) {
      const count = taken.get(actor) ?? 0
      if (count >= turnsMax) {
        const message = `The caller may have ${turnsMax} changes planned or previewed at the same time.`
        throw refuse('TOO_MANY_REQUESTS', message, { retryAfterMs: retryMs })
      }
      taken.set(actor, count + 1)
      return () => {
        const left = (taken.get(actor) ?? 1) - 1
        if (left === 0) taken.delete(actor)
        else taken.set(actor, left)
      }
    },
  }
}
