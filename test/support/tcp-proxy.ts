/**
 * Stands between a node and its database and behaves as badly as the test says: gone, silent, or cut in the very moment
 * of a commit. What is behind it stays a real PostgreSQL.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface TcpProxy {
  /** The address of the database, by way of the proxy. */
  readonly url: string
  /** Connections that came so far. */
  readonly arrivals: number
  /** From now on everything passes. */
  repair(): Promise<void>
  /** Nobody listens any more, and what was connected is cut. */
  breakDown(): Promise<void>
  /** Whoever is connected or comes gets no answer, and nothing that they send arrives. */
  swallow(): void
  /** Whoever is connected is cut, and whoever comes is taken and cut at once. */
  hangUp(): void
  /** Whoever is connected is cut, and whoever comes is refused as a server does it that says this SQLSTATE. */
  refuseWith(sqlState: string): void
  /**
   * Cuts the connection of the next commit: before it is at the server, or when it was carried out and its answer is on
   * the way. Resolves when that has happened.
   */
  cutCommit(moment: 'before' | 'after'): Promise<void>
}

type Mode = 'pass' | 'swallow' | 'hang up' | { readonly refusal: Buffer }

const commit = Buffer.from('commit\0')
const committed = Buffer.from('COMMIT\0')

export async function startProxy(t: TestContext, databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl)
  const pairs = new Set<[Socket, Socket]>()
  const others = new Set<Socket>()
  let mode: Mode = 'pass'
  let arrivals = 0
  let cut: { moment: 'before' | 'after'; done: () => void } | undefined

  function take(client: Socket): void {
    arrivals += 1
    client.on('error', () => {})
    if (mode === 'pass') {
      pass(client)
      return
    }
    others.add(client)
    client.on('close', () => others.delete(client))
    if (mode === 'hang up') client.end()
    if (typeof mode === 'object') {
      const { refusal } = mode
      client.once('data', () => client.end(refusal))
    }
    client.resume()
  }

  function pass(client: Socket): void {
    const server = connect(Number(target.port), target.hostname)
    const pair: [Socket, Socket] = [client, server]
    pairs.add(pair)
    let isCommitting = false
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    server.on('error', () => {})
    client.on('close', end)
    server.on('close', end)
    client.on('data', (bytes: Buffer) => {
      if (mode === 'swallow') return
      if (cut !== undefined && bytes.includes(commit)) {
        if (cut.moment === 'before') {
          end()
          cut.done()
          return
        }
        isCommitting = true
      }
      server.write(bytes)
    })
    server.on('data', (bytes: Buffer) => {
      if (mode === 'swallow') return
      if (!isCommitting) client.write(bytes)
      else if (bytes.includes(committed)) {
        end()
        cut?.done()
      }
    })
  }

  function cutAll(): void {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    for (const socket of others) socket.destroy()
  }

  let server: Server | undefined
  async function open(port: number): Promise<number> {
    server = createServer(take).listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    return address.port
  }
  async function close(): Promise<void> {
    const closing = server
    server = undefined
    if (closing === undefined) return
    closing.close()
    cutAll()
    await once(closing, 'close')
  }
  const port = await open(0)
  t.after(close)

  return {
    url: databaseUrl.replace(`:${target.port}`, `:${port}`),
    get arrivals() {
      return arrivals
    },
    async repair() {
      mode = 'pass'
      for (const socket of others) socket.destroy()
      if (server === undefined) await open(port)
    },
    breakDown: close,
    swallow() {
      mode = 'swallow'
    },
    hangUp() {
      mode = 'hang up'
      cutAll()
    },
    refuseWith(sqlState) {
      mode = { refusal: fatal(sqlState) }
      cutAll()
    },
    cutCommit(moment) {
      const { promise, resolve } = Promise.withResolvers<void>()
      cut = {
        moment,
        done() {
          cut = undefined
          resolve()
        },
      }
      return promise
    },
  }
}

/** Source: PostgreSQL, "Message Formats", ErrorResponse. */
function fatal(sqlState: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0Mnot now\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeUInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
