/** One call: its target, its content and its repeatability. This folder sends calls, retries them and gets access tokens. */
import type { Operation } from '../errors.ts'
import type { CallOptions } from '../options.ts'

export interface Call {
  readonly operation: Operation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly body?: string
  readonly contentType?: string
  /** Absent for the call that gets a token. */
  readonly tokens?: TokenSource
  /** Whether it is safe to send the request again when it is unknown whether it was executed. */
  readonly isRepeatable: boolean
  /** If an attempt may have been executed, this status of a later attempt means that it was. */
  readonly doneStatus?: number
  /** Strings that no error and no event may contain, in addition to the access token. */
  readonly secrets: readonly string[]
  readonly options?: CallOptions
}

export interface Answer {
  readonly status: number
  readonly requestId: string | undefined
  /** The JSON of the response; absent if the response was empty. */
  readonly body: unknown
}

export type Send = (call: Call) => Promise<Answer>

/** A source of access tokens. */
export interface TokenSource {
  /** Returns a token that is not the rejected one. Rejects with a `TokenError`. */
  token(rejectedToken: string | undefined): Promise<string>
  /** Whether the source can return another token after a 401. */
  readonly isRenewable: boolean
}
