import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on a free port of the loopback address. */
export interface Listening {
  readonly url: string
  readonly server: Server
  stop(): Promise<void>
}

/** Listens, and only then asks for the handler, which may need to know the address. */
export async function listen(handlerAt: (url: string) => RequestListener): Promise<Listening> {
  let handler: RequestListener | undefined
  const server = createServer((request, response) => handler?.(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  handler = handlerAt(url)
  return {
    url,
    server,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
