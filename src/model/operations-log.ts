import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import type { LoggedOperation, LoggedOutcome } from '../protocol/operator.ts'

/** One change with who, when, request ID and outcome. Holds no secret. */
export interface LogEntry {
  /** Sorts by time. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The `X-Amzn-RequestId` of the request that the change goes back to. */
  readonly requestId: string
  /** The client's ID, or `operator`, or `operator:NAME` where the token has a name. */
  readonly actor: string
  readonly operation: LoggedOperation
  readonly outcome: LoggedOutcome
  readonly organizationId?: UnitId
  readonly unitId?: UnitId
  readonly skillId?: SkillId
  /** Of the batch item that the change goes back to. */
  readonly itemId?: number
  /** What else is worth knowing, such as the stage or the reason of a failure. */
  readonly detail?: Readonly<Record<string, unknown>>
}
