/** Calls the test controls of a service, of the world to which the base URL leads. */
import { TestControlError } from './errors.ts'

export interface Controls {
  readonly url: string
  /** Resolves to the body of the response. Rejects with a `TestControlError`. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** The same; `undefined` for a 404. */
  find<T>(path: string): Promise<T | undefined>
  /** The controls at another base URL. */
  at(url: string): Controls
}

export function createControls(url: string, token: string): Controls {
  async function send(method: string, path: string, body: unknown): Promise<Response> {
    const address = `${url}/_skillkeeper/test${path}`
    try {
      return await fetch(address, {
        method,
        redirect: 'error',
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    } catch (cause) {
      throw new TestControlError(`${method} ${address} got no response: ${reasonOf(cause)}`, { cause })
    }
  }

  async function read<T>(method: string, path: string, response: Response): Promise<T> {
    const text = await response.text()
    const said: unknown = text === '' ? undefined : parsed(text)
    if (response.ok) return said as T
    const { type, message } = said as { type?: string; message?: string }
    throw new TestControlError(
      `${method} ${url}/_skillkeeper/test${path}: ${message ?? `status ${response.status}`}`,
      {
        status: response.status,
        ...(type !== undefined && { code: type }),
      },
    )
  }

  return {
    url,
    call: async (method, path, body) => read(method, path, await send(method, path, body)),
    async find(path) {
      const response = await send('GET', path, undefined)
      if (response.status === 404) {
        await response.body?.cancel()
        return undefined
      }
      return read('GET', path, response)
    },
    at: (other) => createControls(other, token),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message : cause.message
}
