/** The options of the client and of each call. */

import type { Operation, SkillsError } from './errors.ts'
import type { ClientClock } from './transport/clock.ts'
import type { Credentials } from './transport/credentials.ts'
import type { RetryOptions } from './transport/retry.ts'

/** Amazon's hosts: `NA` for organizations in the US and Canada, `EU` for Europe, `FE` for Japan. */
export type Region = 'NA' | 'EU' | 'FE'

/** Options of one call. They override those of the client. */
export interface CallOptions {
  /** Cancels the call: the method rejects with an `AbortError`. */
  readonly signal?: AbortSignal | undefined
  /** The time limit of the call, with all attempts and pauses, in milliseconds (60,000). */
  readonly timeoutMs?: number
  /** The time limit of one attempt, in milliseconds (15,000). */
  readonly attemptTimeoutMs?: number
  /** Headers to send in addition to those of the client. */
  readonly headers?: Readonly<Record<string, string>>
  readonly retry?: RetryOptions
}

interface CommonOptions extends Omit<CallOptions, 'signal'> {
  /** An access token, a function that returns one, or the ID and secret of an OAuth 2.0 client. */
  readonly credentials: Credentials
  /** The number of retries that the client has in all (100). Each success adds a tenth. Retries after 429 do not count. */
  readonly retryBudget?: number
  /**
   * Whether the client may repeat a request with an authorization code when it is unknown whether the request was
   * executed. Default: yes, except at Amazon's hosts. Skillkeeper exchanges a repeated code only once; Amazon may not.
   */
  readonly repeatsCodes?: boolean
  /** Called after every attempt, for a log. The event contains no secret. The client ignores errors that it throws. */
  readonly onAttempt?: (event: AttemptEvent) => void
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch
  readonly clock?: ClientClock
  /** Returns a number from 0 up to 1 for the random pauses (`Math.random`). */
  readonly random?: () => number
}

export type SkillsClientOptions = CommonOptions &
  (
    | {
        /** The address of the service, for example `http://127.0.0.1:5337`. */
        readonly endpoint: string | URL
        readonly region?: never
      }
    | {
        /** One of Amazon's hosts. */
        readonly region: Region
        readonly endpoint?: never
      }
  )

/** The part of `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** A finished attempt. */
export interface AttemptEvent {
  readonly operation: Operation
  readonly method: string
  /** Without the query. */
  readonly url: string
  /** From 1. */
  readonly attempt: number
  readonly durationMs: number
  /** Absent if there was no response. */
  readonly status: number | undefined
  readonly requestId: string | undefined
  /** Absent after a success. */
  readonly error: SkillsError | undefined
  /** The pause before the next attempt; absent if there is no other attempt. */
  readonly retryInMs: number | undefined
}
