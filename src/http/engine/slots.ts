/**
 * How many operations may be at work at once. A slot is taken when an operation begins, its token checked and its body
 * there, and is given back when the operation has settled, whatever the connection does meanwhile.
 */
import { type Refusal, refuse } from '../../model/refusal.ts'

/**
 * Who takes a slot: one who has shown a valid token, a `stranger` who has not, or a `vital` request, which an operator
 * needs most of all when the slots are taken.
 */
export type SlotUser = 'known' | 'stranger' | 'vital'

export interface Slots {
  /** Slots taken, by vital requests too. */
  readonly taken: number
  /** Throws SERVICE_UNAVAILABLE where a slot could not be taken now. */
  check(user: SlotUser): void
  /** Throws as `check` does; otherwise the slot is taken until it is given back. */
  take(user: SlotUser): void
  giveBack(user: SlotUser): void
  /** For how long no slot has been free for those with a valid token, in milliseconds; 0 where one is free. */
  fullForMs(): number
}

const retryMs = 1000

/** Strangers get half of the slots at most: the other half is left to those who have shown a valid token. */
export function createSlots(slotsMax: number, now: () => number): Slots {
  const taken: Record<SlotUser, number> = { known: 0, stranger: 0, vital: 0 }
  const strangersMax = Math.ceil(slotsMax / 2)
  let fullSince: number | undefined

  const isFull = () => taken.known + taken.stranger >= slotsMax

  function check(user: SlotUser): void {
    if (user === 'vital') return
    if (isFull() || (user === 'stranger' && taken.stranger >= strangersMax)) throw refusal()
  }

  return {
    get taken() {
      return taken.known + taken.stranger + taken.vital
    },
    check,
    take(user) {
      check(user)
      taken[user] += 1
      if (fullSince === undefined && isFull()) fullSince = now()
    },
    giveBack(user) {
      taken[user] -= 1
      if (fullSince !== undefined && !isFull()) fullSince = undefined
    },
    fullForMs: () => (fullSince === undefined ? 0 : Math.max(0, now() - fullSince)),
  }
}

function refusal(): Refusal {
  return refuse('SERVICE_UNAVAILABLE', 'Too many requests are under way.', { retryAfterMs: retryMs })
}
