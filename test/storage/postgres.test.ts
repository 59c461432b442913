/** PostgreSQL: all that the port promises, by the suite that the embedded engine passes, and what only a server can do. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Refusal } from '../../src/model/refusal.ts'
import { emptyDatabase, openInPostgres, openNode } from '../support/postgres.ts'
import { storageConformance } from './conformance.ts'

storageConformance('PostgreSQL', openInPostgres, 30)

test('a load balancer that hangs up while there is no primary gets each write refused, and none waits for ever', async (t) => {
  const door = await startDoor(t, await emptyDatabase(t))
  const storage = await openNode(door.url)
  t.after(() => storage.close())
  const add = (id: string) => storage.keys.add({ id, purpose: 'hash', sealed: 'sealed', createdAt: 1 })
  await add('before')
  door.shut()
  for (const id of ['first', 'second']) {
    await assert.rejects(add(id), (error) => error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE')
  }
  door.open()
  await add('after')
  assert.deepEqual(
    (await storage.keys.list()).map(({ id }) => id),
    ['after', 'before'],
  )
})

/** Stands before the database as a load balancer does: who comes while it is shut is let in and put out again. */
async function startDoor(t: TestContext, databaseUrl: string) {
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
