/** The queue of writes, as far as it is the same for all drivers. */
import { type Refusal, refuse } from '../../model/refusal.ts'
import type { Write } from './driver.ts'

/** Writes that may wait; more are refused. */
export const waitingWritesMax = 10_000

export interface WaitingWrite {
  readonly run: Write<unknown>
  /** See `Driver.write`. */
  readonly keys: readonly string[]
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Returns the refusal if no further write can be accepted. */
export function refuseWrite(isOpen: boolean, waiting: number): Refusal | undefined {
  if (!isOpen) return refuse('SERVICE_UNAVAILABLE', 'The service is stopping.')
  if (waiting < waitingWritesMax) return undefined
  return refuse('SERVICE_UNAVAILABLE', 'Too many writes are waiting.', { retryAfterMs: 1000 })
}
