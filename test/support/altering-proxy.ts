/** A proxy before a real service that changes its answers as a test says. */
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { listen } from './listen.ts'

/** An answer as it goes back to the client. */
export interface Altered {
  status: number
  headers: Record<string, string>
  /** The JSON of the answer; a text is sent as it is. */
  body: unknown
}

/** What a test may look at. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface AlteringProxy {
  readonly url: string
  /** What came in. */
  readonly asked: readonly Asked[]
  stop(): Promise<void>
}

/** `alter` changes the answer in place. */
export async function startAlteringProxy(
  target: string,
  alter: (answer: Altered, asked: Asked) => void | Promise<void>,
): Promise<AlteringProxy> {
  const seen: Asked[] = []
  const { url, stop } = await listen(() => async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const body = await text(request)
    const asked = { method, path, headers, body }
    seen.push(asked)
    const answered = await fetch(target + path, {
      method,
      headers: {
        ...(headers.authorization && { authorization: headers.authorization }),
        ...(headers['content-type'] && { 'content-type': headers['content-type'] }),
      },
      ...(body !== '' && { body }),
    })
    const content = await answered.text()
    const altered: Altered = {
      status: answered.status,
      headers: Object.fromEntries(answered.headers),
      body: content === '' ? undefined : JSON.parse(content),
    }
    await alter(altered, asked)
    if (response.destroyed) return
    const sent = typeof altered.body === 'string' ? altered.body : (JSON.stringify(altered.body) ?? '')
    const { 'content-length': _length, ...rest } = altered.headers
    response.writeHead(altered.status, rest)
    response.end(method === 'HEAD' ? undefined : sent)
    await once(response, 'close')
  })
  return { url, asked: seen, stop }
}
