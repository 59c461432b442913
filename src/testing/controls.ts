/** Calls the test controls of a service, of the world to which the base URL leads. */
import { TestControlError } from './errors.ts'

export interface Controls {
  readonly url: string
  /** The operator's token. */
  readonly token: string
  /** Resolves to the body of the response. Rejects with a `TestControlError`. */
  call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T>
  /** The same; `undefined` for a 404. */
  find<T>(method: string, path: string): Promise<T | undefined>
  /** The controls at another base URL. */
  at(url: string): Controls
}

export function createControls(url: string, token: string): Controls {
  async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const address = `${url}/_skillkeeper/test${path}`
    const what = `${method} ${address}`
    let response: Response
    let text: string
    try {
      response = await fetch(address, {
        method,
        redirect: 'error',
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      })
      text = await response.text()
    } catch (cause) {
      throw new TestControlError(`${what} got no response: ${reasonOf(cause)}`, { cause })
    }
    const said = parsed(text)
    if (response.ok && (said !== undefined || text === '')) return said as T
    const { type, message } = refusalOf(said)
    throw new TestControlError(
      `${what}: ${message ?? `status ${response.status}, and no answer of Skillkeeper`}`,
      {
        status: response.status,
        code: type,
      },
    )
  }

  return {
    url,
    token,
    call,
    async find<T>(method: string, path: string) {
      try {
        return await call<T>(method, path)
      } catch (error) {
        if (error instanceof TestControlError && error.status === 404) return undefined
        throw error
      }
    },
    at: (other) => createControls(other, token),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusalOf(said: unknown): {
  readonly type?: string | undefined
  readonly message?: string | undefined
} {
  if (typeof said !== 'object' || said === null) return {}
  const [type, message] = [Reflect.get(said, 'type'), Reflect.get(said, 'message')]
  return typeof type === 'string' && typeof message === 'string' ? { type, message } : {}
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message : cause.message
}
