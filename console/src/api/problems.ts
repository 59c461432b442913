/** The two ways in which a call fails: the service refuses it, or it does not answer. */

export interface ProblemBody {
  readonly type?: string
  readonly message?: string
  readonly error?: string
  readonly error_description?: string
  readonly errors?: readonly { readonly errorDescription?: string }[]
}

/** The service refused. `message` is that of the service. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly requestId: string | undefined

  constructor(status: number, body: ProblemBody, requestId?: string) {
    const details = body.errors?.map((one) => one.errorDescription).filter(Boolean) ?? []
    super(body.message ?? body.error_description ?? details[0] ?? `HTTP ${status}`)
    this.status = status
    this.code = body.type ?? body.error ?? String(status)
    this.requestId = requestId
  }
}

/** Whether the service will go on refusing: whoever asks may not, or what is asked for is gone. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404].includes(error.status)
}

/** The service does not answer: the network or the service is away. */
export class AwayError extends Error {
  override readonly name = 'AwayError'

  constructor(cause: unknown) {
    super('no connection', { cause })
  }
}
