/** What a client is made with, and what a call may say for itself. */

import type { Operation, SkillsError } from './errors.ts'
import type { ClientClock } from './transport/clock.ts'
import type { Credentials } from './transport/credentials.ts'
import type { RetryOptions } from './transport/retry.ts'

/** Amazon's hosts: `NA` for organizations in the US and Canada, `EU` for Europe, `FE` for Japan. */
export type Region = 'NA' | 'EU' | 'FE'

/** Options of one call; each wins over that of the client. */
export interface CallOptions {
  /** Calls the whole off: the method rejects with an `AbortError`. */
  readonly signal?: AbortSignal | undefined
  /** For the whole call, all attempts and pauses together (60,000). */
  readonly timeoutMs?: number
  /** For one attempt (15,000). */
  readonly attemptTimeoutMs?: number
  /** Sent besides those of the client. */
  readonly headers?: Readonly<Record<string, string>>
  readonly retry?: RetryOptions
}

interface CommonOptions extends Omit<CallOptions, 'signal'> {
  /** An access token, a function that gives one, or the id and secret of an OAuth 2.0 client. */
  readonly credentials: Credentials
  /** Repetitions that the client has in all (100); each success gives a tenth of one back. Those after 429 do not count. */
  readonly retryBudget?: number
  /**
   * Whether a request with an authorization code may be repeated when it is unknown whether it was carried out. Without
   * it: only where the service exchanges a code once however often it comes, as Skillkeeper does and Amazon's hosts
   * may not.
   */
  readonly repeatsCodes?: boolean
  /** Told of every attempt, for a log. Nothing in it is secret; an error that it throws is ignored. */
  readonly onAttempt?: (event: AttemptEvent) => void
  /** Instead of the global one. */
  readonly fetch?: Fetch
  readonly clock?: ClientClock
  /** From 0 up to 1, for the pauses; `Math.random` without it. */
  readonly random?: () => number
}

export type SkillsClientOptions = CommonOptions &
  (
    | {
        /** Where the service is, for example `http://127.0.0.1:5337`. */
        readonly endpoint: string | URL
        readonly region?: never
      }
    | {
        /** One of Amazon's hosts. */
        readonly region: Region
        readonly endpoint?: never
      }
  )

/** As much of `fetch` as the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One attempt, after it has ended. */
export interface AttemptEvent {
  readonly operation: Operation
  readonly method: string
  /** Without the query. */
  readonly url: string
  /** From 1. */
  readonly attempt: number
  readonly durationMs: number
  /** Absent if no answer came. */
  readonly status: number | undefined
  readonly requestId: string | undefined
  /** What went wrong; absent after a success. */
  readonly error: SkillsError | undefined
  /** The pause before the next attempt; absent if there is none. */
  readonly retryInMs: number | undefined
}
