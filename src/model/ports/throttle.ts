import type { Refusal } from '../refusal.ts'

/** Limits how many requests each client may make. */
export interface Throttle {
  /** Counts a request of the client. Returns a refusal TOO_MANY_REQUESTS with the time to wait, or `undefined`. */
  count(clientId: string): Refusal | undefined
  /** The count of clients that have not all their requests left. */
  clients(): number
}
