import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { temporaryFolder } from '../support/embedded-storage.ts'
import {
  type Answer,
  basic,
  type Issuer,
  management,
  mobileApp,
  operatorToken,
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
const newToken = async (scope: string) =>
  (await issuer.tokenFor(portal, { grant_type: 'client_credentials', scope })).access_token
const said = ({ status, body }: Answer) => [status, body.error, body.error_description]

/** The three ways in which clients show a token. */
const waysToShow: ((path: string, token: string) => Promise<Answer>)[] = [
  (path, token) => issuer.call(`${path}?access_token=${encodeURIComponent(token)}`),
  (path, token) => issuer.call(path, { headers: { authorization: `bearer ${token}` } }),
  (path, token) => issuer.call(path, { headers: { 'x-amz-access-token': token } }),
]

const badTokens = async () => {
  const token = await newToken('profile')
  const last = token.at(-1) === 'A' ? 'B' : 'A'
  return [
    'x',
    'Atza|',
    'Atza|x',
    `${token}x`,
    token.slice(5),
    token.slice(0, -1) + last,
    `Atzr|${token.slice(5)}`,
  ]
}

describe('The token information', () => {
  test('tells whom a token was given to and how long it holds', async () => {
    const token = await newToken('profile')
    issuer.clock.moveBy(600_500)
    for (const show of waysToShow) {
      const { status, headers, body } = await show('/auth/o2/tokeninfo', token)
      assert.equal(status, 200)
      assert.equal(headers.get('cache-control'), 'no-store')
      const { user_id: userId, ...rest } = body
      assert.match(String(userId), /^amzn1\.account\.[A-Z2-7]{28}$/)
      assert.deepEqual(rest, {
        aud: portal.id,
        iss: 'https://www.amazon.com',
        exp: 3000,
        app_id: 'amzn1.application.portal',
        iat: Math.floor((issuer.clock.now() - 600_500) / 1000),
      })
    }
  })

  test('says invalid_token of what is none, and invalid_request when there is none', async () => {
    for (const token of await badTokens()) {
      assert.deepEqual(said(await waysToShow[0]!('/auth/O2/tokeninfo', token)), [
        400,
        'invalid_token',
        'The access token is expired, revoked, malformed, or invalid for other reasons.',
      ])
    }
    assert.deepEqual(said(await issuer.call('/auth/o2/tokeninfo')), [
      400,
      'invalid_request',
      'The request is missing a required parameter : access_token',
    ])
  })
})

describe('The profile', () => {
  test('has name and address with the scope profile, and only the ID with profile:user_id', async () => {
    const full = await newToken('profile')
    const idOnly = await newToken('profile:user_id')
    for (const show of waysToShow) {
      const { status, headers, body } = await show('/user/profile', full)
      assert.equal(status, 200)
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.deepEqual(Object.keys(body).sort(), ['email', 'name', 'user_id'])
      assert.equal(body.name, portal.name)
      assert.match(String(body.email), /^[a-z2-7]+@skillkeeper\.invalid$/)
      assert.deepEqual((await show('/user/profile', idOnly)).body, { user_id: body.user_id })
    }
  })

  test('belongs to the client: the same each time, and another for each client', async () => {
    const id = async (client: typeof portal | typeof other) => {
      const form = { grant_type: 'client_credentials', scope: 'profile:user_id' }
      const { access_token: token } = await issuer.tokenFor(client, form)
      return (await waysToShow[1]!('/user/profile', token)).body.user_id
    }
    assert.equal(await id(portal), await id(portal))
    assert.notEqual(await id(portal), await id(other))
  })

  test('is refused without the scope, and without a good token', async () => {
    assert.deepEqual(said(await waysToShow[1]!('/user/profile', await newToken(management))).slice(0, 2), [
      401,
      'insufficient_scope',
    ])
    for (const token of await badTokens()) {
      assert.deepEqual(said(await waysToShow[0]!('/user/profile', token)).slice(0, 2), [400, 'invalid_token'])
    }
    assert.deepEqual(said(await issuer.call('/user/profile')).slice(0, 2), [400, 'invalid_request'])
  })
})

describe('An access token', () => {
  test('holds an hour, to the millisecond', async () => {
    const token = await newToken(`${management} profile`)
    issuer.clock.moveBy(3_599_999)
    const early = await issuer.useToken(token)
    assert.equal(early, 200)
    issuer.clock.moveBy(1)
    assert.equal(await issuer.useToken(token), 401)
    assert.deepEqual(said(await waysToShow[0]!('/user/profile', token)).slice(0, 2), [400, 'invalid_token'])
  })

  test('is not taken by the management API when it is malformed', async () => {
    for (const token of await badTokens()) assert.equal(await issuer.useToken(token), 401)
  })

  test('An access token of a client that the operator removed is refused at once', async (t) => {
    const client = { id: 'amzn1.application-oa2-client.leaving', secret: 'x', roles: portal.roles }
    const own = await startIssuer({
      catalog: {
        organizations: [{ id: portal.roles[0].unitId, name: 'O', solution: 'core', country: 'US' }],
        clients: [client],
      },
    })
    t.after(() => own.stop())
    const form = { grant_type: 'client_credentials', scope: management }
    const { access_token: token } = await own.tokenFor(client, form)
    assert.equal(await own.useToken(token), 200)
    const removal = await own.call(`/_skillkeeper/clients/${client.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${operatorToken}` },
    })
    assert.equal(removal.status, 204)
    assert.equal(await own.useToken(token), 401)
  })
})

describe('A revocation', () => {
  const revoke = (form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    issuer.call('/auth/o2/revoke', { method: 'POST', headers, body: new URLSearchParams(form) })

  const newGrant = async () => {
    const redirectUri = portal.redirectUris[0]
    const code = await issuer.authorize(portal, { redirect_uri: redirectUri, scope: management })
    return issuer.tokenFor(portal, { grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  }

  test('The revocation of an access token is seen at once, and concerns no other', async () => {
    const first = await newGrant()
    const second = await issuer.tokenFor(portal, {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
    })
    assert.equal(await issuer.useToken(first.access_token), 200)
    const { status, headers, body } = await revoke({ ...portalForm, token: first.access_token })
    assert.deepEqual([status, body, headers.get('cache-control')], [200, {}, 'no-store'])
    assert.equal(await issuer.useToken(first.access_token), 401)
    assert.equal(await issuer.useToken(second.access_token), 200)
  })

  test('The revocation of a refresh token takes all its access tokens along', async () => {
    const { access_token: accessToken, refresh_token: refreshToken } = await newGrant()
    assert.equal(await issuer.useToken(accessToken), 200)
    const form = { token: refreshToken, token_type_hint: 'access_token' }
    assert.equal((await revoke(form, basic(portal.id, portal.secret))).status, 200)
    assert.equal(await issuer.useToken(accessToken), 401)
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken }
    assert.deepEqual(said(await issuer.token({ ...portalForm, ...refresh })).slice(0, 2), [
      400,
      'invalid_grant',
    ])
  })

  test('may be repeated, and is fine for a token that nobody knows', async () => {
    const { access_token: accessToken, refresh_token: refreshToken } = await newGrant()
    for (const token of [
      accessToken,
      accessToken,
      refreshToken,
      refreshToken,
      'x',
      'Atzr|x',
      'Atza|x',
      'x'.repeat(5000),
    ]) {
      assert.equal((await revoke({ ...portalForm, token })).status, 200)
    }
  })

  test('needs the client whose token it is', async () => {
    const { access_token: accessToken, refresh_token: refreshToken } = await newGrant()
    const otherForm = { client_id: other.id, client_secret: other.secret }
    for (const token of [accessToken, refreshToken]) {
      assert.deepEqual(said(await revoke({ ...otherForm, token })).slice(0, 2), [400, 'unauthorized_client'])
      assert.deepEqual(said(await revoke({ ...portalForm, client_secret: 'wrong', token })).slice(0, 2), [
        401,
        'invalid_client',
      ])
      assert.deepEqual(said(await revoke({ client_id: mobileApp.id, token })).slice(0, 2), [
        400,
        'unauthorized_client',
      ])
    }
    assert.deepEqual(said(await revoke(portalForm)).slice(0, 2), [400, 'invalid_request'])
    assert.equal(await issuer.useToken(accessToken), 200)
  })

  test('works for a client without a secret', async () => {
    const redirectUri = mobileApp.redirectUris[0]
    const code = await issuer.authorize(mobileApp, {
      redirect_uri: redirectUri,
      scope: management,
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
    })
    const { refresh_token: token } = await issuer.tokenFor(mobileApp, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: pkce.verifier,
    })
    assert.equal((await revoke({ client_id: mobileApp.id, token })).status, 200)
    const refresh = { grant_type: 'refresh_token', refresh_token: token, client_id: mobileApp.id }
    assert.deepEqual(said(await issuer.token(refresh)).slice(0, 2), [400, 'invalid_grant'])
  })

  test('outlives a restart with the same catalog, and so do the tokens that were not revoked', async (t) => {
    const data = await temporaryFolder(t)
    const before = await startIssuer({ data })
    const kept = await before.tokenFor(portal, { grant_type: 'client_credentials', scope: management })
    const refresh = { grant_type: 'refresh_token', refresh_token: portal.refreshToken }
    const revoked = await before.tokenFor(portal, refresh)
    const body = new URLSearchParams({ ...portalForm, token: portal.refreshToken })
    assert.equal((await before.call('/auth/o2/revoke', { method: 'POST', body })).status, 200)
    await before.stop()
    const after = await startIssuer({ data })
    assert.equal(await after.useToken(kept.access_token), 200)
    assert.equal(await after.useToken(revoked.access_token), 401)
    assert.deepEqual(said(await after.token({ ...portalForm, ...refresh })).slice(0, 2), [
      400,
      'invalid_grant',
    ])
    await after.stop()
  })
})
