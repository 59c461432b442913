// A session from its begin to its end: what the cookie is good for, and when it is good for nothing any more.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { hashPassphrase } from '../../src/oauth/passphrases.ts'
import { temporaryFolder } from '../support/program.ts'
import { hasFolder, operatorToken } from '../support/service.ts'
import { asNora, asOperator, type Console, cookieOf, nora, startConsole } from '../support/sessions.ts'

const minute = 60_000
const dead = { person: 401, operator: 401 }
/** How long a node may go on with a token that it has checked. */
const recheckMs = 5000

const put = async (service: Console, person: object) => {
  const { status, text } = await service.call('POST', '/_skillkeeper/catalog', {
    token: operatorToken,
    body: { people: [person] },
  })
  assert.equal(status, 200, text)
}

describe('The cookie of a session', () => {
  test('is for this host and no script, and has nothing but a new secret', async (t) => {
    const service = await startConsole(t)
    const planted = 'skillkeeper-session=planted-by-somebody'
    const first = await service.redeem(await service.codeFor(asNora), {}, { cookie: planted })
    const second = await service.redeem(await service.codeFor(asNora), {}, { cookie: cookieOf(first) })
    const form = /^skillkeeper-session=([A-Za-z0-9_-]{43}); HttpOnly; SameSite=Strict; Path=\/$/
    const secrets = [first, second].map(({ headers }) => form.exec(headers.get('set-cookie') ?? '')?.[1])
    assert.ok(secrets[0] !== undefined && secrets[1] !== undefined)
    assert.notEqual(secrets[0], secrets[1])
    assert.equal((await service.buy(planted)).status, 401)
    assert.equal((await service.buy(cookieOf(first))).status, 200)
    for (const [line, secret] of service.log.flatMap((one) => secrets.map((two) => [one, two] as const)))
      assert.ok(!line.includes(secret ?? ''))
  })

  test('counts for nothing but tokens: no other route looks at it', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn(asOperator)
    for (const [method, route] of [
      ['GET', '/_skillkeeper/clients'],
      ['GET', '/_skillkeeper/sessions'],
      ['POST', '/_skillkeeper/sessions/codes'],
      ['POST', '/_skillkeeper/catalog'],
      ['GET', '/_skillkeeper/operations'],
      ['GET', '/v1/skills/enablements?unitId=amzn1.alexa.unit.did.WARD'],
    ] as const) {
      assert.equal((await service.call(method, route, { headers: { cookie } })).status, 401, route)
    }
  })

  test('buys nothing when it is altered, empty, doubled or has another name', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    const [name, secret = ''] = cookie.split('=')
    for (const wrong of [
      '',
      'skillkeeper-session',
      `${name}=`,
      `${cookie}x`,
      `${name}=${secret.slice(1)}`,
      `${name}="${secret}"`,
      `${name}=${'x'.repeat(5000)}`,
      `${name}=../../../etc/passwd`,
      `__Host-${cookie}`,
      `${cookie}; ${name}=other`,
      `${name}=other; ${cookie}`,
    ]) {
      assert.equal((await service.buy(wrong)).status, 401, wrong.slice(0, 80))
    }
    assert.equal((await service.buy(`theme=dark; ${cookie}; other=1`)).status, 200)
  })

  test('buys tokens at the rate of a client', async (t) => {
    const service = await startConsole(t, { rateLimit: 3 })
    const [cookie, other] = [await service.signIn(), await service.signIn()]
    const statuses: number[] = []
    for (let time = 0; time < 5; time++) statuses.push((await service.buy(cookie)).status)
    assert.deepEqual(statuses, [200, 200, 200, 429, 429])
    assert.equal((await service.buy(other)).status, 200)
  })
})

describe('A session ends', () => {
  test('12 hours after its begin, however often it is used, and its last token with it', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    for (let time = 0; time < 28; time++) {
      service.clock.moveBy(25 * minute)
      assert.equal((await service.buy(cookie)).status, 200)
    }
    service.clock.moveBy(15 * minute)
    const last = await service.buy(cookie)
    assert.equal(last.body.expiresInSeconds, 300)
    assert.equal((await service.uses(last.body.accessToken)).person, 200)
    service.clock.moveBy(5 * minute)
    assert.deepEqual(await service.uses(last.body.accessToken), dead)
    assert.equal((await service.buy(cookie)).status, 401)
    const { body } = await service.call('GET', '/_skillkeeper/sessions', { token: operatorToken })
    assert.deepEqual(body.items, [])
  })

  test('when it buys no token for half an hour', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    service.clock.moveBy(30 * minute - 1)
    assert.equal((await service.buy(cookie)).status, 200)
    service.clock.moveBy(30 * minute)
    assert.equal((await service.buy(cookie)).status, 401)
  })

  test('for a clock that is set back far, which would make it last too long', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    service.clock.moveBy(-4 * minute)
    assert.equal((await service.buy(cookie)).status, 200)
    service.clock.moveBy(-60 * minute)
    assert.equal((await service.buy(cookie)).status, 401)
  })

  test('when somebody signs out, with its tokens, and not again', async (t) => {
    const service = await startConsole(t)
    for (const answers of [asNora, asOperator]) {
      const [cookie, other] = [await service.signIn(answers), await service.signIn(answers)]
      const [token, otherToken] = [await service.token(cookie), await service.token(other)]
      const live = await service.uses(token)
      assert.notDeepEqual(live, dead)
      const ended = await service.call('DELETE', '/_skillkeeper/sessions/current', { headers: { cookie } })
      assert.equal(ended.status, 204)
      assert.match(ended.headers.get('set-cookie') ?? '', /^skillkeeper-session=; .*Max-Age=0$/)
      assert.deepEqual(await service.uses(token), dead)
      assert.equal((await service.buy(cookie)).status, 401)
      assert.deepEqual(await service.uses(otherToken), live)
      for (const again of [cookie, 'skillkeeper-session=unknown', ''])
        assert.equal(
          (await service.call('DELETE', '/_skillkeeper/sessions/current', { headers: { cookie: again } }))
            .status,
          204,
        )
    }
  })

  test('when the operator ends it, who sees all of them', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    const token = await service.token(cookie)
    service.clock.moveBy(minute)
    const operators = await service.token(await service.signIn(asOperator))
    const list = (query = '') => service.call('GET', `/_skillkeeper/sessions${query}`, { token: operators })
    const { items } = (await list()).body
    assert.deepEqual(
      items.map(({ kind, name, actor }) => [kind, name, actor]),
      [
        ['person', nora.name, nora.id],
        ['operator', 'operator', 'operator'],
      ],
    )
    assert.ok(!JSON.stringify(items).includes(cookie.split('=')[1] ?? ''))
    const first = await list('?maxResults=1')
    assert.deepEqual(first.body.items, items.slice(0, 1))
    const second = await list(`?maxResults=1&after=${first.body.paginationContext.after}`)
    assert.deepEqual(second.body.items, items.slice(1))
    const end = async (id: string | undefined, asker: string) =>
      (await service.call('DELETE', `/_skillkeeper/sessions/${id}`, { token: asker })).status
    assert.equal(await end(items[0]?.id, token), 401)
    assert.equal(await end(items[0]?.id, operators), 204)
    assert.equal(await end(items[0]?.id, operators), 404)
    assert.equal(await end('%2e%2e', operators), 404)
    assert.deepEqual(await service.uses(token), dead)
    const log = await service.call('GET', '/_skillkeeper/operations?operation=session', { token: operators })
    assert.deepEqual(
      log.body.items.map(({ actor, detail }) => [actor, detail]),
      [
        ['operator', { ended: items[0]?.id }],
        ['operator', { began: items[1]?.id }],
        [nora.id, { began: items[0]?.id }],
      ],
    )
  })

  test('with its person', async (t) => {
    const service = await startConsole(t)
    const cookie = await service.signIn()
    const token = await service.token(cookie)
    const path = `/_skillkeeper/people/${nora.id}`
    assert.equal((await service.call('DELETE', path, { token: operatorToken })).status, 204)
    assert.deepEqual(await service.uses(token), dead)
    assert.equal((await service.buy(cookie)).status, 401)
    await put(service, nora)
    assert.equal((await service.buy(cookie)).status, 401)
  })

  test('when the person loses the passphrase or gets another one, and not when anything else changes', async (t) => {
    const service = await startConsole(t)
    const { passphraseHash: _, ...without } = nora
    const changed = { ...nora, passphraseHash: await hashPassphrase('another passphrase') }
    for (const person of [without, changed]) {
      await put(service, nora)
      const cookie = await service.signIn()
      const token = await service.token(cookie)
      await put(service, { ...nora, name: 'Nora R.', email: 'nora.r@hospital.example' })
      assert.equal((await service.uses(token)).person, 200)
      assert.equal((await service.buy(cookie)).status, 200)
      await put(service, person)
      service.clock.moveBy(recheckMs)
      assert.deepEqual(await service.uses(token), dead)
      assert.equal((await service.buy(cookie)).status, 401)
    }
  })

  test("when the operator's token is replaced, by which it began", async (t) => {
    if (!hasFolder(t)) return
    const data = path.join(temporaryFolder(t), 'data')
    const file = path.join(data, 'operator-token')
    const [annas, bens] = ['the-token-of-anna.....', 'the-token-of-ben......']
    const service = await startConsole(t, { data, operatorToken: undefined as never })
    writeFileSync(file, `anna:${annas}\nben:${bens}\n`)
    const cookies = [
      await service.signIn({ operator_token: annas }),
      await service.signIn({ operator_token: bens }),
    ] as const
    const tokens = [await service.token(cookies[0]), await service.token(cookies[1])] as const
    writeFileSync(file, `anna:the-new-token-of-anna\nben:${bens}\n`)
    service.clock.moveBy(recheckMs)
    assert.deepEqual(await service.uses(tokens[0]), dead)
    assert.equal((await service.buy(cookies[0])).status, 401)
    assert.equal((await service.uses(tokens[1])).operator, 200)
    assert.equal((await service.buy(cookies[1])).status, 200)
  })

  test('when its account begins many others: there are 50 of one account', async (t) => {
    const service = await startConsole(t)
    const hers = await service.signIn()
    const first = await service.signIn(asOperator)
    service.clock.moveBy(1)
    const second = await service.signIn(asOperator)
    for (let count = 0; count < 49; count++) {
      service.clock.moveBy(1)
      await service.signIn(asOperator)
    }
    assert.equal((await service.buy(first)).status, 401)
    assert.equal((await service.buy(second)).status, 200)
    assert.equal((await service.buy(hers)).status, 200)
    const { body } = await service.call('GET', '/_skillkeeper/sessions', { token: operatorToken })
    assert.equal(body.items.length, 51)
  })

  test('not by a stop of the service', async (t) => {
    const data = path.join(temporaryFolder(t), 'data')
    const first = await startConsole(t, { data })
    const cookie = await first.signIn()
    const token = await first.token(cookie)
    await first.stop()
    const second = await startConsole(t, { data })
    assert.equal((await second.uses(token)).person, 200)
    assert.equal((await second.buy(cookie)).status, 200)
  })
})
