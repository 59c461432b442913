// Signing in at the console: by the authorize page, or by a one-time code; and what cannot become a session.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { challengeOf, pkce } from '../support/issuer.ts'
import { operatorToken } from '../support/service.ts'
import {
  asNora,
  asOperator,
  consoleClientId,
  cookieOf,
  nora,
  signedInPath,
  startConsole,
  wishOfConsole,
} from '../support/sessions.ts'

const [annasToken, othersToken] = ['the-token-of-anna.....', 'the-token-of-somebody..']
const hours = 3_600_000

describe('Signing in at the console', () => {
  test('a person gets a session on the authorize page, and tokens that speak for her', async (t) => {
    const service = await startConsole(t)
    const shown = await service.call('GET', `/ap/oa?${new URLSearchParams(wishOfConsole)}`)
    assert.equal(shown.status, 200)
    assert.match(shown.text, /<h1>Sign in to the console<\/h1>/)
    assert.match(shown.headers.get('content-security-policy') ?? '', /form-action 'self';/)
    const answer = await service.redeem(await service.codeFor(asNora))
    assert.equal(answer.status, 201)
    const expiresAt = new Date(service.clock.now() + 12 * hours).toISOString()
    assert.deepEqual(answer.body, { expiresAt, kind: 'person', name: nora.name })
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const bought = await service.buy(cookieOf(answer))
    assert.equal(bought.status, 200)
    assert.equal(bought.body.expiresInSeconds, 600)
    assert.equal(bought.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await service.uses(bought.body.accessToken), { person: 200, operator: 401 })
    const { accessToken: token } = bought.body
    service.clock.moveBy(1)
    const path = `/v1/skills/${hospital.nurseCall}/enablements`
    const enable = (unitId: string) => service.call('POST', path, { token, body: { unitId, stage: 'live' } })
    assert.equal((await enable(hospital.room)).status, 201)
    assert.equal((await enable(hospital.foreignRoom)).status, 403)
    const log = await service.call('GET', '/_skillkeeper/operations', { token: operatorToken })
    assert.deepEqual(
      log.body.items.slice(0, 2).map(({ operation, actor }) => [operation, actor]),
      [
        ['enable', nora.id],
        ['session', nora.id],
      ],
    )
  })

  test('the operator gets one by the token, and tokens that speak for the operator', async (t) => {
    const service = await startConsole(t, { operatorToken: `anna:${annasToken},${othersToken}` })
    for (const [token, name, actor] of [
      [annasToken, 'anna', 'operator:anna'],
      [othersToken, 'operator', 'operator'],
    ] as const) {
      const answer = await service.redeem(await service.codeFor({ operator_token: token }))
      assert.equal(answer.status, 201)
      assert.deepEqual([answer.body.kind, answer.body.name], ['operator', name])
      const bought = await service.token(cookieOf(answer))
      assert.ok(!bought.includes(token))
      assert.deepEqual(await service.uses(bought), { person: 403, operator: 200 })
      const skills = [{ id: `amzn1.ask.skill.of-${name}`, name: 'New', stages: ['live'] }]
      await service.call('POST', '/_skillkeeper/catalog', { token: bought, body: { skills } })
      const log = await service.call('GET', '/_skillkeeper/operations?operation=catalog', { token: bought })
      assert.equal(log.body.items[0]?.actor, actor)
    }
  })

  test('the operator gets one by a one-time code, under a name that no other operator has', async (t) => {
    const service = await startConsole(t, { operatorToken: `${othersToken},anna:${annasToken}` })
    const signIn = async (maker: string, more: object) =>
      service.call('POST', '/_skillkeeper/sessions', {
        body: { oneTimeCode: await service.oneTimeCode(maker), ...more },
      })
    assert.equal((await signIn(othersToken, {})).body.name, 'operator')
    assert.equal((await signIn(othersToken, { name: 'ben' })).body.name, 'ben')
    assert.equal((await signIn(othersToken, { name: 'anna' })).status, 400)
    assert.equal((await signIn(annasToken, { name: 'ben' })).body.name, 'anna')
    for (const name of ['a b', 'operator:ben', '', 'x'.repeat(33), '<b>'])
      assert.equal((await signIn(othersToken, { name })).status, 400, name)
    const { body } = await service.call('GET', '/_skillkeeper/sessions', { token: othersToken })
    assert.deepEqual(
      body.items.map(({ actor }) => actor),
      ['operator', 'operator:ben', 'operator:anna'],
    )
  })

  test('a code comes with a link, and only for the operator with the token itself', async (t) => {
    const service = await startConsole(t)
    const { body } = await service.call('POST', '/_skillkeeper/sessions/codes', { token: operatorToken })
    const { host } = new URL(service.url)
    assert.equal(body.url, `http://${host}/console/#code=${body.code}`)
    assert.equal(body.expiresAt, new Date(service.clock.now() + 60_000).toISOString())
    const make = async (token: string) =>
      (await service.call('POST', '/_skillkeeper/sessions/codes', { token })).status
    assert.equal(await make(await service.token(await service.signIn(asOperator))), 403)
    assert.equal(await make(await service.token(await service.signIn(asNora))), 401)
    assert.equal(await make('no-token-of-any-operator'), 401)
  })

  test('needs PKCE with S256, and a redirect to the console at this service', async (t) => {
    const service = await startConsole(t)
    const { host } = new URL(service.url)
    const sentBack = async (wish: Readonly<Record<string, string>>) => {
      const { status, headers } = await service.allow(asNora, wish)
      const location = headers.get('location')
      return location === null ? status : Object.fromEntries(new URL(location, 'http://x').searchParams).error
    }
    const { code_challenge: _, code_challenge_method: __, ...bare } = wishOfConsole
    assert.equal(await sentBack(bare), 'invalid_request')
    assert.equal(await sentBack({ ...bare, code_challenge: pkce.challenge }), 'invalid_request')
    assert.equal(
      await sentBack({ ...bare, code_challenge: pkce.verifier, code_challenge_method: 'plain' }),
      'invalid_request',
    )
    for (const redirectUri of [
      'https://evil.example/console/signed-in',
      `http://${host}.evil.example/console/signed-in`,
      `http://${host}/console/signed-in?next=x`,
      `http://${host}/console/signed-in/`,
      `http://${host}/elsewhere`,
      `//${host}/console/signed-in`,
      '/console/signed-in#x',
      '/elsewhere',
      'javascript:alert(1)',
      '',
    ]) {
      assert.equal(await sentBack({ ...wishOfConsole, redirect_uri: redirectUri }), 400, redirectUri)
    }
    const whole = `http://${host}${signedInPath}`
    const { headers } = await service.allow(asNora, { ...wishOfConsole, redirect_uri: whole })
    const location = new URL(headers.get('location') ?? '', 'http://x')
    assert.ok(location.pathname.endsWith(signedInPath), location.href)
    assert.equal(location.host, 'x')
    const code = location.searchParams.get('code') ?? ''
    assert.equal((await service.redeem(code, { redirectUri: whole })).status, 201)
  })

  test('shows the page again for a wrong passphrase or token, and makes no code', async (t) => {
    const service = await startConsole(t)
    const wrong: Readonly<Record<string, string>>[] = [
      { ...asNora, passphrase: 'wrong' },
      { operator_token: 'wrong' },
      {},
    ]
    for (const answers of wrong) {
      const { status, headers, text } = await service.allow(answers)
      assert.equal(status, 403)
      assert.equal(headers.get('location'), null)
      assert.match(text, /role="alert"/)
    }
  })

  test('gives the client of the console nothing at the token issuer, and shows it in no list', async (t) => {
    const service = await startConsole(t)
    const code = await service.codeFor(asNora)
    const form = {
      grant_type: 'authorization_code',
      client_id: consoleClientId,
      code,
      redirect_uri: signedInPath,
      code_verifier: pkce.verifier,
    }
    const issued = await service.call('POST', '/auth/o2/token', {
      body: new URLSearchParams(form).toString(),
    })
    assert.equal(issued.status, 401)
    assert.equal((await service.redeem(code)).status, 201)
    const { text } = await service.call('GET', '/_skillkeeper/clients', { token: operatorToken })
    assert.ok(!text.includes(consoleClientId))
    const { status, body } = await service.call('POST', '/_skillkeeper/catalog', {
      token: operatorToken,
      body: { clients: [{ id: consoleClientId, secret: 'a secret of mine' }] },
    })
    assert.equal(status, 400)
    assert.match(body.message, /reserved: it is the client of the console/)
  })

  test('is for the operator alone where another service issues the tokens', async (t) => {
    const service = await startConsole(t, { tokenInfoUrl: 'http://127.0.0.1:9/tokeninfo' })
    assert.equal((await fetch(`${service.url}/ap/oa`)).status, 404)
    const oneTimeCode = await service.oneTimeCode()
    const answer = await service.call('POST', '/_skillkeeper/sessions', { body: { oneTimeCode } })
    const token = await service.token(cookieOf(answer))
    assert.equal((await service.uses(token)).operator, 200)
  })

  test('is not possible when the console is off, and neither is anything of it', async (t) => {
    const service = await startConsole(t, { console: 'off' })
    assert.equal((await service.allow(asNora)).status, 400)
    // The document has the paths.
    const paths = ['/_skillkeeper/sessions', '/_skillkeeper/sessions/current/token', '/console/']
    for (const path of paths) {
      const { status } = await fetch(service.url + path, {
        method: path === '/console/' ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
      })
      assert.equal(status, 404, path)
    }
  })
})

describe('A code', () => {
  test('is good once, also for those who come at the same time', async (t) => {
    const service = await startConsole(t)
    for (const round of [1, 2, 3]) {
      const code = await service.codeFor(asNora)
      const answers = await Promise.all(Array.from({ length: 10 }, () => service.redeem(code)))
      const statuses = answers.map(({ status }) => status).sort()
      assert.deepEqual(statuses, [201, ...Array(9).fill(403)], `round ${round}`)
      assert.equal((await service.redeem(code)).status, 403)
    }
    const oneTimeCode = await service.oneTimeCode()
    const use = () => service.call('POST', '/_skillkeeper/sessions', { body: { oneTimeCode } })
    const statuses = (await Promise.all([use(), use(), use()])).map(({ status }) => status).sort()
    assert.deepEqual(statuses, [201, 403, 403])
    const { body } = await service.call('GET', '/_skillkeeper/sessions', { token: operatorToken })
    assert.equal(body.items.length, 4)
  })

  test('is spent by a wrong verifier, a wrong redirect URI and the wrong kind of request', async (t) => {
    const service = await startConsole(t)
    const attempts: ((code: string) => Promise<{ status: number }>)[] = [
      (code) => service.redeem(code, { codeVerifier: 'x'.repeat(43) }),
      (code) => service.redeem(code, { codeVerifier: pkce.challenge }),
      (code) => service.redeem(code, { redirectUri: 'https://evil.example/console/signed-in' }),
      (code) => service.call('POST', '/_skillkeeper/sessions', { body: { oneTimeCode: code } }),
    ]
    for (const attempt of attempts) {
      const code = await service.codeFor(asNora)
      assert.equal((await attempt(code)).status, 403)
      assert.equal((await service.redeem(code)).status, 403)
    }
    const oneTimeCode = await service.oneTimeCode()
    assert.equal((await service.redeem(oneTimeCode)).status, 403)
  })

  test('is valid for a minute, and not when the clock was set back by more than a start code lasts', async (t) => {
    const service = await startConsole(t)
    const [early, late, ahead] = [
      await service.codeFor(asNora),
      await service.codeFor(asNora),
      await service.codeFor(asNora),
    ]
    service.clock.moveBy(59_999)
    assert.equal((await service.redeem(early)).status, 201)
    service.clock.moveBy(1)
    assert.equal((await service.redeem(late)).status, 403)
    service.clock.moveBy(-24 * hours)
    assert.equal((await service.redeem(ahead)).status, 403)
  })

  test('counts as a guess if it is wrong, and too many are refused', async (t) => {
    const service = await startConsole(t, { wrongSecretsMax: 3 })
    const statuses: number[] = []
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await service.redeem('no-code')).status)
    assert.deepEqual(statuses, [403, 403, 403, 429, 429])
  })

  test('becomes nothing when its maker may not sign in any more', async (t) => {
    const service = await startConsole(t)
    const code = await service.codeFor(asNora)
    const { passphraseHash: _, ...without } = nora
    const { status } = await service.call('POST', '/_skillkeeper/catalog', {
      token: operatorToken,
      body: { people: [without] },
    })
    assert.equal(status, 200)
    assert.equal((await service.redeem(code)).status, 403)
  })

  test('needs a body of one of the two forms', async (t) => {
    const service = await startConsole(t)
    const code = await service.codeFor(asNora)
    for (const body of [
      {},
      '',
      '[]',
      'null',
      '{"code":',
      { code },
      { code, codeVerifier: pkce.verifier },
      { code, codeVerifier: 'short', redirectUri: signedInPath },
      { code: 17, codeVerifier: pkce.verifier, redirectUri: signedInPath },
      { oneTimeCode: 'with space' },
      { oneTimeCode: 'x'.repeat(201) },
      { oneTimeCode: null },
      `{"oneTimeCode":"${'x'.repeat(20_000)}"}`,
    ]) {
      const { status } = await service.call('POST', '/_skillkeeper/sessions', { body })
      assert.ok([400, 413].includes(status), JSON.stringify(body).slice(0, 80))
    }
    assert.equal((await service.redeem(code)).status, 201)
  })

  test('of one page is not redeemed by another page, which has another verifier', async (t) => {
    const service = await startConsole(t)
    const others = 'another-verifier-of-forty-three-characters-'
    const wish = { ...wishOfConsole, code_challenge: challengeOf(others) }
    const { headers } = await service.allow(asNora, wish)
    const code = new URL(headers.get('location') ?? '', 'http://x').searchParams.get('code') ?? ''
    assert.equal((await service.redeem(code)).status, 403)
  })
})
