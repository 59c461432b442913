import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { ExchangeOutcome, TokenServers } from '../../src/model/ports/context.ts'
import type { AccountLinking } from '../../src/model/skill.ts'
import type { ServiceSecrets } from '../../src/oauth/secrets.ts'
import { createTokenServers } from '../../src/oauth/token-servers.ts'
import { answer, drip, type HostileServer, silence, startHostileServer } from '../support/hostile-server.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'
import {
  type SkillTokenServer,
  skillRedirectUri,
  startSkillTokenServer,
} from '../support/skill-token-server.ts'

const now = Date.UTC(2026, 0, 1)

let secrets: ServiceSecrets
before(async () => {
  secrets = await newServiceSecrets()
})

function linkingWith(
  accessTokenUri: string,
  client: { clientId: string; clientSecret: string },
  authenticationScheme: AccountLinking['authenticationScheme'] = 'HTTP_BASIC',
  revocationUri?: string,
): AccountLinking {
  return {
    accessTokenUri,
    clientId: client.clientId,
    sealedClientSecret: secrets.seal(client.clientSecret, 'skill-secret'),
    authenticationScheme,
    skipOnEnablement: false,
    ...(revocationUri !== undefined && { revocationUri }),
  }
}

function servers(ownUrl = 'http://127.0.0.1:9', timeoutMs?: number): TokenServers {
  return createTokenServers({
    secrets,
    ownUrl,
    now: () => now,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
}

describe("A code is exchanged at the skill's own token server", () => {
  let peer: SkillTokenServer
  before(async () => {
    peer = await startSkillTokenServer()
  })
  after(() => peer.stop())

  const schemes = ['HTTP_BASIC', 'REQUEST_BODY_CREDENTIALS'] as const
  const clientFor = (scheme: (typeof schemes)[number]) =>
    scheme === 'HTTP_BASIC' ? peer.basicClient : peer.bodyClient
  const linkingFor = (scheme: (typeof schemes)[number]) =>
    linkingWith(peer.accessTokenUri, clientFor(scheme), scheme, peer.revocationUri)

  for (const scheme of schemes) {
    describe(`with ${scheme}`, () => {
      test('A code is exchanged once, for tokens that the server knows', async () => {
        const request = {
          authCode: await peer.newCode(clientFor(scheme).clientId),
          redirectUri: skillRedirectUri,
        }
        const outcome = await servers().exchange(linkingFor(scheme), request)
        assert.equal(outcome.kind, 'linked')
        assert.equal(outcome.tokens.expiresAt, now + 3_600_000)
        assert.ok(await peer.knowsAccessToken(outcome.tokens.accessToken))
        assert.ok(await peer.knowsRefreshToken(outcome.tokens.refreshToken ?? ''))
        assert.deepEqual(await servers().exchange(linkingFor(scheme), request), {
          kind: 'refused',
          reason: "The skill's token server refused the code: invalid_grant",
        })
      })

      test('A code is refused when the redirect URI is not the same to the byte', async () => {
        const authCode = await peer.newCode(clientFor(scheme).clientId)
        const redirectUri = skillRedirectUri.replace('%2F', '/')
        const outcome = await servers().exchange(linkingFor(scheme), { authCode, redirectUri })
        assert.deepEqual(outcome, {
          kind: 'refused',
          reason: "The skill's token server refused the code: invalid_grant",
        })
      })

      test('A code is refused when the secret is wrong', async () => {
        const { clientId } = clientFor(scheme)
        const linking = linkingWith(peer.accessTokenUri, { clientId, clientSecret: 'wrong' }, scheme)
        const authCode = await peer.newCode(clientId)
        assert.deepEqual(await servers().exchange(linking, { authCode, redirectUri: skillRedirectUri }), {
          kind: 'refused',
          reason: "The skill's token server refused the code: invalid_client",
        })
      })

      test('The tokens are revoked at the server when they are no longer needed', async () => {
        const authCode = await peer.newCode(clientFor(scheme).clientId)
        const linking = linkingFor(scheme)
        const outcome = await servers().exchange(linking, { authCode, redirectUri: skillRedirectUri })
        assert.equal(outcome.kind, 'linked')
        assert.equal(await servers().revoke(linking, outcome.tokens), undefined)
        assert.ok(!(await peer.knowsRefreshToken(outcome.tokens.refreshToken ?? '')))
        assert.ok(!(await peer.knowsAccessToken(outcome.tokens.accessToken)))
      })
    })
  }

  test('A code is exchanged at this service itself when the address is only a path', async () => {
    const linking = linkingWith('/token', peer.basicClient)
    const authCode = await peer.newCode(peer.basicClient.clientId)
    const outcome = await servers(peer.url).exchange(linking, { authCode, redirectUri: skillRedirectUri })
    assert.equal(outcome.kind, 'linked')
  })
})

describe("The answer of a skill's token server", () => {
  const good = { access_token: 'a', token_type: 'Bearer', refresh_token: 'r', expires_in: 60 }
  const linked = (tokens: object): ExchangeOutcome => ({
    kind: 'linked',
    tokens: { accessToken: 'a', ...tokens },
  })
  const refused = (reason: string): ExchangeOutcome => ({ kind: 'refused', reason })
  const unreachable = (reason: string): ExchangeOutcome => ({ kind: 'unreachable', reason })
  const unusable = (fault: string) =>
    refused(`The response of the skill's token server is invalid: ${fault}.`)
  const lacking = unusable('it has no valid access_token')
  const unreadable = unusable('it is neither a JSON object nor a form')
  const slow = unreachable("The skill's token server did not respond within 0.3 s.")
  const gone = unreachable("The skill's token server cannot be reached.")

  const bomb = gzipSync(Buffer.alloc(10_000_000, ' '))
  const cases: [string, Parameters<typeof startHostileServer>[0][string], ExchangeOutcome][] = [
    ['complete', answer(200, good), linked({ refreshToken: 'r', expiresAt: now + 60_000 })],
    ['minimal', answer(200, { access_token: 'a', token_type: 'bearer' }), linked({})],
    [
      'text-number',
      answer(200, { ...good, expires_in: '60' }),
      linked({ refreshToken: 'r', expiresAt: now + 60_000 }),
    ],
    [
      'never-expires',
      answer(200, { ...good, expires_in: 1e300 }),
      linked({ refreshToken: 'r', expiresAt: Number.MAX_SAFE_INTEGER }),
    ],
    [
      'id-token',
      answer(200, { ...good, id_token: 'nonsense' }),
      linked({ refreshToken: 'r', expiresAt: now + 60_000 }),
    ],
    [
      'json-as-html',
      answer(200, JSON.stringify(good)),
      linked({ refreshToken: 'r', expiresAt: now + 60_000 }),
    ],
    ['html', answer(200, '<p>Hello</p>'), unreadable],
    ['cut-short', answer(200, '{"access_token":"a","token_'), unreadable],
    ['empty', answer(200, ''), unreadable],
    ['no-content', answer(204), unreadable],
    ['array', answer(200, [good]), unreadable],
    ['null', answer(200, 'null'), unreadable],
    ['no-token', answer(200, { token_type: 'bearer' }), lacking],
    ['no-type', answer(200, { access_token: 'a' }), linked({})],
    ['number-token', answer(200, { ...good, access_token: 1 }), lacking],
    ['empty-token', answer(200, { ...good, access_token: '' }), lacking],
    ['dpop', answer(200, { ...good, token_type: 'DPoP' }), unusable('its token_type is not bearer')],
    ['mac', answer(200, { ...good, token_type: 'mac' }), unusable('its token_type is not bearer')],
    ['huge', answer(200, { ...good, padding: 'x'.repeat(1_048_576) }), unusable('it is too large')],
    ['flood', drip('x'.repeat(300_000)), unusable('it is too large')],
    ['zip-bomb', answer(200, bomb, { 'content-encoding': 'gzip' }), unusable('it is too large')],
    ['huge-headers', answer(200, good, { 'x-padding': 'x'.repeat(100_000) }), gone],
    [
      'redirect',
      answer(302, '', { location: '/complete' }),
      refused("The skill's token server returned the status 302."),
    ],
    [
      'redirect-307',
      answer(307, '', { location: '/complete' }),
      refused("The skill's token server returned the status 307."),
    ],
    [
      'not-found',
      answer(404, '<p>Not here</p>'),
      refused("The skill's token server returned the status 404."),
    ],
    [
      'error',
      answer(400, { error: 'invalid_grant', error_description: 'No.' }),
      refused("The skill's token server refused the code: invalid_grant"),
    ],
    [
      'error-200',
      answer(200, { error: 'bad_verification_code' }),
      refused("The skill's token server refused the code: bad_verification_code"),
    ],
    [
      'error-html',
      answer(400, '{"error":"invalid_scope"}'),
      refused("The skill's token server refused the code: invalid_scope"),
    ],
    [
      'challenge',
      answer(401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="x"' }),
      refused("The skill's token server refused the code: invalid_client"),
    ],
    [
      'odd-error',
      answer(400, { error: `a\r\n\u0000é<${'x'.repeat(500)}` }),
      refused(`The skill's token server refused the code: a????<${'x'.repeat(94)}`),
    ],
    ['error-number', answer(400, { error: 5 }), refused("The skill's token server returned the status 400.")],
    [
      'busy',
      answer(429, { error: 'slow_down' }),
      unreachable("The skill's token server returned the status 429."),
    ],
    [
      'broken',
      answer(500, { error: 'server_error' }),
      unreachable("The skill's token server returned the status 500."),
    ],
    ['down', answer(503, '<p>Later</p>'), unreachable("The skill's token server returned the status 503.")],
    ['silent', silence, slow],
    ['half', (response) => response.writeHead(200).write('{"access_token":'), slow],
    ['drip', drip(' '), slow],
    ['reset', (response) => response.socket?.resetAndDestroy(), gone],
    ['hangs-up', (response) => response.writeHead(200).write('{', () => response.socket?.end()), gone],
    ['no-http', (response) => response.socket?.end('SSH-2.0-hello\r\n'), gone],
  ]

  let hostile: HostileServer
  before(async () => {
    hostile = await startHostileServer(
      Object.fromEntries(cases.map(([path, behaviour]) => [`/${path}`, behaviour])),
    )
  })
  after(() => hostile.stop())

  const request = { authCode: 'the code', redirectUri: 'https://x.example/cb' }
  const client = { clientId: 'c', clientSecret: 's' }

  for (const [path, , expected] of cases) {
    test(`The answer "${path}" means ${expected.kind}`, async () => {
      const linking = linkingWith(`${hostile.url}/${path}`, client)
      // Only what never comes is waited for in vain.
      const timeoutMs = expected === slow ? 300 : 60_000
      assert.deepEqual(await servers(undefined, timeoutMs).exchange(linking, request), expected)
    })
  }

  test('is not waited for when nobody listens', async () => {
    const closed = await startHostileServer({})
    await closed.stop()
    assert.deepEqual(await servers().exchange(linkingWith(`${closed.url}/`, client), request), gone)
  })

  test('is asked for with the right form, and nothing that belongs to others', async (t) => {
    const basic = await startHostileServer({ '/t': answer(200, good, { 'set-cookie': 'a=b' }) })
    t.after(() => basic.stop())
    for (let round = 0; round < 2; round++) {
      await servers().exchange(
        linkingWith(`${basic.url}/t`, { clientId: 'an id', clientSecret: 'se-cr.et_*+' }),
        {
          authCode: 'a+b/c=&d',
          redirectUri: skillRedirectUri,
        },
      )
    }
    await servers().exchange(linkingWith(`${basic.url}/t`, client, 'REQUEST_BODY_CREDENTIALS'), request)
    const [, second, third] = basic.requests
    const authorization = Buffer.from((second?.headers.authorization ?? '').slice(6), 'base64').toString()
    assert.equal(authorization, 'an+id:se-cr.et_*%2B')
    assert.equal(second?.headers.cookie, undefined)
    assert.deepEqual(Object.fromEntries(new URLSearchParams(second?.body)), {
      grant_type: 'authorization_code',
      code: 'a+b/c=&d',
      redirect_uri: skillRedirectUri,
    })
    assert.equal(third?.headers.authorization, undefined)
    assert.deepEqual(Object.fromEntries(new URLSearchParams(third?.body)), {
      grant_type: 'authorization_code',
      code: request.authCode,
      redirect_uri: request.redirectUri,
      client_id: 'c',
      client_secret: 's',
    })
  })

  test('A revocation reports what went wrong, and asks for both tokens where it goes well', async () => {
    const server = await startHostileServer({
      '/ok': answer(200),
      '/refresh-only': answer(400, { error: 'unsupported_token_type' }),
      '/no': answer(401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic' }),
      '/down': answer(503),
      '/silent': silence,
    })
    const tokens = { accessToken: 'a', refreshToken: 'r' }
    const revoke = (path?: string) =>
      servers(undefined, path === 'silent' ? 300 : 60_000).revoke(
        linkingWith('/t', client, 'HTTP_BASIC', path && `${server.url}/${path}`),
        tokens,
      )
    assert.equal(await revoke(), undefined)
    assert.equal(await revoke('ok'), undefined)
    assert.deepEqual(
      server.requests.map(({ body }) => body),
      ['token_type_hint=refresh_token&token=r', 'token_type_hint=access_token&token=a'],
    )
    assert.equal(await revoke('refresh-only'), undefined)
    assert.equal(
      await revoke('no'),
      "The skill's token server responded to the revocation with invalid_client.",
    )
    assert.equal(
      await revoke('down'),
      "The skill's token server responded to the revocation with the status 503.",
    )
    assert.equal(await revoke('silent'), "The skill's token server did not respond within 0.3 s.")
    await server.stop()
    assert.equal(await revoke('ok'), "The skill's token server cannot be reached.")
  })
})

describe('Tokens are renewed', () => {
  test('Tokens are renewed by a token server that gives a new refresh token, or leaves the old one good', async (t) => {
    const peer = await startSkillTokenServer()
    t.after(() => peer.stop())
    const linking = linkingWith(peer.accessTokenUri, peer.basicClient)
    const authCode = await peer.newCode(peer.basicClient.clientId)
    const linked = await servers().exchange(linking, { authCode, redirectUri: skillRedirectUri })
    assert.equal(linked.kind, 'linked')
    const renewed = await servers().renew(linking, linked.tokens.refreshToken ?? '')
    assert.equal(renewed.kind, 'renewed')
    assert.ok(await peer.knowsAccessToken(renewed.tokens.accessToken))
    assert.notEqual(renewed.tokens.refreshToken, linked.tokens.refreshToken)

    const kept = await renewWith(t, answer(200, { access_token: 'a', token_type: 'bearer', expires_in: 60 }))
    const tokens = { accessToken: 'a', refreshToken: 'the-old-one', expiresAt: now + 60_000 }
    assert.deepEqual(kept, { kind: 'renewed', tokens })
  })

  test('never again after invalid_grant, and perhaps later after anything else', async (t) => {
    const reason = "The skill's token server refused to renew the tokens: invalid_grant"
    const refused = answer(400, { error: 'invalid_grant' })
    assert.deepEqual(await renewWith(t, refused), { kind: 'refused', reason })
    for (const failing of [
      answer(401, { error: 'invalid_client' }),
      answer(400, { error: 'invalid_scope' }),
      answer(503, { error: 'invalid_grant' }),
      answer(200, '<html>'),
      answer(200, { token_type: 'bearer' }),
      answer(404),
      silence,
      drip(' '),
    ]) {
      assert.equal((await renewWith(t, failing, 300)).kind, 'failed')
    }
  })

  async function renewWith(t: TestContext, ending: ReturnType<typeof answer>, timeoutMs = 60_000) {
    const server = await startHostileServer({ '/token': ending })
    t.after(() => server.stop())
    const linking = linkingWith(`${server.url}/token`, { clientId: 'c', clientSecret: 's' })
    return servers(undefined, timeoutMs).renew(linking, 'the-old-one')
  }
})
