/** Sessions of the console in worlds: each has its own, and the journal shows none of their secrets. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Controlled, send, startControlled } from '../support/controlled.ts'
import { pkce } from '../support/issuer.ts'
import { operatorToken } from '../support/service.ts'
import { asNora, passphrase, peopleCatalog, signedInPath, wishOfConsole } from '../support/sessions.ts'

async function signIn(base: string) {
  const form = new URLSearchParams({ ...wishOfConsole, decision: 'allow', ...asNora })
  const allowed = await send('POST', `${base}/ap/oa`, { body: form.toString() })
  assert.equal(allowed.status, 302, allowed.text)
  const location = new URL(String(allowed.headers.location), base)
  const code = location.searchParams.get('code') ?? ''
  const begun = await send('POST', `${base}/_skillkeeper/sessions`, {
    body: { code, codeVerifier: pkce.verifier, redirectUri: signedInPath },
  })
  assert.equal(begun.status, 201, begun.text)
  const [cookie = ''] = (begun.headers['set-cookie']?.[0] ?? '').split(';')
  return { location, code, cookie }
}

const buy = (base: string, cookie: string) =>
  send('POST', `${base}/_skillkeeper/sessions/current/token`, { headers: { cookie }, body: {} })

const start = (t: Parameters<typeof startControlled>[0]): Promise<Controlled> =>
  startControlled(t, { catalog: peopleCatalog })

describe('Sessions in worlds', () => {
  test('belong to one world: the cookie of another buys nothing', async (t) => {
    const { create, url } = await start(t)
    const [one, other] = [await create(), await create()]
    const { cookie, location } = await signIn(one)
    assert.equal(location.pathname, new URL(one).pathname + signedInPath)
    assert.equal((await buy(other, cookie)).status, 401)
    assert.equal((await buy(url, cookie)).status, 401)
    const bought = await buy(one, cookie)
    assert.equal(bought.status, 200)
    const read = (base: string) =>
      send('GET', `${base}/v1/skills/enablements?unitId=amzn1.alexa.unit.did.WARD`, {
        token: bought.body.accessToken,
      })
    assert.deepEqual([(await read(one)).status, (await read(other)).status], [200, 401])
  })

  test('show no secret in the journal', async (t) => {
    const { create, control } = await start(t)
    const world = await create()
    const { code, cookie } = await signIn(world)
    const { body: bought } = await buy(world, cookie)
    const made = await send('POST', `${world}/_skillkeeper/sessions/codes`, { token: operatorToken })
    const { code: oneTimeCode } = made.body
    await send('POST', `${world}/_skillkeeper/sessions`, { body: { oneTimeCode } })
    const journal = await control('GET', '/journal?operation=session', undefined, world)
    assert.equal(journal.status, 200, journal.text)
    assert.ok(journal.body.items.length >= 4, journal.text)
    const everything = await control('GET', '/journal', undefined, world)
    const secrets = [code, cookie.split('=')[1], bought.accessToken, oneTimeCode, pkce.verifier, passphrase]
    for (const secret of secrets) {
      assert.ok(secret)
      for (const text of [secret, encodeURIComponent(secret)])
        assert.ok(!everything.text.includes(text), text)
    }
  })
})
