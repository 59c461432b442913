import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import type { LoggedOperation, LoggedOutcome } from '../protocol/operator.ts'

/** The time, the request and the actor of a write. */
export interface WriteStamp {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The `X-Amzn-RequestId` of the request that caused the write. */
  readonly requestId: string
  /** The ID of the client or of the person, or `operator`, or `operator:NAME` where the token has a name. */
  readonly actor: string
}

/** A change as an operation describes it. Contains no secret. */
export interface LoggedChange {
  readonly operation: LoggedOperation
  /** Default `done`. */
  readonly outcome?: LoggedOutcome
  /** From when the enablement is `ENABLED`, in milliseconds since the epoch, if that is later and known. */
  readonly effectiveAt?: number | undefined
  readonly organizationId?: UnitId | undefined
  readonly unitId?: UnitId | undefined
  readonly skillId?: SkillId | undefined
  /** The `itemId` of the batch item that caused the change. */
  readonly itemId?: number | undefined
  /** More facts, such as the stage or the reason of a failure. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}

/** A change with its stamp. Storage records it in the transaction of the write. */
export interface Recorded {
  readonly stamp: WriteStamp
  readonly change: LoggedChange
}

/**
 * Joins a change and its stamp. Operations pass the result to storage with a write; storage decides which rows and IDs
 * record it.
 */
export function recorded(stamp: WriteStamp, change: LoggedChange): Recorded {
  return { stamp, change }
}

/** A recorded change as the log returns it, without the properties that the change lacks. */
export interface LogEntry {
  /** Sorts by time. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly requestId: string
  readonly actor: string
  readonly operation: LoggedOperation
  readonly outcome: LoggedOutcome
  /** From when the enablement is `ENABLED`, if that is later than `at` and known. */
  readonly effectiveAt?: number
  readonly organizationId?: UnitId
  readonly unitId?: UnitId
  readonly skillId?: SkillId
  readonly itemId?: number
  readonly detail?: Readonly<Record<string, unknown>>
}

/** Returns when the ID of an entry was made, in milliseconds since the epoch; 0 for an empty one. */
export function timeOfId(id: string): number {
  return id === '' ? 0 : Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** Returns an ID below all that are made in this millisecond or later. */
export function lowestIdAt(ms: number): string {
  const digits = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`
}
