import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { readContract } from '../../src/conform/contract.ts'
import type { RawExchange } from '../../src/conform/exchange.ts'
import { readRecording } from '../../src/conform/proxy/recording.ts'
import { Redactor } from '../../src/conform/proxy/redact.ts'
import { startAlteringProxy } from '../support/altering-proxy.ts'
import { hospital, secretOf } from '../support/catalogs.ts'
import { enablements, makeHistory, ofUnit, startRecorder } from '../support/conform.ts'

const { menu, nurseCall, pharmacy, room } = hospital
const { words } = readContract()

describe('A recording', () => {
  test('has no token and no secret that was used, wherever it stood', async (t) => {
    const secrets = {
      cookie: 'session=cookie-secret-1',
      authCode: 'auth-code-secret-2',
      inQuery: 'query secret 3',
      nested: 'nested-secret-4',
      header: 'header-secret-5',
      jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
      login: 'Atzr|refresh-token-secret-6',
      basic: 'basic-secret-7',
      inForm: 'form-secret-8',
      unparsed: 'unparsed-secret-9',
      passphrase: 'passphrase-secret-10',
      hash: 'hash-secret-11',
      operator: 'operator-secret-12',
    }
    const recorder = await startRecorder(t, {
      // The upstream repeats what it got, as messages of errors do.
      before: (url) =>
        startAlteringProxy(url, (answer, asked) => {
          if (!asked.path.includes('echo')) return
          answer.status = 400
          answer.headers['x-echo'] = String(asked.headers.authorization)
          answer.headers['set-cookie'] = secrets.cookie
          answer.body = {
            type: 'INVALID_PARAM',
            message: `Not good: ${decodeURIComponent(asked.path)} ${asked.body}`,
          }
        }),
    })
    const { send, tokens, file } = recorder
    await send('POST', '/auth/o2/token', {
      body: new URLSearchParams({ client_secret: secrets.inForm, refresh_token: secrets.login }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    await makeHistory(recorder)
    const accountLinkRequest = {
      redirectUri: 'https://provider.example/',
      authCode: secrets.authCode,
      type: 'AUTH_CODE',
    }
    await send('POST', `${enablements(pharmacy)}?echo`, {
      body: { unitId: room, stage: 'live', accountLinkRequest },
    })
    await send('GET', `/v1/echo?code=${encodeURIComponent(secrets.inQuery)}&unitId=${room}`)
    await send('GET', `/v1/echo/${encodeURIComponent(secrets.login)}`, {
      headers: { cookie: secrets.cookie, 'x-api-key': secrets.header, 'x-anything': secrets.jwt },
    })
    const body = {
      unitId: room,
      client_secret: { deep: [secrets.nested] },
      note: secrets.jwt,
      people: [{ passphrase: secrets.passphrase, passphraseHash: secrets.hash }],
      operator_token: secrets.operator,
      [secrets.nested]: 1,
    }
    await send('POST', '/v1/echo', { body })
    await send('POST', '/v1/echo', { body: `{"authCode":"${secrets.unparsed}" // a comment` })
    const credentials = Buffer.from(`client:${secrets.basic}`).toString('base64')
    await send('POST', `/v1/echo/${secrets.basic}/${secrets.inForm}`, {
      headers: { authorization: `Basic ${credentials}` },
      body: {},
    })
    await recorder.stop()

    const text = readFileSync(file, 'utf8')
    const all = [
      ...Object.values(secrets),
      ...Object.values(tokens),
      credentials,
      secretOf(hospital.admin),
      'cookie-secret',
    ]
    for (const secret of all) {
      assert.ok(!text.includes(secret), secret)
      assert.ok(!text.includes(encodeURIComponent(secret)), secret)
    }
    assert.doesNotMatch(text, /Atz[ar]\|/)
    // What is needed to compare is there.
    assert.ok(text.includes(room) && text.includes(nurseCall) && text.includes('https://provider.example/'))
  })

  test('has one placeholder for one secret, another for another, and others in another recording', async (t) => {
    const recorder = await startRecorder(t)
    const { send, tokens, file } = recorder
    const path = enablements(nurseCall) + ofUnit(room)
    await send('GET', path)
    await send('GET', path, { token: tokens.stranger })
    await send('GET', path)
    await recorder.stop()
    const of = (index: number) => readRecording(file).exchanges[index]?.request.headers['authorization'] ?? ''
    assert.match(of(0), /^Bearer \[removed [0-9a-f]{12}\]$/)
    assert.equal(of(0), of(2))
    assert.notEqual(of(0), of(1))
    const raw = rawCall({ headers: [['authorization', `Bearer ${tokens.admin}`]] })
    assert.notEqual(new Redactor(words).redact(raw).request.headers['authorization'], of(0))
  })
})

describe('What is removed', () => {
  const one = (raw: Partial<RawExchange['request']>, keep: string[] = []) =>
    new Redactor(words, keep).redact(rawCall(raw)).request

  test('is not what --keep names: a header, a field, a query parameter', () => {
    const raw = {
      path: '/v1/x?code=query-code&token=query-token',
      headers: [
        ['x-own', 'own-value'],
        ['x-other', 'other-value'],
        ['authorization', 'Bearer Atza|access-token'],
      ] as const,
      body: Buffer.from('{"authCode":"the-code","password":"the-password"}'),
    }
    const { path, headers, body } = one(raw, ['X-Own', 'auth_code', 'code', 'Authorization'])
    assert.match(path, /^\/v1\/x\?code=query-code&token=%5Bremoved%20[0-9a-f]{12}%5D$/)
    assert.equal(headers['x-own'], 'own-value')
    assert.match(headers['x-other'] ?? '', /^\[removed/)
    assert.equal(headers['authorization'], 'Bearer Atza|access-token')
    assert.match(JSON.stringify(body), /"authCode":"the-code","password":"\[removed [0-9a-f]{12}\]"/)
  })

  test('keeps its type and its emptiness, which can be why a call is refused', () => {
    const { body } = one({
      body: Buffer.from('{"authCode":7,"secret":"","token":null,"password":[true,{"a":1}]}'),
    })
    assert.deepEqual(body, { json: { authCode: 0, secret: '', token: null, password: [true, { a: 0 }] } })
  })

  test('leaves an ID, a stage and a part of a placeholder alone, even if somebody uses one as a secret', () => {
    const raw = {
      unitId: room,
      stage: 'live',
      a: { authCode: room },
      b: { authCode: 'live' },
      c: { authCode: 'moved' },
    }
    const { path, body } = one({
      path: `/v1/x?unitId=${room}&stage=live`,
      body: Buffer.from(JSON.stringify(raw)),
    })
    assert.equal(path, `/v1/x?unitId=${room}&stage=live`)
    const json = body && 'json' in body ? (body.json as typeof raw) : undefined
    assert.deepEqual([json?.unitId, json?.stage], [room, 'live'])
    for (const part of [json?.a, json?.b, json?.c])
      assert.match(part?.authCode ?? '', /^\[removed [0-9a-f]{12}\]$/)
  })

  test('a property whose name is special, or a secret, stays a property', () => {
    const { body } = one({
      body: Buffer.from('{"__proto__":{"authCode":"a-secret"},"x":"a-secret","a-secret":1}'),
    })
    const text = JSON.stringify(body)
    assert.match(text, /"__proto__":\{"authCode":"\[removed/)
    assert.doesNotMatch(text, /a-secret/)
  })

  test('is the whole body if it is nested deeper than anybody needs', () => {
    const deep = `${'['.repeat(100_000)}"the-code"${']'.repeat(100_000)}`
    assert.deepEqual(one({ body: Buffer.from(deep) }).body, { omitted: 'too deep' })
    assert.deepEqual(one({ body: Buffer.from(`"${'['.repeat(1000)}"`) }).body, { json: '['.repeat(1000) })
  })

  test('is found in a text of any length', () => {
    const long = 'a'.repeat(4 * 1024 * 1024)
    for (const text of [long, `authCode="${long}`, `${'token:'.repeat(100_000)}x`, `\\"`.repeat(1_000_000)]) {
      const { body } = one({
        body: Buffer.from(JSON.stringify({ authCode: 'the-code', text: `${text} the-code` })),
      })
      assert.ok(!JSON.stringify(body).includes('the-code'))
    }
  })

  test('is found again in what comes later, of a call that is not written too', () => {
    const redactor = new Redactor(words)
    redactor.learn(rawCall({ body: Buffer.from('{"clientSecret":"learned-secret"}') }))
    const { path } = redactor.redact(rawCall({ path: `/v1/x/learned-secret/${menu}` })).request
    assert.match(path, /^\/v1\/x\/%5Bremoved%20[0-9a-f]{12}%5D\//)
  })
})

function rawCall(given: Partial<RawExchange['request']>): RawExchange {
  return {
    at: 0,
    request: { method: 'GET', path: '/v1/x', headers: [], body: Buffer.alloc(0), ...given },
    failure: 'x',
  }
}
