/**
 * A TCP proxy before the service that does to each connection what the test says. What is behind it stays a real server.
 * It makes every connection carry one request, so that what befalls a connection befalls a request.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/**
 * - `drop`: the connection breaks before the service sees anything
 * - `lose`: the service does its work, the connection breaks before the answer
 * - `truncate`: the connection breaks in the middle of the answer
 * - `duplicate`: the service gets the request twice
 * - `hold`: the answer is kept back until `release`
 */
export type Fault = 'pass' | 'drop' | 'lose' | 'truncate' | 'duplicate' | 'hold'

export interface UnreliableProxy {
  readonly url: string
  /** How many requests came in. */
  readonly requests: () => number
  /** What befalls the next requests, one each; after them all pass. */
  plan(...faults: readonly Fault[]): void
  /** What befalls any request for which nothing is planned. */
  otherwise(decide: () => Fault): void
  /** Resolves when so many answers are held at once. */
  held(count: number): Promise<void>
  release(): void
  stop(): Promise<void>
}

export async function startUnreliableProxy(target: string): Promise<UnreliableProxy> {
  const { hostname, port } = new URL(target)
  const planned: Fault[] = []
  const sockets = new Set<Socket>()
  const holding = new Set<() => void>()
  const watchers = new Set<{ count: number; resolve: () => void }>()
  let decide: () => Fault = () => 'pass'
  let requests = 0

  function track(socket: Socket): Socket {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    return socket
  }
  const toService = () => track(connect(Number(port), hostname))

  async function holdBack(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    holding.add(resolve)
    for (const watcher of watchers) if (holding.size >= watcher.count) watcher.resolve()
    await promise
  }

  function handle(client: Socket): void {
    track(client)
    client.once('data', (first: Buffer) => {
      requests += 1
      const fault = planned.shift() ?? decide()
      if (fault === 'drop') return void client.destroy()
      const sent = [oneRequest(first)]
      const service = toService()
      service.write(sent[0] ?? '')
      client.on('data', (chunk: Buffer) => {
        sent.push(chunk)
        service.write(chunk)
      })
      client.on('close', () => service.destroy())
      return void passBack(fault, service, client, () => Buffer.concat(sent))
    })
  }

  async function passBack(
    fault: Fault,
    service: Socket,
    client: Socket,
    request: () => Buffer,
  ): Promise<void> {
    const chunks: Buffer[] = []
    service.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(service, 'close')
    const answer = Buffer.concat(chunks)
    if (fault === 'lose') return void client.destroy()
    if (fault === 'truncate')
      return void client.write(answer.subarray(0, answer.length / 2), () => client.destroy())
    if (fault === 'duplicate') {
      const again = toService()
      again.resume().write(request())
      await once(again, 'close')
    }
    if (fault === 'hold') await holdBack()
    client.end(answer)
  }

  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    plan: (...faults) => void planned.push(...faults),
    otherwise(next) {
      decide = next
    },
    held(count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      if (holding.size >= count) resolve()
      watchers.add({ count, resolve })
      return promise
    },
    release() {
      for (const resolve of holding) resolve()
      holding.clear()
    },
    async stop() {
      for (const resolve of holding) resolve()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Asks the service to close the connection after its answer. */
function oneRequest(head: Buffer): Buffer {
  const text = head.toString('latin1')
  return Buffer.from(text.replace(/\r\nconnection: keep-alive\r\n/i, '\r\nconnection: close\r\n'), 'latin1')
}
