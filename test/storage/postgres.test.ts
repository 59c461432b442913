/** PostgreSQL: all that the port promises, by the suite that the embedded engine passes, and what only a server can do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../src/model/refusal.ts'
import { startDoor } from '../support/database-door.ts'
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
