/**
 * Limits the number of running operations. An operation takes a slot when it begins, after the token check and the
 * body, and returns it when it has settled, whatever happens to the connection.
 */
import { type Refusal, refuse } from '../../model/refusal.ts'

/**
 * The user of a slot: `known` has presented a valid token, a `stranger` has not; a `vital` request is one that an
 * operator needs when all slots are taken.
 */
export type SlotUser = 'known' | 'stranger' | 'vital'

export interface Slots {
  /** The number of taken slots, including those of vital requests. */
  readonly taken: number
  /** Throws SERVICE_UNAVAILABLE if no slot is free now. */
  check(user: SlotUser): void
  /** Takes a slot. Throws as `check` does. */
  take(user: SlotUser): void
  giveBack(user: SlotUser): void
  /** For how long no slot has been free for those with a valid token, in milliseconds; 0 if one is free. */
  fullForMs(): number
}

const retryMs = 1000

/** Strangers take at most half of the slots: the other half is for callers with a valid token. */
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
  return refuse('SERVICE_UNAVAILABLE', 'There are too many concurrent requests.', { retryAfterMs: retryMs })
}
