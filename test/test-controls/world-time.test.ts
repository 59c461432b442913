// What the clock of a world moves, and what it does not.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StartOptions } from '../../src/app/index.ts'
import { askHttp2 } from '../support/asking.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { type Heard, startControlled } from '../support/controlled.ts'
import { startGate } from '../support/gate.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { linkingCatalog, linkingSkills, requestWith, tokenPath } from '../support/linking.ts'
import { operatorToken } from '../support/service.ts'
import { startSkillTokenServer } from '../support/skill-token-server.ts'

const start = Date.parse('2030-01-01T00:00:00Z')
const { room, otherRoom } = hospital
const { blinds, lamps } = linkingSkills

/** A frozen world, and a client in it. */
async function freeze(t: TestContext, options: StartOptions = {}, request: object = {}) {
  const service = await startControlled(t, options)
  const base = await service.create({ clock: { frozenAt: new Date(start).toISOString() }, ...request })
  let token = await service.token(base)
  const call = (method: string, path: string, body?: unknown) =>
    service.ask(method, base + path, { token, body })
  const pathOf = (skillId: string) => `/v1/skills/${skillId}/enablements`
  return {
    ...service,
    base,
    call,
    get: (skillId: string, unitId = room) => call('GET', `${pathOf(skillId)}?unitId=${unitId}`),
    enable: (skillId: string, unitId: string = room, accountLinkRequest?: object) =>
      call('POST', pathOf(skillId), { unitId, stage: 'live', accountLinkRequest }),
    batch: (skillId: string, items: readonly object[]) => call('POST', `${pathOf(skillId)}/batch`, { items }),
    renewToken: async () => {
      token = await service.token(base)
    },
    here: (method: string, path: string, body?: unknown) => service.control(method, path, body, base),
    async advance(by: string) {
      const { status, body, text } = await service.control('POST', '/clock/advance', { by }, base)
      assert.equal(status, 200, text)
      return body
    },
    operations: async () =>
      (await service.ask('GET', `${base}/_skillkeeper/operations?order=oldest`, { token: operatorToken }))
        .body.items as { id: string; at: string; operation: string; actor: string }[],
  }
}

/** The same with skills that link accounts at a token server behind a gate. */
async function freezeLinked(t: TestContext, options: StartOptions = {}) {
  const server = await startSkillTokenServer()
  t.after(() => server.stop())
  const gate = await startGate(server.url)
  t.after(() => gate.stop())
  const catalog = linkingCatalog(server, gate.url)
  const newRequest = async () => requestWith(await server.newCode(server.basicClient.clientId))
  return { ...(await freeze(t, options, { catalog })), gate, newRequest }
}

describe('The clock of a world moves', () => {
  test('access tokens: one is good for an hour', async (t) => {
    const { advance, get } = await freeze(t)
    await advance('PT59M59S')
    assert.equal((await get(hospital.nurseCall)).status, 404)
    await advance('PT1S')
    assert.equal((await get(hospital.nurseCall)).status, 401)
  })

  test('codes of the authorize page: one is good for five minutes', async (t) => {
    const redirectUris = ['http://127.0.0.1:9090/cb']
    const portal = { id: 'portal', redirectUris, roles: [{ unitId: hospital.ward, role: 'A4P.UnitAdmin' }] }
    const catalog = {
      ...hospitalCatalog,
      clients: [...hospitalCatalog.clients, { ...portal, secret: 'a secret of the portal' }],
    }
    const { base, ask, advance } = await freeze(t, {}, { catalog })
    const client = { client_id: 'portal', redirect_uri: redirectUris[0] ?? '' }
    const redeem = async (by: string) => {
      const wish = {
        ...client,
        response_type: 'code',
        scope: 'profile',
        decision: 'allow',
        operator_token: operatorToken,
      }
      const form = new URLSearchParams(wish).toString()
      const { headers } = await ask('POST', `${base}/ap/oa`, { body: form })
      const code = new URL(String(headers.location)).searchParams.get('code') ?? ''
      await advance(by)
      const grant = {
        ...client,
        client_secret: 'a secret of the portal',
        grant_type: 'authorization_code',
        code,
      }
      return (await ask('POST', `${base}/auth/o2/token`, { body: new URLSearchParams(grant).toString() }))
        .status
    }
    assert.equal(await redeem('PT4M59S'), 200)
    assert.equal(await redeem('PT5M1S'), 400)
  })

  test('ENABLING, exactly', async (t) => {
    const { advance, enable, get, here } = await freeze(t, {}, { settings: { activationDelayMs: 5000 } })
    await enable(hospital.nurseCall)
    const { body: clock } = await here('GET', '/clock')
    assert.deepEqual(clock.nextDue, { at: '2030-01-01T00:00:05.000Z', what: 'activate' })
    await advance('PT4.999S')
    assert.equal((await get(hospital.nurseCall)).body.status, 'ENABLING')
    const { body: settled } = await here('POST', '/clock/advance', { toNextDue: true })
    assert.deepEqual(settled, { now: '2030-01-01T00:00:05.000Z', steps: 0 })
    assert.equal((await get(hospital.nurseCall)).body.status, 'ENABLED')
    const nothing = await here('POST', '/clock/advance', { toNextDue: true })
    assert.equal(nothing.body.message, 'Nothing is due in this world, now or later.')
  })

  test('the exchange of codes in the background, and its attempts: it is done when advance answers', async (t) => {
    const { advance, batch, get, gate, here, newRequest } = await freezeLinked(t)
    gate.breakDown()
    const accountLinkRequest = await newRequest()
    assert.equal(
      (await batch(blinds, [{ itemId: 1, unitId: room, stage: 'live', accountLinkRequest }])).status,
      202,
    )
    await advance('PT0S')
    const { body: clock } = await here('GET', '/clock')
    assert.deepEqual([clock.nextDue.what, clock.settled], ['background work', true])
    assert.ok(clock.nextDue.at > clock.now, 'It tries again later.')
    gate.repair()
    assert.deepEqual((await get(blinds)).body.accountLink, { status: 'NOT_LINKED' })
    const { steps } = await advance('PT10M')
    assert.ok(steps >= 1)
    assert.deepEqual((await get(blinds)).body.accountLink, { status: 'LINKED' })
    assert.deepEqual([(await get(blinds)).body.status, gate.to(tokenPath).length], ['ENABLED', 1])
  })

  test('the throttle, which stands still with it: Retry-After and the journal say so', async (t) => {
    const { advance, get, here } = await freeze(t, {}, { settings: { rateLimit: 2 } })
    const statuses = async (count: number) => {
      const answers: Heard[] = []
      for (let at = 0; at < count; at += 1) answers.push(await get(hospital.nurseCall))
      return answers
    }
    const answers = await statuses(4)
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 429, 429],
    )
    assert.equal(answers[2]?.headers['retry-after'], '1')
    const { items } = (await here('GET', '/journal?status=429')).body
    assert.equal(items[0].note, 'The clock is frozen.')
    await advance('PT0.5S')
    assert.deepEqual(
      (await statuses(2)).map(({ status }) => status),
      [404, 429],
    )
  })

  test('log entries and their IDs, and the header Date of every answer', async (t) => {
    const { advance, ask, base, enable, operations, renewToken, url } = await freeze(t)
    await advance('P1D')
    const late = await enable(hospital.nurseCall)
    assert.deepEqual([late.status, late.headers.date], [401, 'Wed, 02 Jan 2030 00:00:00 GMT'])
    await renewToken()
    assert.equal((await enable(hospital.nurseCall)).status, 201)
    const entry = (await operations()).at(-1)
    assert.deepEqual([entry?.operation, entry?.at], ['enable', '2030-01-02T00:00:00.000Z'])
    const idTime = Number.parseInt((entry?.id ?? '').replaceAll('-', '').slice(0, 12), 16)
    assert.equal(idTime, Date.parse('2030-01-02T00:00:00Z'))
    for (const path of ['/readyz', '/nothing', '/_skillkeeper/test/clock', '/ap/oa'])
      assert.equal((await ask('GET', base + path)).headers.date, 'Wed, 02 Jan 2030 00:00:00 GMT', path)
    const { headers } = await ask('GET', `${url}/readyz`)
    assert.ok(Math.abs(Date.parse(String(headers.date)) - Date.now()) < 3_600_000, 'The default world runs.')
  })

  test('the operations log, which forgets when its time has come', async (t) => {
    const { advance, enable, operations, renewToken } = await freeze(t, { operationsKeptDays: 30 })
    await enable(hospital.nurseCall)
    await advance('P29D')
    const has = async (operation: string) =>
      (await operations()).some((entry) => entry.operation === operation)
    assert.equal(await has('enable'), true)
    await renewToken()
    await advance('P2D')
    assert.equal(await has('enable'), false)
  })
})

describe('The clock of a world does not move', () => {
  test('certificates: a world of 2030 answers over TLS', async (t) => {
    const { service, url } = await startControlled(t, { tls: true, data: ':memory:' })
    const ca = service.certificateAuthority ?? ''
    const authorization = `Bearer ${operatorToken}`
    const asked = (method: string, path: string) =>
      askHttp2(url, ca, { ':method': method, ':path': path, authorization })
    const frozen = await askHttp2(
      url,
      ca,
      { ':method': 'PUT', ':path': '/_skillkeeper/test/clock', authorization },
      JSON.stringify({ mode: 'frozen', at: '2060-01-01T00:00:00Z' }),
    )
    assert.equal(frozen.headers[':status'], 200)
    const { headers } = await asked('GET', '/readyz')
    assert.deepEqual([headers[':status'], headers.date], [200, 'Thu, 01 Jan 2060 00:00:00 GMT'])
  })

  test('requests that wait for another one, whose code they share', async (t) => {
    const { enable, gate, newRequest } = await freezeLinked(t)
    const request = await newRequest()
    gate.close()
    const both = [enable(blinds, room, request), enable(blinds, otherRoom, request)]
    await gate.arrival(1)
    gate.open()
    const answers = await Promise.all(both)
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.accountLink?.status]),
      [
        [201, 'LINKED'],
        [201, 'LINKED'],
      ],
    )
  })
})

describe('An advance', () => {
  test('that waits for a token server which does not answer ends with 503 after ten real seconds', async (t) => {
    const machine = createHandClock()
    const { advance, batch, gate, here, newRequest, renewToken } = await freezeLinked(t, { clock: machine })
    gate.close()
    const accountLinkRequest = await newRequest()
    const queued = await batch(lamps, [{ itemId: 1, unitId: room, stage: 'live', accountLinkRequest }])
    assert.equal(queued.status, 202, queued.text)
    await gate.arrival(1)
    const advancing = here('POST', '/clock/advance', { by: 'PT1H' })
    await machine.asleepFor(10_000)
    machine.moveBy(10_000)
    const { status, body } = await advancing
    assert.deepEqual([status, body.type], [503, 'SERVICE_UNAVAILABLE'])
    assert.match(
      body.message,
      /has not ended within 10 s, such as .* The clock is at 2030-01-01T00:00:00.000Z\.$/,
    )
    gate.open()
    await advance('PT1H')
    await renewToken()
    await nextTurn()
    assert.equal((await here('GET', '/clock')).body.now, '2030-01-01T01:00:00.000Z')
  })

  test('never goes back, and beyond the last date nowhere', async (t) => {
    const { here } = await freeze(t)
    for (const [method, path, body, message] of [
      ['POST', '/clock/advance', { to: '2029-12-31T23:59:59Z' }, /the clock never runs backwards/],
      ['PUT', '/clock', { mode: 'frozen', at: '2029-01-01T00:00:00Z' }, /the clock never runs backwards/],
      ['POST', '/clock/advance', { by: 'P999999D', to: '2031-01-01T00:00:00Z' }, /./],
      ['POST', '/clock/advance', { by: 'P1M' }, /by/],
      ['POST', '/clock/advance', { to: '2031-02-29T00:00:00Z' }, /there is no such day/],
      ['POST', '/clock/advance', {}, /./],
      ['PUT', '/clock', { mode: 'running', rate: 0 }, /./],
    ] as const) {
      const answer = await here(method, path, body)
      assert.deepEqual([answer.status, answer.body.type], [400, 'INVALID_PARAM'], JSON.stringify(body))
      assert.match(answer.body.message, message)
    }
    assert.equal((await here('GET', '/clock')).body.now, '2030-01-01T00:00:00.000Z')
  })

  test('comes behind the others, while requests go on', async (t) => {
    const { here, enable, get } = await freeze(t, {}, { settings: { activationDelayMs: 1000 } })
    const advances = Array.from({ length: 20 }, () => here('POST', '/clock/advance', { by: 'PT1S' }))
    const requests = Array.from({ length: 50 }, (_, at) =>
      at % 2 === 0 ? enable(hospital.nurseCall, room) : get(hospital.nurseCall, room),
    )
    const times = (await Promise.all(advances)).map(({ status, body }) => [status, body.now])
    for (const { status } of await Promise.all(requests)) assert.ok(status < 500, `${status}`)
    const wanted = advances.map((_, at) => [200, new Date(start + 1000 * (at + 1)).toISOString()])
    assert.deepEqual(times.sort(), wanted)
  })
})
