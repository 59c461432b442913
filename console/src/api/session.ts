/**
 * The session of this page: a cookie that scripts cannot read buys access tokens of ten minutes. The token lives in a variable of
 * this module's object, and nowhere else.
 */
import { ApiError, AwayError, type ProblemBody } from './problems.ts'

/** A token is replaced so long before it expires. */
const earlyMs = 60_000

type SessionState = 'unknown' | 'in' | 'out'

/** Buys tokens, one at a time, and tells when the session is over. */
export class Session {
  #token: { readonly text: string; readonly until: number } | undefined
  #pending: Promise<string> | undefined
  #state: SessionState = 'unknown'
  readonly #listeners = new Set<() => void>()

  get state(): SessionState {
    return this.#state
  }

  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Returns a token that is valid for some time. Throws an ApiError if nobody is signed in. */
  async token(): Promise<string> {
    if (this.#token && Date.now() < this.#token.until - earlyMs) return this.#token.text
    this.#pending ??= this.#buy().finally(() => {
      this.#pending = undefined
    })
    return await this.#pending
  }

  /** Forgets a token that the service refused. */
  forget(text: string): void {
    if (this.#token?.text === text) this.#token = undefined
  }

  /** Begins a session with a code of the authorize page, or with a one-time code. */
  async begin(body: { code: string; codeVerifier: string; redirectUri: string } | { oneTimeCode: string }) {
    await post('/_skillkeeper/sessions', body)
    this.#token = undefined
    await this.token()
  }

  async end(): Promise<void> {
    await send('DELETE', '/_skillkeeper/sessions/current')
    this.#token = undefined
    this.#become('out')
  }

  async #buy(): Promise<string> {
    try {
      const answer = await post('/_skillkeeper/sessions/current/token', {})
      const { accessToken, expiresInSeconds } = answer as { accessToken: string; expiresInSeconds: number }
      this.#token = { text: accessToken, until: Date.now() + expiresInSeconds * 1000 }
      this.#become('in')
      return accessToken
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.#become('out')
      throw error
    }
  }

  #become(state: SessionState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

async function post(path: string, body: unknown): Promise<unknown> {
  const response = await send('POST', path, body)
  return await response.json()
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  }).catch((cause: unknown) => {
    throw new AwayError(cause)
  })
  if (!response.ok) throw await problemOf(response)
  return response
}

/** Reads the answer of a refused request. */
export async function problemOf(response: Response): Promise<ApiError | AwayError> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody
  // 502 to 504 come from what stands before the service, or from a service that is not ready.
  if (response.status >= 502 && body.type === undefined) return new AwayError(response.status)
  return new ApiError(response.status, body, response.headers.get('x-amzn-requestid') ?? undefined)
}
