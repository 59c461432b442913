// The clients of the demo catalog, whose secret everybody knows, are gone once there is a catalog of one's own.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import demoCatalog from '../../src/app/demo-catalog.json' with { type: 'json' }
import type { StartOptions } from '../../src/app/index.ts'
import { temporaryFolder } from '../support/program.ts'
import { operatorToken, startService, type TestService } from '../support/service.ts'

const demoIds = demoCatalog.clients.map(({ id }) => id).sort()
const own = {
  clients: [{ id: 'own', secret: 'a secret of its own', refreshToken: 'Atzr|its-refresh-token' }],
}

/** Starts on the folder, does something, and stops; gives the IDs of the clients that are there at the end. */
async function run(
  t: TestContext,
  data: string,
  catalog: StartOptions['catalog'],
  act: (service: TestService) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const service = await startService(t, { data, catalog })
  await act(service)
  const { body } = await service.call('GET', '/_skillkeeper/clients', { token: operatorToken })
  await service.stop()
  return (body.items as unknown as { id: string }[]).map(({ id }) => id).sort()
}

const put = (catalog: object) => async (service: TestService) => {
  const { status } = await service.call('POST', '/_skillkeeper/catalog', {
    token: operatorToken,
    body: catalog,
  })
  assert.equal(status, 200)
}

const demoForm = { client_id: 'amzn1.application-oa2-client.demo', client_secret: 'demo-secret' }
const demoStatus = async (service: TestService, form: Readonly<Record<string, string>>) => {
  const body = new URLSearchParams({ ...demoForm, ...form }).toString()
  return (await service.call('POST', '/auth/o2/token', { body })).status
}

describe('The clients of the demo catalog', () => {
  test('are there from start to start while there is no other catalog', async (t) => {
    const data = temporaryFolder(t)
    for (let starts = 0; starts < 3; starts += 1) assert.deepEqual(await run(t, data, undefined), demoIds)
  })

  for (const [what, catalog] of Object.entries({
    'one with a client': own,
    'one without clients': { skills: [{ id: 'amzn1.ask.skill.own', name: 'Own', stages: ['live'] }] },
    'an empty one': {},
  })) {
    test(`are gone for good after a start with another catalog: ${what}`, async (t) => {
      const data = temporaryFolder(t)
      const left = 'clients' in catalog ? ['own'] : []
      await run(t, data, undefined)
      assert.deepEqual(await run(t, data, catalog), left)
      assert.deepEqual(await run(t, data, undefined), left)
      assert.deepEqual(await run(t, data, undefined), left)
      assert.deepEqual(await run(t, data, catalog), left)
    })
  }

  test('never come where the first start had another catalog', async (t) => {
    const data = temporaryFolder(t)
    assert.deepEqual(await run(t, data, own), ['own'])
    assert.deepEqual(await run(t, data, undefined), ['own'])
  })

  test('are gone at once, with their tokens, when the operator brings a client', async (t) => {
    const data = temporaryFolder(t)
    const refreshing = { grant_type: 'refresh_token', refresh_token: 'Atzr|demo-refresh-token' }
    const left = await run(t, data, undefined, async (service) => {
      const wish = { grant_type: 'client_credentials', scope: 'alexa::enterprise:management' }
      const body = new URLSearchParams({ ...demoForm, ...wish }).toString()
      const { access_token: token } = (await service.call('POST', '/auth/o2/token', { body })).body
      const list = '/v1/skills/enablements?unitId=amzn1.alexa.unit.did.ROOM101'
      assert.equal((await service.call('GET', list, { token })).status, 200)
      assert.equal(await demoStatus(service, refreshing), 200)
      await put({ skills: [{ id: 'amzn1.ask.skill.own', name: 'Own', stages: ['live'] }] })(service)
      assert.equal((await service.call('GET', list, { token })).status, 200)
      await put(own)(service)
      assert.equal((await service.call('GET', list, { token })).status, 401)
      assert.equal(await demoStatus(service, wish), 401)
      assert.equal(await demoStatus(service, refreshing), 401)
    })
    assert.deepEqual(left, ['own'])
    assert.deepEqual(await run(t, data, undefined), ['own'])
  })

  test('stay as far as the other catalog has them itself, as it has them', async (t) => {
    const data = temporaryFolder(t)
    const [demo] = demoCatalog.clients
    const copied = { clients: [{ id: demo?.id, secret: 'another secret' }] }
    await run(t, data, undefined)
    assert.deepEqual(await run(t, data, copied), [demo?.id])
    const left = await run(t, data, undefined, async (service) => {
      const wish = { grant_type: 'client_credentials', scope: 'profile' }
      assert.equal(await demoStatus(service, wish), 401)
      assert.equal(await demoStatus(service, { ...wish, client_secret: 'another secret' }), 200)
    })
    assert.deepEqual(left, [demo?.id])
  })

  test('do not come back where the operator has removed them all', async (t) => {
    const data = temporaryFolder(t)
    const left = await run(t, data, undefined, async (service) => {
      for (const id of demoIds)
        await service.call('DELETE', `/_skillkeeper/clients/${id}`, { token: operatorToken })
    })
    assert.deepEqual(left, [])
    assert.deepEqual(await run(t, data, undefined), [])
  })
})
