// Requests that a page of another site sends with the browser of somebody who is signed in, and hosts of another site.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Question, send } from '../support/controlled.ts'
import { hasOwnServer, operatorToken } from '../support/service.ts'
import { asOperator, startConsole } from '../support/sessions.ts'

type Headers = Readonly<Record<string, string>>

const foreign: readonly Headers[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'SAME-ORIGIN' },
  { 'sec-fetch-site': '' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://127.0.0.1:1' },
]

describe('A request of a page', () => {
  test('of another origin gets no session, no token and ends no session', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    const path = `${service.url}/_skillkeeper/sessions`
    const question = async (headers: Headers): Promise<[string, string, Question][]> => [
      ['POST', path, { headers, body: { oneTimeCode: await service.oneTimeCode() } }],
      ['POST', `${path}/current/token`, { headers: { ...headers, cookie }, body: {} }],
      ['DELETE', `${path}/current`, { headers: { ...headers, cookie } }],
    ]
    for (const headers of foreign) {
      for (const asked of await question(headers)) {
        const { status, headers: answered, text } = await send(...asked)
        assert.equal(status, 403, `${asked[0]} ${JSON.stringify(headers)}`)
        assert.equal(answered['set-cookie'], undefined)
        assert.equal(answered['access-control-allow-origin'], undefined)
        assert.ok(!text.includes('accessToken'))
      }
    }
    const { origin } = new URL(service.url)
    const owns: readonly Headers[] = [{ 'sec-fetch-site': 'same-origin', origin }, { origin }, {}]
    for (const own of owns) {
      const bought = await send('POST', `${path}/current/token`, { headers: { ...own, cookie }, body: {} })
      assert.equal(bought.status, 200, bought.text)
    }
  })

  test('gets nothing with what a form of a page can send', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    const path = `${service.url}/_skillkeeper/sessions`
    const asks = [
      [path, JSON.stringify({ oneTimeCode: await service.oneTimeCode() })],
      [`${path}/current/token`, '{}'],
    ] as const
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain; application/json',
      'application/jsonp',
    ]
    for (const [to, body] of asks) {
      for (const type of types) {
        const headers = { cookie, 'content-type': type }
        const { status, headers: answered, text } = await send('POST', to, { headers, body })
        assert.equal(status, 400, `${type} ${text}`)
        assert.equal(answered['set-cookie'], undefined)
      }
      // Also without a body, and for an address that a person has typed.
      assert.equal((await send('POST', to, { headers: { cookie } })).status, 400)
      const typed = { cookie, 'sec-fetch-site': 'none', 'content-type': 'application/json' }
      assert.equal((await send('POST', to, { headers: typed, body })).status, 403)
    }
    const json = { cookie, 'content-type': 'Application/JSON; charset=utf-8' }
    for (const [to, body] of asks)
      assert.match(String((await send('POST', to, { headers: json, body })).status), /^20/)
  })

  test('of an origin that may use the API may not use sessions', async (t) => {
    const origin = 'https://app.example'
    const service = await startConsole(t, { corsOrigin: origin })
    const cookie = await service.signIn()
    const headers = { origin, 'sec-fetch-site': 'cross-site', cookie }
    const path = `${service.url}/_skillkeeper/sessions/current/token`
    const { status, headers: answered } = await send('POST', path, { headers, body: {} })
    assert.deepEqual([status, answered['access-control-allow-origin']], [403, undefined])
    const preflight = await send('OPTIONS', path, {
      headers: { ...headers, 'access-control-request-method': 'POST' },
    })
    assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [403, undefined])
  })

  test('of a host that is made to lead here gets nothing', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    const path = `${service.url}/_skillkeeper/sessions/current/token`
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80']) {
      const headers = { host, cookie, 'sec-fetch-site': 'same-origin', origin: `http://${host}` }
      assert.equal((await send('POST', path, { headers, body: {} })).status, 421, host)
    }
  })
})

describe('A service on other addresses', () => {
  test('has the console only at names that it knows, and needs HTTPS there', async (t) => {
    if (!hasOwnServer(t)) return
    const service = await startConsole(t, { host: '0.0.0.0', console: 'on', hostNames: 'keeper.example' })
    const url = service.url.replace('0.0.0.0', '127.0.0.1')
    const redeem = (host: string, oneTimeCode: string) =>
      send('POST', `${url}/_skillkeeper/sessions`, { headers: { host }, body: { oneTimeCode } })
    const oneTimeCode = await service.oneTimeCode()
    assert.equal((await redeem('other.example', oneTimeCode)).status, 421)
    // Other routes know no name of this service.
    const health = await send('GET', `${url}/livez`, { headers: { host: 'other.example' } })
    assert.equal(health.status, 200)
    const { status, headers } = await redeem('keeper.example', oneTimeCode)
    assert.equal(status, 201)
    const [cookie = ''] = headers['set-cookie'] ?? []
    assert.match(cookie, /^__Host-skillkeeper-session=[\w-]{43}; HttpOnly; Secure; SameSite=Strict; Path=\/$/)
    const buy = async (host: string, shown: string) =>
      (
        await send('POST', `${url}/_skillkeeper/sessions/current/token`, {
          headers: { host, cookie: shown },
          body: {},
        })
      ).status
    const [secure = ''] = cookie.split(';')
    assert.equal(await buy('keeper.example', secure), 200)
    assert.equal(await buy('keeper.example', secure.replace('__Host-', '')), 401)
    assert.equal(await buy('127.0.0.1', secure), 401)
    const { body } = await send('POST', `${url}/_skillkeeper/sessions/codes`, {
      token: operatorToken,
      headers: { host: 'keeper.example' },
    })
    assert.ok(body.url.startsWith('https://keeper.example/console/#code='), body.url)
  })

  test('has no console unless a setting says so', async (t) => {
    if (!hasOwnServer(t)) return
    const service = await startConsole(t, { host: '0.0.0.0' })
    assert.equal((await service.allow(asOperator)).status, 400)
    const url = service.url.replace('0.0.0.0', '127.0.0.1')
    assert.equal((await send('GET', `${url}/console/`)).status, 404)
  })
})
