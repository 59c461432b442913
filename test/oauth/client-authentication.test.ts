import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import {
  type Answer,
  basic,
  type Issuer,
  management,
  mobileApp,
  other,
  portal,
  startIssuer,
} from '../support/issuer.ts'

let issuer: Issuer
before(async () => {
  issuer = await startIssuer()
})
after(() => issuer.stop())

const wish = { grant_type: 'client_credentials', scope: management }
const portalForm = { client_id: portal.id, client_secret: portal.secret }
const authenticationFailed = [401, 'invalid_client', 'Client authentication failed']
const notBoth = [
  400,
  'invalid_request',
  'The client must authenticate in the header or in the body, not in both',
]

const said = ({ status, body }: Answer) => [status, body.error, body.error_description]

describe('A client authenticates', () => {
  test('A client authenticates in the body, or by HTTP Basic with both parts form-encoded', async () => {
    assert.equal((await issuer.token({ ...wish, ...portalForm })).status, 200)
    assert.equal((await issuer.token(wish, basic(portal.id, portal.secret))).status, 200)
    const lowerCase = basic(portal.id, portal.secret).authorization.replace('Basic', 'basic')
    assert.equal((await issuer.token(wish, { authorization: lowerCase })).status, 200)
  })

  test('A client that authenticates by HTTP Basic may repeat its ID in the body', async () => {
    const form = { ...wish, client_id: portal.id, client_secret: '' }
    assert.equal((await issuer.token(form, basic(portal.id, portal.secret))).status, 200)
  })

  test('A client is refused with a wrong secret, without one, and when it is unknown, all in the same words', async () => {
    const attempts: [string, string | undefined][] = [
      [portal.id, 'wrong'],
      [portal.id, portal.secret.toUpperCase()],
      [portal.id, `${portal.secret} `],
      [portal.id, other.secret],
      [portal.id, undefined],
      [mobileApp.id, 'a public client has none'],
      ['amzn1.application-oa2-client.unknown', 'x'],
      ['amzn1.application-oa2-client.unknown', undefined],
      ['x'.repeat(5000), 'x'],
    ]
    for (const [id, secret] of attempts) {
      const inBody = { ...wish, client_id: id, ...(secret !== undefined && { client_secret: secret }) }
      assert.deepEqual(said(await issuer.token(inBody)), authenticationFailed)
      const answer = await issuer.token(wish, basic(id, secret ?? ''))
      assert.deepEqual(said(answer), authenticationFailed)
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm="/)
    }
  })

  test('A client is refused when the header is not what HTTP Basic says', async () => {
    const encoded = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
    for (const authorization of [
      'Basic',
      'Basic ',
      'Basic %%%',
      encoded('no colon'),
      encoded(':x'),
      encoded('a:%zz'),
    ]) {
      assert.deepEqual(said(await issuer.token(wish, { authorization })), authenticationFailed)
    }
  })

  test('A client authenticates in one way only', async () => {
    const header = basic(portal.id, portal.secret)
    assert.deepEqual(said(await issuer.token({ ...wish, ...portalForm }, header)), notBoth)
    assert.deepEqual(said(await issuer.token({ ...wish, client_id: other.id }, header)), notBoth)
  })

  test('A client needs an ID at least', async () => {
    const missing = [400, 'invalid_request', 'The request is missing a required parameter : client_id']
    assert.deepEqual(said(await issuer.token(wish)), missing)
    assert.deepEqual(said(await issuer.token({ ...wish, client_id: '', client_secret: 'x' })), missing)
  })
})

describe('A token request', () => {
  const json = JSON.stringify({ ...wish, ...portalForm })
  const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    issuer.call('/auth/o2/token', { method: 'POST', headers, body: Buffer.from(body) })

  test('may be JSON, with or without its content type, also when it says that it is a form', async () => {
    const spellings: Record<string, string>[] = [
      {},
      { 'content-type': 'application/json' },
      { 'content-type': 'application/json; charset=utf-8' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'text/plain' },
    ]
    for (const headers of spellings) {
      const answer = await post(` ${json}`, headers)
      assert.deepEqual([answer.status, answer.body.scope], [200, management])
    }
  })

  test('may be a form without a content type', async () => {
    assert.equal((await post(new URLSearchParams({ ...wish, ...portalForm }).toString())).status, 200)
  })

  test('may come with the headers of clients that send them everywhere', async () => {
    const headers = {
      accept: 'application/x-www-form-urlencoded',
      'asp-cli': '',
      authorization: 'Bearer Atza|old',
    }
    assert.equal((await issuer.token({ ...wish, ...portalForm }, headers)).status, 200)
    assert.equal(await withEmptyAuthorization(), 200)
  })

  /** `fetch` leaves an empty header out. */
  function withEmptyAuthorization(): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    const sending = request(
      `${issuer.url}/auth/o2/token`,
      { method: 'POST', headers: { authorization: '' } },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      },
    )
    sending.on('error', reject)
    sending.end(new URLSearchParams({ ...wish, ...portalForm }).toString())
    return promise
  }

  test('may spell its path with a capital O, and end it with a slash', async () => {
    const body = new URLSearchParams({ ...wish, ...portalForm })
    for (const path of ['/auth/O2/token', '/auth/o2/token/', '//auth/o2/token']) {
      assert.equal((await issuer.call(path, { method: 'POST', body })).status, 200, path)
    }
  })

  test('may give its scopes as one text, repeated, numbered, or as a list', async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...portalForm })
    const scopes = `${management} profile`
    for (const query of [
      `scope=${management}+profile`,
      `scope=${management}&scope=profile`,
      `scope[0]=${management}&scope[1]=profile`,
      `scope%5B0%5D=${management}&scope%5B1%5D=profile`,
      `scope[]=${management}&scope[]=profile`,
    ]) {
      assert.equal((await post(`${form}&${query}`)).body.scope, scopes, query)
    }
    const list = JSON.stringify({ ...wish, ...portalForm, scope: [management, 'profile'] })
    assert.equal((await post(list)).body.scope, scopes)
  })

  test('may have parameters that nobody knows, of any type', async () => {
    assert.equal(
      (await issuer.token({ ...wish, ...portalForm, version: 'beta', scope_data: '{}' })).status,
      200,
    )
    assert.equal(
      (await post(JSON.stringify({ ...wish, ...portalForm, version: 1, scope_data: {} }))).status,
      200,
    )
  })

  test('is refused when a parameter comes twice', async () => {
    const form = new URLSearchParams({ ...wish, ...portalForm })
    for (const name of ['grant_type', 'client_id', 'client_secret', 'x']) {
      assert.deepEqual(said(await post(`${form}&${name}=1&${name}=1`)), [
        400,
        'invalid_request',
        name === 'x'
          ? 'The request has a repeated parameter'
          : `The request has a repeated parameter : ${name}`,
      ])
    }
  })

  test('is refused when its body is nothing that could be read', async () => {
    for (const body of [
      '',
      '[]',
      'null',
      '"grant_type"',
      '{}',
      '{"grant_type":5}',
      '\u0000',
      '%',
      '='.repeat(1000),
    ]) {
      assert.deepEqual(said(await post(body)).slice(0, 2), [400, 'invalid_request'], body)
    }
    const broken = await post('{"grant_type":"client_credentials",\n oops}', {
      'content-type': 'application/json',
    })
    assert.deepEqual(said(broken).slice(0, 2), [400, 'invalid_request'])
    assert.match(String(broken.body.error_description), /line 2, column 2/)
  })

  test('A token request that is larger than the limit is refused in the same shape', async () => {
    const answer = await post(`padding=${'x'.repeat(1_100_000)}`)
    assert.deepEqual([answer.status, answer.body.error], [413, 'invalid_request'])
  })

  test('needs POST', async () => {
    assert.equal(
      (await issuer.call(`/auth/o2/token?${new URLSearchParams({ ...wish, ...portalForm })}`)).status,
      405,
    )
  })
})
