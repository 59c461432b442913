import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  challengeOf,
  demo,
  type Issuer,
  management,
  mobileApp,
  other,
  pkce,
  portal,
  startIssuer,
} from '../support/issuer.ts'

let issuer: Issuer
before(async () => {
  issuer = await startIssuer()
})
after(() => issuer.stop())

const portalForm = { client_id: portal.id, client_secret: portal.secret }
const redirectUri = portal.redirectUris[0]

/** What a refusal says, without the request ID. */
async function refusal(form: Readonly<Record<string, string>>) {
  const { status, body, headers } = await issuer.token(form)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(body.request_id, headers.get('x-amzn-requestid'))
  return [status, body.error, body.error_description]
}

const invalidCode = [400, 'invalid_grant', 'The request has an invalid grant parameter : code']
const invalidVerifier = [400, 'invalid_grant', 'The request has an invalid grant parameter : code_verifier']
const invalidRefreshToken = [
  400,
  'invalid_grant',
  "The request has an invalid grant parameter : refresh_token. User may have revoked or didn't grant the permission.",
]
const missing = (name: string) => [
  400,
  'invalid_request',
  `The request is missing a required parameter : ${name}`,
]

describe('Client credentials', () => {
  test('give an access token for an hour, and no refresh token', async () => {
    const { status, headers, body } = await issuer.token({
      grant_type: 'client_credentials',
      ...portalForm,
      scope: `${management} profile ${management}`,
    })
    const { access_token: token, ...rest } = body
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('pragma'), 'no-cache')
    assert.deepEqual(rest, { token_type: 'bearer', expires_in: 3600, scope: `${management} profile` })
    assert.match(String(token), /^Atza\|[\w.-]{100,2043}$/)
    assert.equal(await issuer.useToken(String(token)), 200)
  })

  test('give a token within 2048 bytes also to the longest client ID with all scopes', async (t) => {
    const id = '"\\'.repeat(50)
    const own = await startIssuer({ catalog: { clients: [{ id, secret: 's' }] } })
    t.after(() => own.stop())
    const scope = [
      'alexa::enterprise:management profile profile:user_id postal_code credential_locker::wifi_management',
      'amazon_communication::service_provider alexa::ask:skills:readwrite alexa::skills:account_linking',
    ].join(' ')
    const { access_token: token } = await own.tokenFor(
      { id, secret: 's' },
      { grant_type: 'client_credentials', scope },
    )
    assert.ok(token.length <= 2048, String(token.length))
  })

  test('are refused to a client without a secret', async () => {
    const form = { grant_type: 'client_credentials', client_id: mobileApp.id, scope: management }
    assert.deepEqual((await refusal(form)).slice(0, 2), [400, 'unauthorized_client'])
  })

  test('are refused without a scope, and with an unknown one', async () => {
    const form = { grant_type: 'client_credentials', ...portalForm }
    const withoutScope = [400, 'invalid_scope', 'The request is missing a required parameter : scope']
    assert.deepEqual(await refusal(form), withoutScope)
    assert.deepEqual(await refusal({ ...form, scope: ' ' }), withoutScope)
    for (const scope of ['openid', `${management} openid`, 'Profile', 'profile,postal_code', 'constructor']) {
      assert.deepEqual(await refusal({ ...form, scope }), [
        400,
        'invalid_scope',
        'An unknown scope was requested',
      ])
    }
  })

  test('give a token that is of no use to a client without a role, or without the management scope', async () => {
    const withoutRole = await issuer.tokenFor(other, { grant_type: 'client_credentials', scope: management })
    const withoutScope = await issuer.tokenFor(portal, { grant_type: 'client_credentials', scope: 'profile' })
    assert.equal(await issuer.useToken(withoutRole.access_token), 403)
    assert.equal(await issuer.useToken(withoutScope.access_token), 403)
  })
})

describe('A grant type', () => {
  test('A grant type that is missing or unknown is refused', async () => {
    assert.deepEqual(await refusal(portalForm), missing('grant_type'))
    for (const grantType of [
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
      'toString',
      '__proto__',
    ]) {
      assert.deepEqual((await refusal({ ...portalForm, grant_type: grantType })).slice(0, 2), [
        400,
        'unsupported_grant_type',
      ])
    }
  })
})

describe('A refresh token', () => {
  const form = { grant_type: 'refresh_token', ...portalForm, refresh_token: portal.refreshToken }

  test('gives an access token, again and again, and itself', async () => {
    const first = await issuer.tokenFor(portal, form)
    const second = await issuer.tokenFor(portal, form)
    assert.equal(first.refresh_token, portal.refreshToken)
    assert.equal(second.refresh_token, portal.refreshToken)
    assert.notEqual(first.access_token, second.access_token)
    assert.equal(await issuer.useToken(second.access_token), 200)
  })

  test('may narrow the scopes, and not widen them', async () => {
    const code = await issuer.authorize(portal, { redirect_uri: redirectUri, scope: `${management} profile` })
    const granted = await issuer.tokenFor(portal, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
    })
    const refresh = { grant_type: 'refresh_token', refresh_token: granted.refresh_token }
    assert.equal((await issuer.tokenFor(portal, { ...refresh, scope: 'profile' })).scope, 'profile')
    assert.equal((await issuer.tokenFor(portal, refresh)).scope, `${management} profile`)
    assert.deepEqual(
      (await refusal({ ...portalForm, ...refresh, scope: 'profile postal_code' })).slice(0, 2),
      [400, 'invalid_scope'],
    )
  })

  test('A refresh token that is missing, made up, or that of another client is refused', async () => {
    assert.deepEqual(await refusal({ ...form, refresh_token: '' }), missing('refresh_token'))
    for (const refreshToken of [
      'x',
      'Atzr|made-up',
      `${portal.refreshToken}x`,
      'A'.repeat(3000),
      'Atza|s1.e30.AA',
    ]) {
      assert.deepEqual(await refusal({ ...form, refresh_token: refreshToken }), invalidRefreshToken)
    }
    const asOther = { ...form, client_id: other.id, client_secret: other.secret }
    assert.deepEqual(await refusal(asOther), invalidRefreshToken)
    const asPublic = {
      grant_type: 'refresh_token',
      refresh_token: portal.refreshToken,
      client_id: mobileApp.id,
    }
    assert.deepEqual(await refusal(asPublic), invalidRefreshToken)
  })
})

describe('An authorization code', () => {
  const newCode = (request: Readonly<Record<string, string>> = {}) =>
    issuer.authorize(portal, { redirect_uri: redirectUri, scope: management, ...request })
  const form = (code: string) => ({
    grant_type: 'authorization_code',
    ...portalForm,
    code,
    redirect_uri: redirectUri,
  })

  test('gives an access token and a refresh token', async () => {
    const { access_token: accessToken, refresh_token: refreshToken } = await issuer.tokenFor(
      portal,
      form(await newCode()),
    )
    assert.match(refreshToken, /^Atzr\|[\w-]{64}$/)
    assert.equal(await issuer.useToken(accessToken), 200)
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken }
    assert.equal((await issuer.tokenFor(portal, refresh)).refresh_token, refreshToken)
  })

  test('works once: a second use is refused and revokes at once what the first one gave', async () => {
    const code = await newCode()
    const first = await issuer.tokenFor(portal, form(code))
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
    const refreshed = await issuer.tokenFor(portal, refresh)
    assert.equal(await issuer.useToken(first.access_token), 200)
    assert.equal(await issuer.useToken(refreshed.access_token), 200)
    assert.deepEqual(await refusal(form(code)), invalidCode)
    assert.equal(await issuer.useToken(first.access_token), 401)
    assert.equal(await issuer.useToken(refreshed.access_token), 401)
    assert.deepEqual(await refusal({ ...portalForm, ...refresh }), invalidRefreshToken)
  })

  test('An authorization code that many redeem at the same time gives tokens to one at most, and those are revoked', async () => {
    const code = await newCode()
    const answers = await Promise.all(Array.from({ length: 10 }, () => issuer.token(form(code))))
    const winners = answers.filter(({ status }) => status === 200)
    assert.equal(winners.length, 1)
    assert.equal(await issuer.useToken(String(winners[0]?.body.access_token)), 401)
  })

  test('holds five minutes', async () => {
    const [early, late] = [await newCode(), await newCode()]
    issuer.clock.moveBy(299_999)
    await issuer.tokenFor(portal, form(early))
    issuer.clock.moveBy(1)
    assert.deepEqual(await refusal(form(late)), invalidCode)
  })

  test('needs the same redirect URI, to the byte', async () => {
    const code = await newCode()
    assert.deepEqual(await refusal({ ...form(code), redirect_uri: '' }), missing('redirect_uri'))
    for (const uri of [
      'https://portal.example/cb',
      redirectUri.replace('%2F', '%2f'),
      redirectUri.replace('%2F', '/'),
      `${redirectUri}&`,
      redirectUri.toUpperCase(),
    ]) {
      assert.deepEqual(await refusal({ ...form(code), redirect_uri: uri }), [
        400,
        'invalid_grant',
        'The request has an invalid grant parameter : redirect_uri',
      ])
    }
    await issuer.tokenFor(portal, form(code))
  })

  test('An authorization code that is missing, made up, or that of another client is refused', async () => {
    assert.deepEqual(await refusal(form('')), missing('code'))
    assert.deepEqual(await refusal(form('made-up')), invalidCode)
    const shared = 'https://portal.example/cb'
    const code = await newCode({ redirect_uri: shared })
    const asOther = { client_id: other.id, client_secret: other.secret, redirect_uri: shared }
    assert.deepEqual(await refusal({ ...form(code), ...asOther }), invalidCode)
    await issuer.tokenFor(portal, { ...form(code), redirect_uri: shared })
  })
})

describe('PKCE', () => {
  const newCode = (request: Readonly<Record<string, string>> = {}) =>
    issuer.authorize(mobileApp, { redirect_uri: mobileApp.redirectUris[0], scope: management, ...request })
  const form = (code: string, verifier?: string) => ({
    grant_type: 'authorization_code',
    client_id: mobileApp.id,
    code,
    redirect_uri: mobileApp.redirectUris[0],
    ...(verifier !== undefined && { code_verifier: verifier }),
  })
  const s256 = { code_challenge: pkce.challenge, code_challenge_method: 'S256' }

  test('PKCE with S256 lets a client without a secret redeem its code, and refresh', async () => {
    const granted = await issuer.tokenFor(mobileApp, form(await newCode(s256), pkce.verifier))
    assert.equal(await issuer.useToken(granted.access_token), 200)
    const refresh = { grant_type: 'refresh_token', refresh_token: granted.refresh_token }
    assert.equal((await issuer.tokenFor(mobileApp, refresh)).refresh_token, granted.refresh_token)
  })

  test('PKCE with plain works as well, also when no method is named', async () => {
    const plain = { code_challenge: pkce.verifier }
    await issuer.tokenFor(mobileApp, form(await newCode(plain), pkce.verifier))
    const named = { ...plain, code_challenge_method: 'plain' }
    await issuer.tokenFor(mobileApp, form(await newCode(named), pkce.verifier))
  })

  test('refuses a wrong verifier, one in the form of the challenge, and a malformed one', async () => {
    const code = await newCode(s256)
    const wrong = `x${pkce.verifier.slice(1)}`
    const malformed = `${'ü'.repeat(43)}`
    for (const verifier of [wrong, pkce.challenge, 'short', malformed, 'a'.repeat(129)]) {
      assert.deepEqual(await refusal(form(code, verifier)), invalidVerifier)
    }
    const short = 'a'.repeat(42)
    const ofShort = await newCode({ code_challenge: challengeOf(short), code_challenge_method: 'S256' })
    assert.deepEqual(await refusal(form(ofShort, short)), invalidVerifier)
    await issuer.tokenFor(mobileApp, form(code, pkce.verifier))
  })

  test('needs the verifier when there was a challenge, and refuses it when there was none', async () => {
    assert.deepEqual(await refusal(form(await newCode(s256))), missing('code_verifier'))
    const code = await issuer.authorize(portal, { redirect_uri: redirectUri, scope: management })
    const redeemed = { ...form(code, pkce.verifier), ...portalForm, redirect_uri: redirectUri }
    assert.deepEqual(await refusal(redeemed), invalidVerifier)
  })

  test('does not spare a client that has a secret from showing it', async () => {
    const code = await issuer.authorize(portal, { redirect_uri: redirectUri, scope: management, ...s256 })
    const redeemed = { ...form(code, pkce.verifier), client_id: portal.id, redirect_uri: redirectUri }
    assert.deepEqual((await refusal(redeemed)).slice(0, 2), [401, 'invalid_client'])
    await issuer.tokenFor(portal, { ...redeemed, ...portalForm })
  })
})

describe('A client of the demo catalog', () => {
  test('gets and uses tokens on this machine', async () => {
    const form = { grant_type: 'client_credentials', scope: management }
    assert.equal(await issuer.useToken((await issuer.tokenFor(demo, form)).access_token), 200)
  })
})
