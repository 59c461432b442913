/** What a client is told while the database is gone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { emptyDatabase } from '../support/postgres.ts'
import { startService } from '../support/service.ts'
import { startProxy } from '../support/tcp-proxy.ts'

test('a batch whose skill cannot be looked up now is answered 503, and no item of it is blamed', async (t) => {
  const proxy = await startProxy(t, await emptyDatabase())
  const sealingKey = Buffer.alloc(32, 7).toString('base64')
  const service = await startService(t, { databaseUrl: proxy.url, pollMs: 600_000, sealingKey })
  const token = await service.token(hospital.admin)
  // The unit is known from now on, and the skill is not.
  const list = `/v1/skills/enablements?unitId=${hospital.room}`
  assert.equal((await service.call('GET', list, { token })).status, 200)
  const body = { items: [{ itemId: 1, unitId: hospital.room, stage: 'live' }] }
  const enable = () =>
    service.call('POST', `/v1/skills/${hospital.nurseCall}/enablements/batch`, { token, body })

  proxy.hangUp()
  const refused = await enable()
  assert.equal(refused.status, 503, refused.text)
  assert.deepEqual(Object.keys(refused.body.errors[0] ?? {}), ['status', 'errorCode', 'errorDescription'])
  assert.notEqual(refused.headers.get('retry-after'), null)
  await proxy.repair()
  assert.equal((await enable()).status, 202)
})
