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

/** Reads the record past what the node has kept. */
async function readAnew(node: TestService) {
  node.clock.moveBy(2000)
  const { name, redirectUris } = Object((await node.call('GET', path, { token: operatorToken })).body)
  return { name, redirectUris }
}
