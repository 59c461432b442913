/** Stands before a database as a host of many does: takes TLS, is told the name by the client, and shows a certificate. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { KeyPair } from '../../src/tls/authority.ts'

export interface TlsFront {
  readonly port: number
  /** The names that clients have asked for so far, one a connection; empty of one that named none. */
  readonly names: readonly string[]
}

/** What the front says to a request for TLS, in place of `S`. */
export type Answer = 'S' | 'N' | 'E' | 'S and more' | 'hang up'

export async function startTlsFront(
  t: TestContext,
  to: { readonly port: number },
  { certificate, key }: KeyPair,
  answer: Answer = 'S',
): Promise<TlsFront> {
  const names: string[] = []
  const sockets = new Set<Socket>()
  const context = createSecureContext({ cert: certificate, key })

  function encrypt(socket: Socket): void {
    let name = ''
    const encrypted = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      SNICallback: (asked, done) => {
        name = asked
        done(null, context)
      },
    })
    encrypted.on('error', () => {})
    encrypted.once('secure', () => {
      names.push(name)
      const server = connect(to.port, '127.0.0.1')
      server.on('error', () => {})
      server.on('close', () => encrypted.destroy())
      encrypted.on('close', () => server.destroy())
      encrypted.pipe(server).pipe(encrypted)
    })
  }

  const front = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => {
      if (answer === 'hang up') socket.end()
      else socket.write(answer === 'S and more' ? 'Smore' : answer)
      if (answer === 'S') encrypt(socket)
    })
  }).listen(0, '127.0.0.1')
  await once(front, 'listening')
  t.after(async () => {
    front.close()
    for (const socket of sockets) socket.destroy()
    await once(front, 'close')
  })
  return { port: Object(front.address()).port, names }
}
