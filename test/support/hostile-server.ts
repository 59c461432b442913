/** An OAuth server that behaves as badly as the test says, and remembers what it was asked. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { listen } from './listen.ts'

export interface HostileServer {
  readonly url: string
  readonly requests: { path: string; headers: IncomingHttpHeaders; body: string }[]
  stop(): Promise<void>
}

/** `answers`: what to do on each path. An answer may leave the response open. */
export async function startHostileServer(
  answers: Readonly<Record<string, (response: ServerResponse) => void>>,
): Promise<HostileServer> {
  const requests: HostileServer['requests'] = []
  const { url, stop } = await listen(() => (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      requests.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() })
      const answer = answers[path.split('?')[0] ?? '']
      if (answer) answer(response)
      else response.writeHead(404).end()
    })
  })
  return { url, requests, stop }
}

/** An answer with a status and a body; JSON unless it is a text or bytes. */
export function answer(status: number, body: unknown = '', headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse) => {
    const isText = typeof body === 'string' || Buffer.isBuffer(body)
    response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
    response.end(isText ? body : JSON.stringify(body))
  }
}

/** Never answers. */
export const silence = () => {}

/** Sends a little, for ever, until the other end hangs up. */
export function drip(piece: string) {
  return (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(piece), 5)
    response.on('close', () => clearInterval(timer))
  }
}
