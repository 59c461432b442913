/**
 * The session of this page: a cookie that scripts cannot read buys access tokens of ten minutes. The token lives in a variable of
 * this module's object, and nowhere else.
 */
import { ApiError, AwayError, type ProblemBody } from './problems.ts'
import type { Me } from './wire.ts'

/** A token is replaced so long before it expires. */
const earlyMs = 60_000

type SessionState = 'unknown' | 'in' | 'out'

/** Buys tokens, one at a time, and tells when the session is over. Loads the page again if the cookie has become another's. */
export class Session {
  #token: { readonly text: string; readonly until: number } | undefined
  #pending: Promise<string> | undefined
  #state: SessionState = 'unknown'
  /** Whose data the page may hold. Another tab may give the cookie to somebody else. */
  #holder: string | undefined
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
      const holder = await holderOf(accessToken)
      if (this.#holder !== undefined && this.#holder !== holder) return await this.#loadAgain()
      this.#holder = holder
      this.#token = { text: accessToken, until: Date.now() + expiresInSeconds * 1000 }
      this.#become('in')
      return accessToken
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.#become('out')
      throw error
    }
  }

  /** Nobody gets the token of the new holder in the page of the last one. */
  #loadAgain(): Promise<never> {
    this.#become('unknown')
    location.reload()
    return new Promise(() => {})
  }

  #become(state: SessionState): void {
    if (state === this.#state) return
    this.#state = state
    if (state === 'out') this.#holder = undefined
    for (const listener of this.#listeners) listener()
  }
}

async function holderOf(token: string): Promise<string> {
  const response = await send('GET', '/_skillkeeper/me', { token })
  const { kind, actor } = (await response.json()) as Me
  return `${kind} ${actor}`
}

async function post(path: string, body: unknown): Promise<unknown> {
  const response = await send('POST', path, { body })
  return await response.json()
}

/** A request has either the cookie or a token. */
async function send(
  method: string,
  path: string,
  { body, token }: { readonly body?: unknown; readonly token?: string } = {},
): Promise<Response> {
  const response = await fetch(path, {
    method,
    credentials: token === undefined ? 'same-origin' : 'omit',
    cache: 'no-store',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
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
