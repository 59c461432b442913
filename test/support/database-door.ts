import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** Stands before the database as a load balancer does: who comes while it is shut is let in and put out again. */
export async function startDoor(t: TestContext, databaseUrl: string) {
  const database = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isShut = false
  const server = createServer((client) => {
    if (isShut) {
      client.destroy()
      return
    }
    const behind = createConnection(Number(database.port), database.hostname)
    for (const socket of [client, behind]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          client.destroy()
          behind.destroy()
        })
    }
    client.pipe(behind).pipe(client)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const shut = () => {
    isShut = true
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    shut()
    server.close()
  })
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    shut,
    open: () => {
      isShut = false
    },
  }
}
