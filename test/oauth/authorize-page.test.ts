import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertDocumented } from '../support/documented.ts'
import {
  demo,
  type Issuer,
  management,
  mobileApp,
  operatorToken,
  pkce,
  portal,
  startIssuer,
} from '../support/issuer.ts'

let issuer: Issuer
before(async () => {
  issuer = await startIssuer()
})
after(() => issuer.stop())

type Form = Readonly<Record<string, string>>

const wish = (
  client: { readonly id: string; readonly redirectUris: readonly string[] },
  more: Form = {},
): Form => ({
  client_id: client.id,
  redirect_uri: client.redirectUris[0] ?? '',
  response_type: 'code',
  scope: `${management} profile`,
  ...more,
})

async function visit(form: Form, init?: RequestInit) {
  const query = init?.method === 'POST' ? '' : `?${new URLSearchParams(form)}`
  const response = await fetch(`${issuer.url}/ap/oa${query}`, { redirect: 'manual', ...init })
  const { status, headers } = response
  const html = await response.text()
  assertDocumented({ method: init?.method ?? 'GET', path: '/ap/oa', status, headers, text: html })
  return { status, headers, html }
}

const submit = (form: Form, headers: Form = {}) =>
  visit(form, { method: 'POST', headers, body: new URLSearchParams(form) })

const signedIn = { decision: 'allow', operator_token: operatorToken }

/** The parameters that a redirect carries, and where it goes without them. */
function redirectOf({ status, headers }: { status: number; headers: Headers }, redirectUri: string) {
  const location = headers.get('location') ?? ''
  assert.equal(status, 302)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.ok(location.startsWith(redirectUri), location)
  return Object.fromEntries(new URLSearchParams(location.slice(redirectUri.length).replace(/^[?&]/, '')))
}

/** The fields of the form, as a browser would send them back. */
function fieldsOf(html: string): Form {
  const unescaped = (text: string) =>
    text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  return Object.fromEntries(
    [...inputs].map(([, name = '', value = '']) => [unescaped(name), unescaped(value)]),
  )
}

describe('The authorize page', () => {
  test('says who asks for what, without scripts, frames, or anything from elsewhere', async () => {
    const { status, headers, html } = await visit(wish(portal))
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(
      headers.get('content-security-policy'),
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' https://portal.example; base-uri 'none'; frame-ancestors 'none'",
    )
    assert.match(html, /<html lang="en">/)
    assert.match(
      html,
      /Allow <strong><bdi>The &#60;b&#62;&#34;portal&#34;&#60;\/b&#62; &#38; more<\/bdi><\/strong>\?/,
    )
    assert.match(html, /<code><bdi>amzn1\.application-oa2-client\.portal<\/bdi><\/code>/)
    assert.match(html, /<code>alexa::enterprise:management<\/code>/)
    assert.match(html, /<label for="operator_token">/)
    assert.match(html, /<input id="operator_token" name="operator_token" type="password">/)
    assert.match(html, /<label for="email">[\s\S]*<label for="passphrase">/)
    assert.doesNotMatch(html, /<script|<b>|http-equiv|<link|<img/)
  })

  test('escapes everything that comes from outside, and hands it back unharmed', async () => {
    const state = `"><script>alert('1')</script>&amp;ü\u0000`
    const { html } = await visit(wish(portal, { state, 'x"><b>': '<i>' }))
    assert.doesNotMatch(html, /<script|<b>|<i>/)
    const answer = await submit({ ...fieldsOf(html), ...signedIn })
    assert.equal(redirectOf(answer, portal.redirectUris[0]).state, state)
  })

  test('names the scheme of an app, where the redirect URI has no host', async () => {
    const { headers } = await visit(wish(portal, { redirect_uri: portal.redirectUris[2] }))
    assert.match(headers.get('content-security-policy') ?? '', /form-action 'self' com\.portal\.app:;/)
  })

  test('gives a code to the client whose request the operator allows, with the state untouched', async () => {
    const { html } = await visit(wish(portal, { state: 'a b+c&d=é' }))
    const answer = await submit({ ...fieldsOf(html), ...signedIn })
    const { code, ...rest } = redirectOf(answer, portal.redirectUris[0])
    assert.match(code ?? '', /^[\w-]{32}$/)
    assert.deepEqual(rest, { state: 'a b+c&d=é', scope: `${management} profile` })
    const form = { grant_type: 'authorization_code', code: code ?? '', redirect_uri: portal.redirectUris[0] }
    assert.equal((await issuer.tokenFor(portal, form)).scope, `${management} profile`)
  })

  test('works from a command line, without being looked at first', async () => {
    for (const redirectUri of portal.redirectUris) {
      const answer = await submit(wish(portal, { redirect_uri: redirectUri, ...signedIn }))
      assert.deepEqual(Object.keys(redirectOf(answer, redirectUri)), ['code', 'scope'])
    }
  })

  test('comes again with a message when the token is not the operator’s', async () => {
    for (const token of ['', 'wrong', `${operatorToken}x`, operatorToken.toUpperCase()]) {
      const { status, headers, html } = await submit(
        wish(portal, { decision: 'allow', operator_token: token, state: 's' }),
      )
      assert.equal(status, 403)
      assert.equal(headers.get('location'), null)
      assert.match(html, /role="alert">This is not the operator&#39;s token\.</)
      assert.deepEqual(fieldsOf(html), wish(portal, { state: 's' }))
      // Heard and seen first by who comes back, and the address can be entered again.
      assert.match(html, /<title>Not accepted: Allow /)
      assert.match(html, /<input id="operator_token"[^>]* autofocus>/)
      const [, action = ''] = /action="([^"]*)"/.exec(html) ?? []
      const query = action.replaceAll('&#38;', '&').split('?')[1]
      assert.deepEqual(Object.fromEntries(new URLSearchParams(query)), wish(portal, { state: 's' }))
    }
  })

  test('takes the token with spaces around it, as it comes out of a copy', async () => {
    const token = ` ${operatorToken} \t`
    const answer = await submit(wish(portal, { decision: 'allow', operator_token: token }))
    assert.equal(answer.status, 302)
  })

  test('comes again when no decision was made', async () => {
    assert.equal((await submit(wish(portal))).status, 200)
    assert.equal((await submit(wish(portal, { ...signedIn, decision: 'perhaps' }))).status, 200)
  })

  test('tells the client of a denial, for which nobody has to sign in', async () => {
    const answer = await submit(wish(portal, { decision: 'deny', state: 's' }))
    assert.deepEqual(redirectOf(answer, portal.redirectUris[0]), {
      error: 'access_denied',
      error_description: 'The request was denied',
      state: 's',
    })
  })

  test('asks no sign-in for a client of the demo catalog', async () => {
    const { html } = await visit(wish(demo))
    assert.doesNotMatch(html, /type="password"/)
    const answer = await submit({ ...fieldsOf(html), decision: 'allow' })
    assert.deepEqual(Object.keys(redirectOf(answer, demo.redirectUris[0])), ['code', 'scope'])
  })

  test('takes no form that a page of another site sent', async () => {
    const answer = await submit(wish(demo, { decision: 'allow' }), { 'sec-fetch-site': 'cross-site' })
    assert.deepEqual([answer.status, answer.headers.get('location')], [400, null])
    const own = await submit(wish(demo, { decision: 'allow' }), { 'sec-fetch-site': 'same-origin' })
    assert.equal(own.status, 302)
  })

  test('lets nobody sign in when the service has no operator token', async (t) => {
    const own = await startIssuer({ operatorToken: undefined })
    t.after(() => own.stop())
    const body = new URLSearchParams(wish(portal, { decision: 'allow', operator_token: '' }))
    const { status } = await own.call('/ap/oa', { method: 'POST', body })
    assert.equal(status, 403)
  })
})

describe('An authorization request', () => {
  test('An authorization request of an unknown client, or to an unregistered address, goes nowhere', async () => {
    const strangers: Form[] = [
      wish(portal, { client_id: 'amzn1.application-oa2-client.unknown' }),
      wish(portal, { client_id: '' }),
      wish(portal, { redirect_uri: '' }),
      ...[
        'https://evil.example/cb',
        'https://portal.example/cb/',
        'https://portal.example/cb?',
        'https://portal.example/CB',
        'https://portal.example/cb?tenant=1/2&x=',
        'https://portal.example/cb#x',
        demo.redirectUris[0],
        'javascript:alert(1)',
      ].map((uri) => wish(portal, { redirect_uri: uri })),
    ]
    for (const form of strangers) {
      for (const answer of [await visit(form), await submit({ ...form, ...signedIn })]) {
        assert.equal(answer.status, 400)
        assert.equal(answer.headers.get('location'), null)
        assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
        assert.match(answer.headers.get('content-security-policy') ?? '', /form-action 'none'/)
        assert.match(answer.html, /This request cannot be answered/)
        assert.ok(answer.html.includes(answer.headers.get('x-amzn-requestid') ?? 'no ID'))
      }
    }
  })

  test('An authorization request with a repeated parameter goes nowhere', async () => {
    const response = await fetch(`${issuer.url}/ap/oa?${new URLSearchParams(wish(portal))}&client_id=x`)
    assert.equal(response.status, 400)
  })

  test('An authorization request with any other fault goes back to the client, with the state', async () => {
    const faults: [Form, string][] = [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ response_type: '' }, 'invalid_request'],
      [{ scope: '' }, 'invalid_scope'],
      [{ scope: 'openid' }, 'invalid_scope'],
      [{ code_challenge: pkce.challenge, code_challenge_method: 'S512' }, 'invalid_request'],
      [{ code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request'],
      [{ code_challenge: 'short' }, 'invalid_request'],
      [{ code_challenge_method: 'S256' }, 'invalid_request'],
    ]
    for (const [fault, error] of faults) {
      const form = wish(portal, { state: 'x', ...fault })
      for (const answer of [await visit(form), await submit({ ...form, ...signedIn })]) {
        const told = redirectOf(answer, portal.redirectUris[0])
        assert.deepEqual([told.error, told.state, told.code], [error, 'x', undefined])
      }
    }
  })

  test('An authorization request of a client without a secret needs a challenge', async () => {
    assert.equal(redirectOf(await visit(wish(mobileApp)), mobileApp.redirectUris[0]).error, 'invalid_request')
    const challenge = { code_challenge: pkce.challenge, code_challenge_method: 'S256' }
    assert.equal((await visit(wish(mobileApp, challenge))).status, 200)
  })
})

describe('A client of the demo catalog, from elsewhere', () => {
  const forwarded = { 'x-forwarded-for': '192.0.2.1' }

  test('gets no token, no page and no code', async () => {
    const form = {
      grant_type: 'client_credentials',
      client_id: demo.id,
      client_secret: demo.secret,
      scope: management,
    }
    const refused = await issuer.token(form, forwarded)
    assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client'])
    assert.match(String(refused.body.error_description), /only on the machine of the service/)
    assert.equal((await visit(wish(demo), { headers: forwarded })).status, 400)
    assert.equal((await submit(wish(demo, signedIn), forwarded)).status, 400)
  })

  test('cannot use the token that it got here', async () => {
    const form = { grant_type: 'client_credentials', scope: `${management} profile` }
    const { access_token: token } = await issuer.tokenFor(demo, form)
    const headers = { ...forwarded, authorization: `Bearer ${token}` }
    for (const path of ['/user/profile', '/auth/o2/tokeninfo']) {
      const { status, body } = await issuer.call(path, { headers })
      assert.deepEqual([status, body.error], [400, 'invalid_token'])
    }
    const list = `/v1/skills/enablements?unitId=${demo.roles[0].unitId}`
    assert.equal((await issuer.call(list, { headers: { authorization: `Bearer ${token}` } })).status, 200)
    assert.equal((await issuer.call(list, { headers })).status, 401)
  })

  test('is told apart from all other clients, which work from everywhere', async () => {
    const form = {
      grant_type: 'client_credentials',
      client_id: portal.id,
      client_secret: portal.secret,
      scope: management,
    }
    assert.equal((await issuer.token(form, forwarded)).status, 200)
  })
})
