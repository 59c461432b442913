/** Answers of token servers that keep to RFC 6749 only nearly: a code or a refresh token is spent when they come. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { ExchangeOutcome, RenewalOutcome } from '../../src/model/ports/context.ts'
import type { AccountLinking } from '../../src/model/skill.ts'
import type { ServiceSecrets } from '../../src/oauth/secrets.ts'
import { createTokenServers } from '../../src/oauth/token-servers.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'

const now = Date.UTC(2026, 0, 1)
const good = { access_token: 'a', token_type: 'Bearer', refresh_token: 'r', expires_in: 60 }
const whole = { accessToken: 'a', refreshToken: 'r', expiresAt: now + 60_000 }
const json = 'application/json'
const formType = 'application/x-www-form-urlencoded'
const huge = 'x'.repeat(900_000)

let secrets: ServiceSecrets
before(async () => {
  secrets = await newServiceSecrets()
})

/** What no token, no lifetime and no type can be read from. */
const oddValues: readonly unknown[] = [null, '', ' \t', [], ['x'], {}, { a: 1 }, true, false]

describe('In an answer to a code and to a renewal', () => {
  const readAsAbsent: Readonly<Record<string, readonly unknown[]>> = {
    refresh_token: [...oddValues, 0, 7, huge],
    expires_in: [...oddValues, 0, -1, '0', '-60', 'soon', '1h', '60s', '0x3c', '6e1', ['60'], '1 2', huge],
    token_type: [...oddValues, 7, ['bearer'], { type: 'mac' }],
    scope: [...oddValues, 7, huge],
    id_token: [...oddValues, 7, 'nonsense', huge],
    error: [...oddValues, 7],
    error_description: [...oddValues, huge],
    'a field that nobody knows': [...oddValues, 7, huge],
  }
  for (const [name, values] of Object.entries(readAsAbsent)) {
    test(`${name} is read as absent if it is odd`, async () => {
      for (const value of values) {
        const told = `${name}: ${JSON.stringify(value).slice(0, 50)}`
        const { exchanged, renewed } = await bothWith(JSON.stringify({ ...good, [name]: value }))
        const tokens = tokensWithout(name)
        assert.deepEqual(exchanged, { kind: 'linked', tokens }, told)
        assert.deepEqual(renewed, { kind: 'renewed', tokens: { refreshToken: 'old', ...tokens } }, told)
      }
    })
  }

  test('everything but the access token may be odd at once', async () => {
    const odd = fc.constantFrom(...oddValues, 0, -1, 7)
    const fields = fc.record({
      token_type: odd,
      refresh_token: odd,
      expires_in: fc.constantFrom(...oddValues, 0, -1),
    })
    await fc.assert(
      fc.asyncProperty(fields, fc.dictionary(fc.string(), fc.jsonValue()), async (some, others) => {
        const body = JSON.stringify({ ...others, ...some, access_token: 'a' })
        const { exchanged, renewed } = await bothWith(body)
        assert.deepEqual(exchanged, { kind: 'linked', tokens: { accessToken: 'a' } })
        assert.deepEqual(renewed, { kind: 'renewed', tokens: { refreshToken: 'old', accessToken: 'a' } })
      }),
      { numRuns: 300 },
    )
  })

  test('expires_in may be a text, a fraction, or beyond all calendars', async () => {
    const lives: [unknown, number][] = [
      ['60', 60_000],
      [' 60 ', 60_000],
      ['60.5', 60_500],
      [1, 1000],
      [1.0005, 1000],
      ['00060', 60_000],
    ]
    for (const [life, ms] of lives) {
      const { exchanged } = await bothWith(JSON.stringify({ ...good, expires_in: life }))
      assert.deepEqual(exchanged, { kind: 'linked', tokens: { ...whole, expiresAt: now + ms } }, String(life))
    }
    for (const life of ['1e300', '1e999', `"${'9'.repeat(400)}"`, '9007199254740991']) {
      const { exchanged } = await bothWith(`{"access_token":"a","refresh_token":"r","expires_in":${life}}`)
      const tokens = { ...whole, expiresAt: Number.MAX_SAFE_INTEGER }
      assert.deepEqual(exchanged, { kind: 'linked', tokens }, life)
    }
  })

  test('token_type is bearer in any case, or missing', async () => {
    for (const type of ['bearer', 'BEARER', ' Bearer ', undefined]) {
      const { exchanged } = await bothWith(JSON.stringify({ ...good, token_type: type }))
      assert.deepEqual(exchanged, { kind: 'linked', tokens: whole }, String(type))
    }
  })

  test('any status of success will do', async () => {
    for (const status of [200, 201, 202, 203]) {
      const { exchanged, renewed } = await bothWith(JSON.stringify(good), status)
      assert.deepEqual(exchanged, { kind: 'linked', tokens: whole }, String(status))
      assert.deepEqual(renewed, { kind: 'renewed', tokens: whole })
    }
  })

  test('an access token that is missing or cannot be used is all that is a reason to refuse', async () => {
    const unusable = [...oddValues, undefined, 0, 7, 'x'.repeat(65_537)]
    for (const value of unusable) {
      const { exchanged } = await bothWith(JSON.stringify({ ...good, access_token: value }))
      assert.equal(exchanged.kind, 'refused', String(value).slice(0, 50))
      assert.match('reason' in exchanged ? exchanged.reason : '', /access_token/)
    }
    for (const type of ['mac', 'DPoP', 'N_A', 'pop']) {
      const { exchanged } = await bothWith(JSON.stringify({ ...good, token_type: type }))
      assert.match('reason' in exchanged ? exchanged.reason : '', /token_type is not bearer/)
    }
    const long = 'x'.repeat(65_536)
    const { exchanged } = await bothWith(JSON.stringify({ access_token: long }))
    assert.deepEqual(exchanged, { kind: 'linked', tokens: { accessToken: long } })
  })
})

describe('An answer that is a form', () => {
  const form = 'access_token=a&token_type=Bearer&refresh_token=r&expires_in=60'

  test('is read like JSON, whatever its content type', async () => {
    for (const type of [formType, `${formType}; charset=utf-8`, 'text/plain', 'text/html', json, '']) {
      for (const body of [form, `${form}\n`, `scope=&${form}&token_type_hint=`]) {
        const { exchanged, renewed } = await bothWith(body, 200, type)
        assert.deepEqual(exchanged, { kind: 'linked', tokens: whole }, type)
        assert.deepEqual(renewed, { kind: 'renewed', tokens: whole })
      }
    }
  })

  test('may leave out or leave empty what is optional, and have tokens that nobody encoded', async () => {
    const answers: [string, object][] = [
      ['access_token=a', { accessToken: 'a' }],
      ['access_token=a&expires=5183999', { accessToken: 'a' }],
      ['access_token=a&refresh_token=&expires_in=&scope=&token_type=', { accessToken: 'a' }],
      ['access_token=a&refresh_token=r&refresh_token=s&expires_in=60&expires_in=70', { accessToken: 'a' }],
      ['access_token=123|a/b:c~d.e-f_g%2Bh&token_type=bearer', { accessToken: '123|a/b:c~d.e-f_g+h' }],
    ]
    for (const [body, tokens] of answers) {
      const { exchanged } = await bothWith(body, 200, formType)
      assert.deepEqual(exchanged, { kind: 'linked', tokens }, body)
    }
  })

  test('carries an error as JSON does, also with 200', async () => {
    const body =
      'error=bad_verification_code&error_description=The+code+is+incorrect.&error_uri=https%3A%2F%2Fx'
    for (const status of [200, 400]) {
      const { exchanged } = await bothWith(body, status, formType)
      const reason = "The skill's token server refused the code: bad_verification_code"
      assert.deepEqual(exchanged, { kind: 'refused', reason })
    }
    const { renewed } = await bothWith('error=invalid_grant', 400, formType)
    assert.equal(renewed.kind, 'refused')
  })

  test('is not found in a page, in JSON that was cut short, or in nothing', async () => {
    for (const body of [
      '<a href="?access_token=a&token_type=bearer">on</a>',
      'Go to https://x.example/?x&access_token=a to go on',
      '{"access_token":"a","x":"&access_token=b&',
      '"access_token=a"',
      'access_token',
      '&',
      '',
      ' ',
      '[]',
      'null',
      'true',
      '7',
    ]) {
      const { exchanged } = await bothWith(body, 200, 'text/html')
      const reason =
        "The response of the skill's token server is invalid: it is neither a JSON object nor a form."
      assert.deepEqual(exchanged, { kind: 'refused', reason }, body)
    }
  })

  test('costs no more than its length, however many fields it has', async () => {
    for (const body of [
      'a=&'.repeat(300_000),
      `token_type=${'+'.repeat(900_000)}x`,
      `expires_in=${'1'.repeat(900_000)}x`,
    ]) {
      const { exchanged } = await bothWith(body, 200, formType)
      assert.equal(exchanged.kind, 'refused')
    }
  })
})

describe('A new refresh token that comes with a renewal', () => {
  const withToken = (fields: object) => JSON.stringify({ refresh_token: 'new', ...fields })
  const answers: [string, number, string][] = [
    ['without an access token', 200, withToken({})],
    ['with an access token of null', 200, withToken({ access_token: null })],
    ['with an access token that is a number', 201, withToken({ access_token: 7 })],
    ['with another token_type', 200, withToken({ access_token: 'a', token_type: 'mac' })],
    ['with an error and 200', 200, withToken({ error: 'server_error' })],
    ['with an error that would end the link', 400, withToken({ error: 'invalid_grant' })],
    ['with a status of failure', 500, withToken({ access_token: 'a' })],
    ['with a redirect', 302, withToken({ access_token: 'a' })],
    ['in a form', 200, 'refresh_token=new&access_token='],
  ]
  for (const [told, status, body] of answers) {
    test(`${told} is kept, though there is no new access token`, async () => {
      const { exchanged, renewed } = await bothWith(body, status)
      assert.notEqual(exchanged.kind, 'linked')
      assert.deepEqual([renewed.kind, 'refreshToken' in renewed && renewed.refreshToken], ['failed', 'new'])
    })
  }

  test('is not kept where it is the old one, or cannot be used', async () => {
    for (const value of [...oddValues, undefined, 7, 'old', huge]) {
      const failed = await bothWith(JSON.stringify({ refresh_token: value }))
      assert.deepEqual(Object.keys(failed.renewed), ['kind', 'reason'], JSON.stringify(value)?.slice(0, 50))
      const ended = await bothWith(JSON.stringify({ refresh_token: value, error: 'invalid_grant' }), 400)
      assert.equal(ended.renewed.kind, 'refused')
    }
  })
})

/** What a code and a renewal get from a server with that answer; the server is this process's `fetch`. */
async function bothWith(
  body: string,
  status = 200,
  type = json,
): Promise<{ exchanged: ExchangeOutcome; renewed: RenewalOutcome }> {
  const servers = createTokenServers({
    secrets,
    ownUrl: 'http://own.example',
    ownFetch: async () => new Response(body, { status, ...(type && { headers: { 'content-type': type } }) }),
    now: () => now,
  })
  const linking: AccountLinking = {
    accessTokenUri: '/token',
    clientId: 'c',
    sealedClientSecret: secrets.seal('s', 'skill-secret'),
    authenticationScheme: 'HTTP_BASIC',
    skipOnEnablement: false,
  }
  const exchanged = await servers.exchange(linking, { authCode: 'code', redirectUri: 'https://r.example' })
  return { exchanged, renewed: await servers.renew(linking, 'old') }
}

function tokensWithout(name: string): object {
  const { refreshToken, expiresAt, ...tokens } = whole
  return {
    ...tokens,
    ...(name !== 'refresh_token' && { refreshToken }),
    ...(name !== 'expires_in' && { expiresAt }),
  }
}
