// Requests as browsers send them for pages: of the service itself, of other origins, and of nobody.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { type StartOptions, startSkillkeeper } from '../../src/app/index.ts'
import { answerOf } from '../support/asking.ts'
import { startOperatorService } from '../support/operator.ts'

type Head = Readonly<Record<string, string>>

const evil = 'https://evil.example'
const crossSite = { 'sec-fetch-site': 'cross-site' }
/** What a browser says for a page of another origin. */
const fromElsewhere: Head[] = [
  crossSite,
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', origin: evil },
  { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', origin: 'http://localhost:3000' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  { 'sec-fetch-site': 'cross-origin' },
  { 'sec-fetch-site': '' },
  { origin: evil },
  { origin: 'null' },
  { origin: '' },
  { origin: 'http://localhost' },
  { origin: 'http://localhost:1' },
  { origin: 'http://127.0.0.1.evil.example' },
  { origin: 'file://' },
  { origin: 'chrome-extension://abcdefgh' },
]

const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'))
const routes = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => [method.toUpperCase(), path.replace(/\{\w+\}/g, 'x')] as const),
)

async function start(t: TestContext, options: StartOptions = {}): Promise<string> {
  const service = await startSkillkeeper({ port: 0, data: ':memory:', logLevel: 'silent', ...options })
  t.after(() => service.stop())
  return service.url
}

const demo = { client_id: 'amzn1.application-oa2-client.demo', client_secret: 'demo-secret' }
const form = (fields: Head) => new URLSearchParams(fields).toString()
const post = (url: string, path: string, fields: Head, headers: Head = {}) =>
  answerOf(url, path, { method: 'POST', headers, body: form(fields) })
const demoToken = async (url: string): Promise<string> => {
  const wish = { grant_type: 'client_credentials', scope: 'alexa::enterprise:management', ...demo }
  return JSON.parse((await post(url, '/auth/o2/token', wish)).text).access_token
}

describe('A request for a page of another origin', () => {
  test('is 403 on every route, with a request ID, in the form of the route, and no page may read it', async (t) => {
    const url = await start(t)
    assert.ok(routes.length > 40)
    for (const [method, path] of [...routes, ['POST', '/auth/O2/revoke'], ['GET', '/nothing']] as const) {
      if (path === '/ap/oa') continue
      for (const headers of fromElsewhere) {
        const { status, headers: answered, text } = await answerOf(url, path, { method, headers })
        const what = `${method} ${path} ${JSON.stringify(headers)}`
        assert.equal(status, 403, what)
        assert.equal(answered['access-control-allow-origin'], undefined, what)
        assert.match(String(answered['x-amzn-requestid']), /^[0-9a-f-]{36}$/)
        assert.match(text, /access_denied|FORBIDDEN/)
      }
    }
  })

  test('changes nothing, though it shows the secret of the demo', async (t) => {
    const url = await start(t)
    const refreshToken = 'Atzr|demo-refresh-token'
    const token = await demoToken(url)
    const enablements = '/v1/skills/amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001/enablements'
    const enable = JSON.stringify({ unitId: 'amzn1.alexa.unit.did.ROOM101', stage: 'live' })
    const authorization = `Bearer ${token}`
    for (const headers of fromElsewhere) {
      const revoked = await post(url, '/auth/o2/revoke', { token: refreshToken, ...demo }, headers)
      assert.equal(revoked.status, 403)
      const options = { method: 'POST', headers: { ...headers, authorization }, body: enable }
      assert.equal((await answerOf(url, enablements, options)).status, 403)
    }
    const wish = { grant_type: 'refresh_token', refresh_token: refreshToken, ...demo }
    assert.equal((await post(url, '/auth/o2/token', wish)).status, 200)
    const list = await answerOf(url, `${enablements}?unitId=amzn1.alexa.unit.did.ROOM101`, {
      headers: { authorization },
    })
    assert.equal(list.status, 404)
  })

  test('may open an address for a person who follows a link, and only read there', async (t) => {
    const url = await start(t)
    const followed = { ...crossSite, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    assert.equal((await answerOf(url, '/openapi.json', { headers: followed })).status, 200)
    assert.equal((await answerOf(url, '/livez', { method: 'HEAD', headers: followed })).status, 200)
    assert.equal((await post(url, '/auth/o2/revoke', { token: 'x', ...demo }, followed)).status, 403)
  })

  test('opens the authorize page, and decides nothing there', async (t) => {
    const url = await start(t)
    const wish = {
      client_id: demo.client_id,
      redirect_uri: 'http://127.0.0.1:9090/cb',
      response_type: 'code',
      scope: 'profile',
    }
    for (const headers of fromElsewhere) {
      const page = await answerOf(url, `/ap/oa?${form(wish)}`, { headers })
      assert.deepEqual([page.status, page.headers['x-frame-options']], [200, 'DENY'])
      const decided = await post(url, '/ap/oa', { ...wish, decision: 'allow' }, headers)
      assert.deepEqual([decided.status, decided.headers.location], [400, undefined], JSON.stringify(headers))
    }
    for (const headers of fromHere(url)) {
      const decided = await post(url, '/ap/oa', { ...wish, decision: 'allow' }, headers)
      assert.deepEqual(
        [decided.status, decided.headers.location?.split('=')[0]],
        [302, `${wish.redirect_uri}?code`],
      )
    }
  })
})

/** What a browser says for a page of the service itself, or for nobody; and what other programs say. */
const fromHere = (url: string): Head[] => [
  {},
  { 'sec-fetch-mode': 'cors' },
  { origin: url },
  { origin: url.replace('http:', 'https:') },
  { 'sec-fetch-site': 'same-origin', origin: url },
  // As browsers say it of the form of a page whose policy is not to tell where it was.
  { 'sec-fetch-site': 'same-origin', origin: 'null' },
  // Behind a proxy that puts another host in.
  { 'sec-fetch-site': 'same-origin', origin: 'https://skills.example' },
  { 'sec-fetch-site': 'none' },
  { host: 'localhost', origin: 'http://localhost' },
  { host: 'localhost:80', origin: 'http://localhost' },
  { host: 'LOCALHOST:8443', origin: 'https://localhost:8443' },
]

describe('A request for a page of the service itself, or for none', () => {
  test('is answered as ever', async (t) => {
    const url = await start(t)
    for (const headers of fromHere(url)) {
      const wish = { grant_type: 'client_credentials', scope: 'profile', ...demo }
      assert.equal((await post(url, '/auth/o2/token', wish, headers)).status, 200, JSON.stringify(headers))
    }
  })
})

describe('Pages of origins that are listed', () => {
  const app = 'https://app.example'
  const corsOrigin = `${app}, http://LOCALHOST:3000,https://app.example:444,capacitor://localhost`
  const listed = [app, 'http://localhost:3000', 'https://app.example:444', 'capacitor://localhost']
  const others = [
    evil,
    'http://app.example',
    'https://app.example:445',
    'http://localhost',
    'null',
    `${app}.evil.example`,
  ]
  const asked = (origin: string, more: Head = {}): Head => ({
    ...crossSite,
    'sec-fetch-mode': 'cors',
    origin,
    ...more,
  })

  test('may use the API, and read refusals and request IDs too', async (t) => {
    const url = await start(t, { corsOrigin })
    const token = await demoToken(url)
    const list = '/v1/skills/enablements?unitId=amzn1.alexa.unit.did.ROOM101'
    const one = '/v1/skills/amzn1.ask.skill.x/enablements?unitId=amzn1.alexa.unit.did.ROOM101'
    for (const origin of listed) {
      for (const [path, headers, expected] of [
        [list, { authorization: `Bearer ${token}` }, 200],
        [list, {}, 401],
        [one, { authorization: `Bearer ${token}` }, 404],
        ['/livez', {}, 200],
      ] as const) {
        const answer = await answerOf(url, path, { headers: asked(origin, headers) })
        assert.equal(answer.status, expected, `${origin} ${path}`)
        assert.equal(answer.headers['access-control-allow-origin'], origin, path)
        assert.equal(answer.headers.vary, 'origin')
        assert.match(String(answer.headers['access-control-expose-headers']), /x-amzn-requestid, retry-after/)
        assert.equal(answer.headers['access-control-allow-credentials'], undefined)
      }
    }
    for (const origin of others) {
      const { status, headers } = await answerOf(url, list, {
        headers: asked(origin, { authorization: `Bearer ${token}` }),
      })
      assert.deepEqual(
        [status, headers['access-control-allow-origin'], headers.vary],
        [403, undefined, 'origin'],
        origin,
      )
    }
  })

  test('are answered what browsers ask before, at each path of the API', async (t) => {
    const url = await start(t, { corsOrigin })
    const wanted = 'authorization,content-type,x-amz-access-token'
    for (const [method, path] of routes) {
      const headers = asked(app, {
        'access-control-request-method': method,
        'access-control-request-headers': wanted,
        'access-control-request-private-network': 'true',
      })
      const answer = await answerOf(url, path, { method: 'OPTIONS', headers })
      if (path.startsWith('/_skillkeeper/') || path === '/ap/oa') {
        assert.equal(answer.headers['access-control-allow-origin'], undefined, path)
        assert.equal(answer.headers['access-control-allow-methods'], undefined, path)
        continue
      }
      assert.deepEqual([answer.status, answer.text], [204, ''], path)
      assert.equal(answer.headers['access-control-allow-origin'], app)
      assert.ok(String(answer.headers['access-control-allow-methods']).split(', ').includes(method), path)
      assert.equal(answer.headers['access-control-allow-headers'], wanted)
      assert.equal(answer.headers['access-control-allow-private-network'], 'true')
      for (const origin of others) {
        const refused = await answerOf(url, path, { method: 'OPTIONS', headers: { ...headers, origin } })
        assert.equal(refused.status, 403)
        assert.equal(refused.headers['access-control-allow-origin'], undefined)
      }
    }
  })

  test('never reach the API of the operator, in any spelling, nor decide on the authorize page', async (t) => {
    const service = await startOperatorService(t, { corsOrigin })
    const authorization = 'Bearer the-token-of-the-operator'
    for (const path of [
      '/_skillkeeper/clients',
      '/_skillkeeper/clients/',
      '/%5fskillkeeper/clients',
      '/_skillkeeper/nothing',
      '/%5Fskillkeeper/nothing',
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { headers } = await answerOf(service.url, path, {
          method,
          headers: asked(app, { authorization }),
        })
        assert.equal(headers['access-control-allow-origin'], undefined, `${method} ${path}`)
      }
      const { status } = await answerOf(service.url, path, { headers: asked(app, { authorization }) })
      assert.equal(status, 403, path)
    }
    const decision = { client_id: 'nurse-station', decision: 'allow' }
    assert.equal((await post(service.url, '/ap/oa', decision, asked(app))).status, 400)
  })

  test('are none unless listed: nothing is answered for other origins', async (t) => {
    const url = await start(t)
    const { status, headers } = await answerOf(url, '/livez', { method: 'OPTIONS', headers: asked(app) })
    assert.equal(status, 403)
    assert.deepEqual([headers['access-control-allow-origin'], headers.vary], [undefined, undefined])
  })
})
