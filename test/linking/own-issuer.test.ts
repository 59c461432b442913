import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { startService } from '../support/service.ts'

const demo = 'amzn1.application-oa2-client.demo'
const lightsClient = 'amzn1.application-oa2-client.demo-lights'
const lights = 'amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000002'
const room = 'amzn1.alexa.unit.did.ROOM101'
const redirectUri = 'http://127.0.0.1:9090/cb'

describe('The demo catalog', () => {
  test('has a skill that links accounts at the service itself: allow on the page, and enable with the code', async (t) => {
    const { service, authorize, enable, call } = await startDemo(t)
    const enabled = await enable(await authorize())
    assert.equal(enabled.status, 201)
    assert.deepEqual(enabled.body.accountLink, { status: 'LINKED' })
    const got = await call('GET', `?unitId=${room}`)
    assert.deepEqual(got.body.accountLink, { status: 'LINKED' })
    assert.equal((await call('DELETE', `?unitId=${room}`)).status, 204)
    await service.settled()
    const revocations = service.log
      .map((line) => JSON.parse(line))
      .filter(({ route }) => route === '/auth/o2/revoke')
    assert.deepEqual(
      revocations.map(({ status }) => status),
      [200, 200],
    )
  })

  test('The demo skill refuses a code that was changed, that comes with another redirect URI, or too late', async (t) => {
    const { service, authorize, enable } = await startDemo(t)
    const code = await authorize()
    assert.equal((await enable(`${code}x`)).status, 400)
    assert.equal((await enable(await authorize(), `${redirectUri}/`)).status, 400)
    const late = await authorize()
    service.clock.moveBy(5 * 60_000)
    const refused = await enable(late)
    assert.equal(refused.status, 400)
    assert.match(refused.body.message, /invalid_grant/)
    assert.equal((await enable(await authorize())).status, 201)
  })

  test('A code that was redeemed elsewhere links nothing', async (t) => {
    const { service, authorize, enable } = await startDemo(t)
    const code = await authorize()
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: lightsClient,
      client_secret: 'demo-secret',
    })
    const redeemed = await service.call('POST', '/auth/o2/token', { body: form.toString() })
    assert.equal(redeemed.status, 200)
    assert.equal((await enable(code)).status, 400)
  })
})

async function startDemo(t: TestContext) {
  const service = await startService(t, { catalog: undefined, rateLimit: 0 })
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: demo,
    client_secret: 'demo-secret',
    scope: 'alexa::enterprise:management',
  })
  const { body: tokens } = await service.call('POST', '/auth/o2/token', { body: form.toString() })
  const call = (method: string, query: string, body?: object) =>
    service.call(method, `/v1/skills/${lights}/enablements${query}`, { token: tokens.access_token, body })
  return {
    service,
    call,
    enable: (authCode: string, uri = redirectUri) =>
      call('POST', '', {
        unitId: room,
        stage: 'live',
        accountLinkRequest: { authCode, redirectUri: uri, type: 'AUTH_CODE' },
      }),
    /** What a person does on the page, with one form. */
    async authorize() {
      const allowed = await fetch(`${service.url}/ap/oa`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({
          client_id: lightsClient,
          redirect_uri: redirectUri,
          response_type: 'code',
          scope: 'profile',
          decision: 'allow',
        }),
      })
      assert.equal(allowed.status, 302)
      const location = new URL(allowed.headers.get('location') ?? '')
      return location.searchParams.get('code') ?? assert.fail(location.href)
    },
  }
}
