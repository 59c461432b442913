/** Every call of the console to the API: with a token of the session, never with a cookie. */
import { noteAnswer } from './connection.ts'
import { ApiError, AwayError } from './problems.ts'
import { problemOf, Session } from './session.ts'

export const session = new Session()

export interface CallOptions {
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string>>
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Calls the service and returns the JSON of its answer. Throws an ApiError or an AwayError. */
export async function call<Answer>(method: Method, path: string, options: CallOptions = {}): Promise<Answer> {
  const response = await open(method, path, options)
  const text = await response.text().catch((cause: unknown) => {
    throw new AwayError(cause)
  })
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

/** Calls the service and returns the answer with its body unread, for streams. */
export async function open(method: Method, path: string, options: CallOptions = {}): Promise<Response> {
  const first = await attempt(method, path, options)
  if (first.response.status !== 401) return await accept(first.response)
  // The token has expired, or the service has other keys: one more attempt with a new one.
  session.forget(first.token)
  return await accept((await attempt(method, path, options)).response)
}

async function attempt(method: Method, path: string, { query, body, signal, headers }: CallOptions) {
  try {
    const token = await session.token()
    const response = await fetch(path + queryText(query), {
      method,
      credentials: 'omit',
      cache: 'no-store',
      ...(signal && { signal }),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      if (signal?.aborted) throw cause
      throw new AwayError(cause)
    })
    return { token, response }
  } catch (error) {
    if (error instanceof AwayError) noteAnswer(true)
    throw error
  }
}

async function accept(response: Response): Promise<Response> {
  if (response.ok) {
    noteAnswer(false)
    return response
  }
  const problem = await problemOf(response)
  noteAnswer(problem instanceof AwayError)
  throw problem
}

function queryText(query: CallOptions['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined || value === '') return []
    const values = typeof value === 'string' || typeof value === 'number' ? [value] : value
    return values.map((one) => [name, String(one)])
  })
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

/** Whether a call may succeed if it is made again. */
export function mayRecover(error: unknown): boolean {
  return (
    error instanceof AwayError ||
    (error instanceof ApiError && (error.status === 429 || error.status === 503))
  )
}
