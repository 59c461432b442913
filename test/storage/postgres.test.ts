/** PostgreSQL: all that the port promises, by the suite that the embedded engine passes, and what only a server can do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../src/model/refusal.ts'
import { emptyDatabase, openInPostgres, openNode } from '../support/postgres.ts'
import { startProxy } from '../support/tcp-proxy.ts'
import { storageConformance } from './conformance.ts'

storageConformance('PostgreSQL', openInPostgres, 30)

test('a load balancer that hangs up while there is no primary gets each write refused, and none waits for ever', async (t) => {
  const proxy = await startProxy(t, await emptyDatabase(t))
  const storage = await openNode(proxy.url)
  t.after(() => storage.close())
  const add = (id: string) => storage.keys.add({ id, purpose: 'hash', sealed: 'sealed', createdAt: 1 })
  await add('before')
  proxy.hangUp()
  for (const id of ['first', 'second']) {
    await assert.rejects(add(id), (error) => error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE')
  }
  await proxy.repair()
  await add('after')
  assert.deepEqual(
    (await storage.keys.list()).map(({ id }) => id),
    ['after', 'before'],
  )
})
