/** Sessions of the console on two nodes of one database. Each node has a clock of its own. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { openDatabase } from '../support/postgres.ts'
import { operatorToken } from '../support/service.ts'
import { asNora, type Console, nora, startConsole } from '../support/sessions.ts'

/** How long a node may go on with a token that it has checked. */
const recheckMs = 5000

async function startTwo(t: TestContext): Promise<[Console, Console]> {
  const { settings } = await openDatabase(t)
  return [await startConsole(t, settings()), await startConsole(t, settings())]
}

describe('With two nodes', () => {
  test('a code of one becomes a session on the other, once', async (t) => {
    const nodes = await startTwo(t)
    for (let round = 0; round < 5; round++) {
      const code = await nodes[0].codeFor(asNora)
      const statuses = (await Promise.all([...nodes, ...nodes].map((node) => node.redeem(code)))).map(
        ({ status }) => status,
      )
      assert.deepEqual(statuses.sort(), [201, 403, 403, 403])
    }
    const { body } = await nodes[1].call('GET', '/_skillkeeper/sessions', { token: operatorToken })
    assert.equal(body.items.length, 5)
  })

  test('a session that ends on one ends at once for new tokens of the other, and for its known tokens within 5 s', async (t) => {
    const [one, other] = await startTwo(t)
    const cookie = await one.signIn()
    const token = await other.token(cookie)
    assert.equal((await other.uses(token)).person, 200)
    assert.equal(
      (await one.call('DELETE', '/_skillkeeper/sessions/current', { headers: { cookie } })).status,
      204,
    )
    assert.equal((await other.buy(cookie)).status, 401)
    assert.equal((await one.uses(token)).person, 401)
    other.clock.moveBy(recheckMs)
    assert.equal((await other.uses(token)).person, 401)
  })

  test('a session ends on both with its person', async (t) => {
    const [one, other] = await startTwo(t)
    const cookie = await other.signIn()
    const token = await other.token(cookie)
    await one.call('DELETE', `/_skillkeeper/people/${nora.id}`, { token: operatorToken })
    assert.equal((await other.buy(cookie)).status, 401)
    other.clock.moveBy(recheckMs)
    assert.equal((await other.uses(token)).person, 401)
  })
})
