// Every secret that a stranger could guess is counted, at every place where it can be shown.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { answerOf } from '../support/asking.ts'
import { basic, management, mobileApp, operatorToken, portal, startIssuer } from '../support/issuer.ts'

type Form = Readonly<Record<string, string>>

const wrongSecretsMax = 3
const elsewhere = '127.0.0.2'

async function start(t: TestContext) {
  const issuer = await startIssuer({ wrongSecretsMax })
  t.after(() => issuer.stop())
  const post = (path: string, form: Form, headers: Form = {}, localAddress = '127.0.0.1') =>
    answerOf(issuer.url, path, {
      method: 'POST',
      localAddress,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    })
  return { issuer, post }
}

type Post = Awaited<ReturnType<typeof start>>['post']

const wish = { grant_type: 'client_credentials', scope: management }
const portalForm = { client_id: portal.id, client_secret: portal.secret }
const wrongForm = { client_id: portal.id, client_secret: 'wrong' }
const request = {
  client_id: portal.id,
  redirect_uri: portal.redirectUris[1],
  response_type: 'code',
  scope: 'profile',
  decision: 'allow',
}
const refreshing = { grant_type: 'refresh_token', client_id: mobileApp.id }
const redeeming = {
  grant_type: 'authorization_code',
  client_id: mobileApp.id,
  redirect_uri: mobileApp.redirectUris[0],
  code_verifier: 'v'.repeat(43),
}

interface Way {
  readonly refused: number
  show(post: Post, isRight: boolean, localAddress?: string): ReturnType<Post>
}

/** What is shown where, with the status of a wrong one; the right one, where there is one, is no such refusal. */
const ways: Readonly<Record<string, Way>> = {
  'the secret of a client in the body': {
    refused: 401,
    show: (post, isRight, at) =>
      post('/auth/o2/token', { ...wish, ...(isRight ? portalForm : wrongForm) }, {}, at),
  },
  'the secret of a client by HTTP Basic': {
    refused: 401,
    show: (post, isRight, at) =>
      post('/auth/O2/token', wish, basic(portal.id, isRight ? portal.secret : 'wrong'), at),
  },
  'the secret of a client where a token is revoked': {
    refused: 401,
    show: (post, isRight, at) =>
      post('/auth/o2/revoke/', { token: 'Atza|x', ...(isRight ? portalForm : wrongForm) }, {}, at),
  },
  'the token of the operator': {
    refused: 401,
    show: (post, isRight, at) =>
      post('/_skillkeeper/catalog', {}, { authorization: `Bearer ${isRight ? operatorToken : 'wrong'}` }, at),
  },
  'the token of the operator on the authorize page': {
    refused: 403,
    show: (post, isRight, at) =>
      post('/ap/oa', { ...request, operator_token: isRight ? operatorToken : 'wrong' }, {}, at),
  },
  'a refresh token': {
    refused: 400,
    show: (post, isRight, at) =>
      isRight
        ? post('/auth/o2/token', { ...refreshing, ...portalForm, refresh_token: portal.refreshToken }, {}, at)
        : post('/auth/o2/token', { ...refreshing, ...portalForm, refresh_token: 'Atzr|wrong' }, {}, at),
  },
}

describe('Wrong secrets are 429 beyond the limit, with Retry-After, and the right one is judged elsewhere:', () => {
  for (const [what, { refused, show }] of Object.entries(ways)) {
    test(what, async (t) => {
      const { issuer, post } = await start(t)
      const statuses: number[] = []
      for (let shown = 0; shown < 6; shown += 1) statuses.push((await show(post, false)).status)
      assert.deepEqual(statuses, [refused, refused, refused, 429, 429, 429])
      const tooMany = await show(post, true)
      assert.deepEqual([tooMany.status, tooMany.headers['retry-after']], [429, '20'])
      assert.ok(![429, refused].includes((await show(post, true, elsewhere)).status))
      issuer.clock.moveBy(20_000)
      assert.ok(![429, refused].includes((await show(post, true)).status))
    })

    test(`${what}, also when all come at once`, async (t) => {
      const { post } = await start(t)
      const answers = await Promise.all(Array.from({ length: 20 }, () => show(post, false)))
      assert.equal(answers.filter(({ status }) => status === refused).length, wrongSecretsMax)
      assert.equal(answers.filter(({ status }) => status === 429).length, 20 - wrongSecretsMax)
    })
  }
})

describe('A guess', () => {
  test('A guess that is refused has the shape of its route', async (t) => {
    const { post } = await start(t)
    const shapes: [string, RegExp, string][] = [
      [
        'the secret of a client in the body',
        /^{"error":"temporarily_unavailable","error_description":"Too many wrong secrets/,
        'application/json',
      ],
      [
        'the token of the operator',
        /^{"type":"TOO_MANY_REQUESTS","message":"Too many wrong secrets/,
        'application/json',
      ],
      [
        'the token of the operator on the authorize page',
        /role="alert">Too many wrong secrets/,
        'text/html; charset=utf-8',
      ],
    ]
    for (const [what, shape, type] of shapes) {
      const way = ways[what]
      assert.ok(way)
      for (let shown = 0; shown < wrongSecretsMax; shown += 1) await way.show(post, false)
      const { text, headers } = await way.show(post, false)
      assert.match(text, shape)
      assert.equal(headers['content-type'], type)
    }
  })

  test('A guess at the token of the operator counts the same on the page and in the API', async (t) => {
    const { post } = await start(t)
    const { 'the token of the operator': api, 'the token of the operator on the authorize page': page } = ways
    assert.ok(api && page)
    const statuses = [
      await api.show(post, false),
      await page.show(post, false),
      await api.show(post, false),
      await page.show(post, true),
      await api.show(post, true),
    ].map(({ status }) => status)
    assert.deepEqual(statuses, [401, 403, 401, 429, 429])
  })

  test('A guess of a code or a refresh token by a client without a secret is counted, and nothing else of that client is', async (t) => {
    const { issuer, post } = await start(t)
    for (const [path, form] of [
      ['/auth/o2/token', { ...refreshing, refresh_token: 'Atzr|wrong' }],
      ['/auth/o2/token', { ...redeeming, code: 'wrong' }],
      ['/auth/o2/revoke', { client_id: mobileApp.id, token: 'Atzr|wrong' }],
    ] as const) {
      const statuses: number[] = []
      for (let shown = 0; shown < 5; shown += 1) statuses.push((await post(path, form)).status)
      const refused = path.endsWith('revoke') ? 200 : 400
      assert.deepEqual(statuses, [refused, refused, refused, 429, 429], JSON.stringify(form))
      assert.notEqual(
        (await post('/auth/o2/revoke', { client_id: mobileApp.id, token: 'Atza|x' })).status,
        429,
      )
      issuer.clock.moveBy(60_000)
    }
  })

  test('Guesses at many clients from one address are 429 in the end, and not for a client that was right there', async (t) => {
    const { post } = await start(t)
    assert.equal((await post('/auth/o2/token', { ...wish, ...portalForm })).status, 200)
    const statuses: number[] = []
    for (let shown = 0; shown < 40; shown += 1) {
      const form = { ...wish, client_id: `guess-${shown}`, client_secret: 'x' }
      statuses.push((await post('/auth/o2/token', form)).status)
    }
    assert.deepEqual(statuses, [...Array(30).fill(401), ...Array(10).fill(429)])
    assert.equal((await post('/auth/o2/token', { ...wish, ...portalForm })).status, 200)
  })

  test('A guess by the path in another spelling is counted the same', async (t) => {
    const { post } = await start(t)
    const statuses: number[] = []
    for (const path of [
      '/auth/o2/token',
      '/auth/o2/token/',
      '/auth/%6f2/token',
      '/auth/O2/token',
      '/auth/%4f2/%74oken',
    ])
      statuses.push((await post(path, { ...wish, ...wrongForm })).status)
    assert.deepEqual(statuses, [401, 401, 401, 429, 429])
  })

  test('A guess behind a trusted proxy is counted by whom the proxy has seen', async (t) => {
    const issuer = await startIssuer({ wrongSecretsMax, trustedProxies: '127.0.0.1' })
    t.after(() => issuer.stop())
    const statusFrom = async (address: string) =>
      (await issuer.token({ ...wish, ...wrongForm }, { 'x-forwarded-for': `198.51.100.1, ${address}` }))
        .status
    for (const address of ['203.0.113.1', '203.0.113.2']) {
      const statuses: number[] = []
      for (let shown = 0; shown < 4; shown += 1) statuses.push(await statusFrom(address))
      assert.deepEqual(statuses, [401, 401, 401, 429])
    }
  })
})
