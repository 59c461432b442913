/** One call as the client passes it on: to whom, with what, and how it may be repeated. */
import type { Operation } from '../errors.ts'
import type { CallOptions } from '../options.ts'

export interface Call {
  readonly operation: Operation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly body?: string
  readonly contentType?: string
  /** None for the call that gets a token. */
  readonly tokens?: TokenSource
  /** Whether it does no harm to send it again when it is unknown whether it was carried out. */
  readonly isRepeatable: boolean
  /** A status that, to a repetition of what may have been carried out, says that it was. */
  readonly doneStatus?: number
  /** Texts that no error and no event may contain, besides the access token. */
  readonly secrets: readonly string[]
  readonly options?: CallOptions
}

export interface Answer {
  readonly status: number
  readonly requestId: string | undefined
  /** The JSON of the answer; nothing if it was empty. */
  readonly body: unknown
}

export type Send = (call: Call) => Promise<Answer>

/** Where access tokens come from. */
export interface TokenSource {
  /** A token, and another one than that which was rejected. Rejects with a `TokenError`. */
  token(rejectedToken: string | undefined): Promise<string>
  /** Whether it is of use to ask again after a 401. */
  readonly isRenewable: boolean
}
