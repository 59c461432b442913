/** Two nodes change different properties of one record. Each node keeps records in memory for up to two seconds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { openDatabase } from '../support/postgres.ts'
import { operatorToken, startService, type TestService } from '../support/service.ts'

const path = `/_skillkeeper/clients/${hospital.admin}`
const change = (node: TestService, body: object) => node.call('PATCH', path, { token: operatorToken, body })

test('A change of one property keeps what another node has changed, also if this node has not seen it yet', async (t) => {
  const { settings } = await openDatabase(t)
  const [one, two] = [await startService(t, settings()), await startService(t, settings())]
  // Both have read the record, and the clock of neither moves.
  for (const node of [one, two])
    assert.equal((await node.call('GET', path, { token: operatorToken })).status, 200)
  assert.equal((await change(one, { name: 'Desk' })).status, 200)
  assert.equal((await change(two, { grants: ['client_credentials'] })).status, 200)
  const { name, grants } = Object((await two.call('GET', path, { token: operatorToken })).body)
  assert.deepEqual({ name, grants }, { name: 'Desk', grants: ['client_credentials'] })

  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all([
      change(one, { name: `Desk ${round}` }),
      change(two, { redirectUris: [`https://desk.example/${round}`] }),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
    const stored = await readAnew(one)
    assert.deepEqual(stored, { name: `Desk ${round}`, redirectUris: [`https://desk.example/${round}`] })
  }
})

test('What a node has kept in memory is neither taken for what is stored nor written again', async (t) => {
  const { settings } = await openDatabase(t)
  const [one, two] = [await startService(t, settings()), await startService(t, settings())]
  const grants = ['client_credentials']
  assert.equal((await change(one, { grants })).status, 200)
  assert.equal((await two.call('GET', path, { token: operatorToken })).status, 200)
  assert.equal((await one.call('GET', path, { token: operatorToken })).status, 200)
  assert.equal((await change(two, { grants: ['refresh_token'] })).status, 200)
  assert.equal((await change(one, { grants })).status, 200)
  two.clock.moveBy(2000)
  const changed = await two.call('GET', path, { token: operatorToken })
  assert.deepEqual(Object(changed.body).grants, grants)

  const saved = Object((await one.call('GET', '/_skillkeeper/catalog', { token: operatorToken })).body)
  const client = saved.clients.find(({ id }: { id: string }) => id === hospital.admin)
  assert.equal((await one.call('GET', path, { token: operatorToken })).status, 200)
  const renewed = await two.call('POST', `${path}/secret`, { token: operatorToken })
  const body = { clients: [{ ...client, name: 'Another name' }] }
  assert.equal((await one.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body })).status, 200)
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: hospital.admin,
    client_secret: Object(renewed.body).secret,
    scope: 'alexa::enterprise:management',
  })
  const token = await fetch(`${two.url}/auth/o2/token`, { method: 'POST', body: form })
  assert.equal(token.status, 200)
})

/** Reads the record past what the node has kept. */
async function readAnew(node: TestService) {
  node.clock.moveBy(2000)
  const { name, redirectUris } = Object((await node.call('GET', path, { token: operatorToken })).body)
  return { name, redirectUris }
}
