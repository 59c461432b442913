import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { createForeignIssuer, type ForeignIssuerSettings } from '../../src/oauth/foreign-issuer.ts'
import { answer, drip, type HostileServer, silence, startHostileServer } from '../support/hostile-server.ts'
import { management, other, portal, startIssuer } from '../support/issuer.ts'
import { listen } from '../support/listen.ts'
import { startOpenIdIssuer } from '../support/openid-issuer.ts'

const now = Date.UTC(2026, 0, 1)
/** Tests that wait in vain have a short limit of their own. */
const verifyWith = (settings: ForeignIssuerSettings, token: string, timeoutMs = 60_000) =>
  createForeignIssuer(settings, { now: () => now, timeoutMs }).verify(token)
const code = (expected: string) => (error: { code?: string }) => error.code === expected
const invalid = code('INVALID_LWA_TOKEN')
const unavailable = code('SERVICE_UNAVAILABLE')

describe('A service that takes the tokens of an OpenID issuer', () => {
  test('lets in its clients by the roles of the catalog, and issues no tokens itself', async (t) => {
    const openId = await startOpenIdIssuer(portal.id)
    t.after(() => openId.stop())
    const service = await startIssuer({
      oidcIssuer: openId.issuer,
      oidcAudience: openId.audience,
      clock: undefined,
    })
    t.after(() => service.stop())
    assert.equal(await service.useToken(await openId.newToken(management)), 200)
    assert.equal(await service.useToken(await openId.newToken('profile')), 403)
    assert.equal(await service.useToken('Atza|made-up'), 401)
    assert.equal(await service.useToken(`${await openId.newToken(management)}x`), 401)

    const form = {
      grant_type: 'client_credentials',
      client_id: portal.id,
      client_secret: portal.secret,
      scope: management,
    }
    const own = await service.token(form)
    assert.deepEqual([own.status, own.body.type], [404, 'NOT_FOUND'])
    for (const path of ['/auth/O2/token', '/auth/o2/tokeninfo', '/user/profile', '/ap/oa']) {
      assert.equal((await service.call(path)).status, 404, path)
    }
  })

  test('gives a client that the catalog does not know no role', async (t) => {
    const openId = await startOpenIdIssuer('amzn1.application-oa2-client.unknown')
    t.after(() => openId.stop())
    const service = await startIssuer({ oidcIssuer: openId.issuer, clock: undefined })
    t.after(() => service.stop())
    assert.equal(await service.useToken(await openId.newToken(management)), 403)
  })

  test('says 503 while the issuer is away, and recovers', async (t) => {
    const openId = await startOpenIdIssuer(portal.id)
    t.after(() => openId.stop())
    const token = await openId.newToken(management)
    let isAway = true
    const gate = await listen((url) => async (request, response) => {
      if (isAway) return void response.writeHead(500).end()
      const { pathname } = new URL(request.url ?? '', url)
      const body = await (await fetch(`${openId.issuer}${pathname}`)).text()
      response.writeHead(200, { 'content-type': 'application/json' }).end(body.replaceAll(openId.issuer, url))
    })
    t.after(() => gate.stop())
    const service = await startIssuer({ oidcIssuer: gate.url, clock: undefined })
    t.after(() => service.stop())
    const unavailable = await service.call('/v1/skills/enablements?unitId=amzn1.alexa.unit.did.ORG', {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.deepEqual([unavailable.status, unavailable.body.type], [503, 'SERVICE_UNAVAILABLE'])
    assert.equal(unavailable.headers.get('retry-after'), '1')
    isAway = false
    // The issuer is there again; the token was made for its other address.
    assert.equal(await service.useToken(token), 401)
  })
})

describe('A token of an OpenID issuer', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  let server: HostileServer
  before(async () => {
    server = await startHostileServer({
      '/.well-known/openid-configuration': (response) =>
        answer(200, { issuer: server.url, jwks_uri: `${server.url}/keys` })(response),
      '/keys': answer(200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] }),
    })
  })
  after(() => server.stop())

  const good = () => ({
    iss: server.url,
    aud: ['the service', 'another'],
    exp: now / 1000 + 600,
    sub: 'somebody',
    client_id: portal.id,
    scope: `${management} profile`,
  })
  const sign = (claims: object, key: KeyObject | Uint8Array = privateKey, header: object = {}) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key)
  const settings = (): ForeignIssuerSettings => ({
    kind: 'openid',
    issuer: server.url,
    audience: 'the service',
  })

  test('tells the client, the account, the scopes and the end', async () => {
    const expected = {
      clientId: portal.id,
      userId: 'somebody',
      scopes: [management, 'profile'],
      expiresAt: now + 600_000,
    }
    assert.deepEqual(await verifyWith(settings(), await sign(good())), expected)
    const { client_id: id, scope, ...rest } = good()
    for (const claims of [
      { ...rest, azp: id, scope },
      { ...rest, cid: id, scp: scope.split(' ') },
      { ...rest, appid: id, scp: scope },
    ]) {
      assert.deepEqual(await verifyWith(settings(), await sign(claims)), expected)
    }
  })

  test('is refused when it is expired, of another issuer or audience, or says too little', async () => {
    const { exp, client_id: id, ...rest } = good()
    const claims = [
      { ...good(), exp: now / 1000 },
      { ...good(), nbf: now / 1000 + 60 },
      { ...good(), iss: `${server.url}/` },
      { ...good(), iss: undefined },
      { ...good(), aud: 'another' },
      { ...good(), aud: undefined },
      { ...rest, client_id: id },
      { ...rest, exp },
      { ...rest, exp, client_id: 5 },
    ]
    for (const each of claims) await assert.rejects(verifyWith(settings(), await sign(each)), invalid)
  })

  test('is refused when the issuer did not sign it, with whatever trick', async () => {
    const publicBytes = Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))
    const tokens = [
      await sign(good(), stranger),
      await sign(good(), stranger, { kid: 'k2' }),
      await sign(good(), publicBytes, { alg: 'HS256' }),
      new UnsecuredJWT({ ...good() }).encode(),
      `${new UnsecuredJWT({ ...good() }).encode()}AA`,
      (await sign(good())).replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`),
      `${(await sign(good())).slice(0, -10)}AAAAAAAAAA`,
      'Atza|x',
      'a.b.c',
      '..',
      '',
      'x'.repeat(20_000),
    ]
    for (const token of tokens) await assert.rejects(verifyWith(settings(), token), invalid)
  })

  test('cannot be judged while the issuer is away, slow, or talks nonsense', async () => {
    const token = await sign(good())
    const misbehaving: Parameters<typeof startHostileServer>[0][string][] = [
      answer(404),
      answer(500),
      answer(302, '', { location: `${server.url}/.well-known/openid-configuration` }),
      answer(200, '<p>Hello</p>'),
      answer(200, 'null'),
      answer(200, {}),
      answer(200, { issuer: 'https://another.example', jwks_uri: `${server.url}/keys` }),
      silence,
      drip(' '),
      drip('x'.repeat(30_000)),
      (response) => response.socket?.resetAndDestroy(),
    ]
    for (const behaviour of misbehaving) {
      const bad = await startHostileServer({ '/.well-known/openid-configuration': behaviour })
      await assert.rejects(verifyWith({ kind: 'openid', issuer: bad.url }, token, 300), unavailable)
      await bad.stop()
      await assert.rejects(verifyWith({ kind: 'openid', issuer: bad.url }, token, 300), unavailable)
    }
  })

  test('cannot be judged while the keys are not to be had', async () => {
    const keys: [string, Parameters<typeof startHostileServer>[0][string]][] = [
      ['/none', answer(404)],
      ['/broken', answer(200, '{')],
      ['/empty', answer(200, {})],
      ['/huge', answer(200, { keys: [], padding: 'x'.repeat(70_000) })],
      ['/silent', silence],
    ]
    for (const [path, behaviour] of keys) {
      const bad: HostileServer = await startHostileServer({
        '/.well-known/openid-configuration': (response) =>
          answer(200, { issuer: bad.url, jwks_uri: `${bad.url}${path}` })(response),
        [path]: behaviour,
      })
      const token = await sign({ ...good(), iss: bad.url })
      await assert.rejects(verifyWith({ kind: 'openid', issuer: bad.url }, token, 300), unavailable, path)
      await bad.stop()
    }
    for (const keysUri of ['http://192.0.2.1/keys', 'ftp://x/', '/keys', 5]) {
      const bad: HostileServer = await startHostileServer({
        '/.well-known/openid-configuration': (response) =>
          answer(200, { issuer: bad.url, jwks_uri: keysUri })(response),
      })
      await assert.rejects(
        verifyWith({ kind: 'openid', issuer: bad.url }, await sign(good()), 300),
        unavailable,
      )
      await bad.stop()
    }
  })
})

describe('A service that asks a token information endpoint', () => {
  const infoOf = (info: object) => startHostileServer({ '/auth/o2/tokeninfo': answer(200, info) })

  test('lets in its clients by the roles of the catalog, and asks about a token once a minute', async (t) => {
    const amazon = await infoOf({
      aud: portal.id,
      user_id: 'amzn1.account.A',
      exp: 3000,
      iss: 'https://www.amazon.com',
    })
    t.after(() => amazon.stop())
    const service = await startIssuer({ tokenInfoUrl: `${amazon.url}/auth/o2/tokeninfo` })
    t.after(() => service.stop())
    const token = 'Atza|a token of Amazon'.replaceAll(' ', '_')
    assert.equal(await service.useToken(token), 200)
    service.clock.moveBy(59_999)
    assert.equal(await service.useToken(token), 200)
    assert.deepEqual(
      amazon.requests.map(({ path }) => path),
      [`/auth/o2/tokeninfo?access_token=${encodeURIComponent(token)}`],
    )
    service.clock.moveBy(5000)
    assert.equal(await service.useToken(token), 200)
    assert.equal(amazon.requests.length, 2)
    assert.equal((await service.token({ grant_type: 'client_credentials' })).status, 404)
  })

  test('is itself one that another service can ask', async (t) => {
    const issuing = await startIssuer()
    t.after(() => issuing.stop())
    const asking = await startIssuer({ tokenInfoUrl: `${issuing.url}/auth/o2/tokeninfo` })
    t.after(() => asking.stop())
    const form = { grant_type: 'client_credentials', scope: management }
    const token = (await issuing.tokenFor(portal, form)).access_token
    assert.equal(await asking.useToken(token), 200)
    assert.equal(await asking.useToken((await issuing.tokenFor(other, form)).access_token), 403)
    assert.equal(await asking.useToken(`${token}x`), 401)
    asking.clock.moveBy(3_600_000)
    issuing.clock.moveBy(3_600_000)
    assert.equal(await asking.useToken(token), 401)
  })

  test('says whose fault it is when the endpoint does not call the token good', async () => {
    const cases: [Parameters<typeof startHostileServer>[0][string], typeof invalid, timeoutMs?: number][] = [
      [answer(400, { error: 'invalid_token' }), invalid],
      [answer(401), invalid],
      [answer(404), invalid],
      [answer(200, { aud: portal.id, exp: 0 }), invalid],
      [answer(200, { aud: portal.id, exp: -5 }), invalid],
      [answer(200, { aud: portal.id }), unavailable],
      [answer(200, { exp: 5 }), unavailable],
      [answer(200, { aud: [portal.id], exp: 5 }), unavailable],
      [answer(200, 'null'), unavailable],
      [answer(200, '<p>Hello</p>'), unavailable],
      [answer(302, '', { location: '/' }), unavailable],
      [answer(429), unavailable],
      [answer(500), unavailable],
      [silence, unavailable, 300],
      [drip(' '), unavailable, 300],
      [drip('x'.repeat(30_000)), unavailable],
      [(response) => response.socket?.resetAndDestroy(), unavailable],
    ]
    for (const [behaviour, expected, timeoutMs] of cases) {
      const server = await startHostileServer({ '/info': behaviour })
      const settings: ForeignIssuerSettings = { kind: 'tokeninfo', url: `${server.url}/info?x=1` }
      await assert.rejects(verifyWith(settings, 'Atza|x', timeoutMs), expected)
      assert.equal(server.requests[0]?.path, '/info?x=1&access_token=Atza%7Cx')
      await server.stop()
    }
  })

  test('does not ask about more than 64 tokens at once', async (t) => {
    const questions: ServerResponse[] = []
    const asked = Promise.withResolvers<void>()
    const server = await startHostileServer({
      '/info': (response) => {
        if (questions.push(response) === 64) asked.resolve()
      },
    })
    t.after(() => server.stop())
    const issuer = createForeignIssuer(
      { kind: 'tokeninfo', url: `${server.url}/info` },
      { now: () => now, timeoutMs: 60_000 },
    )
    const verify = (token: string) => assert.rejects(issuer.verify(token), unavailable)
    const first = Array.from({ length: 64 }, (_, at) => verify(`t${at}`))
    // They are refused without a question, while the server has answered none.
    await Promise.all(Array.from({ length: 36 }, (_, at) => verify(`more${at}`)))
    await asked.promise
    for (const response of questions) response.writeHead(500).end()
    await Promise.all(first)
    assert.equal(server.requests.length, 64)
  })
})

describe('The address of a foreign issuer', () => {
  test('must be https, or this machine', () => {
    for (const url of [
      'http://issuer.example/',
      'ftp://127.0.0.1/',
      'https://a:b@issuer.example/',
      'nonsense',
    ]) {
      assert.throws(
        () => createForeignIssuer({ kind: 'tokeninfo', url }, { now: () => now }),
        /cannot be used: /,
      )
      assert.throws(
        () => createForeignIssuer({ kind: 'openid', issuer: url }, { now: () => now }),
        /cannot be used: /,
      )
    }
    createForeignIssuer({ kind: 'openid', issuer: 'https://issuer.example' }, { now: () => now })
  })
})
