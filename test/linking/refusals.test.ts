import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital, hospitalCatalog, skill } from '../support/catalogs.ts'
import { answer, drip, silence, startHostileServer } from '../support/hostile-server.ts'
import { linkingSkills, requestWith, startLinkedHospital, tokenPath } from '../support/linking.ts'
import { listen } from '../support/listen.ts'
import { type Answer, operatorToken, startService, type TestService } from '../support/service.ts'

const { room, otherRoom, admin } = hospital
const { blinds, music } = linkingSkills
const linked = { status: 'LINKED' }

describe('A code that the token server refuses', () => {
  test('is answered 400 with the OAuth error, and nothing is stored', async (t) => {
    const { service, token, enable, get, operations } = await startLinkedHospital(t)
    const before = (await operations()).length
    for (const skillId of [blinds, music]) {
      const refused = await enable(skillId, room, requestWith('made-up'))
      assert.deepEqual([refused.status, refused.body.type], [400, 'INVALID_PARAM'])
      assert.match(refused.body.message, /^Account linking failed: .*invalid_grant/)
      assert.doesNotMatch(refused.body.message, /made-up/)
      assert.equal((await get(skillId, room)).status, 404)
    }
    const listed = await service.call('GET', `/v1/skills/enablements?unitId=${room}`, { token })
    assert.deepEqual(listed.body, { items: [], paginationContext: {} })
    await service.settled()
    assert.equal((await operations()).length, before)
  })

  test('is refused again the next time, by the token server', async (t) => {
    const { enable, gate } = await startLinkedHospital(t)
    for (const count of [1, 2]) {
      assert.equal((await enable(blinds, room, requestWith('made-up'))).status, 400)
      assert.equal(gate.to(tokenPath).length, count)
    }
  })

  test('leaves a record that is there, and its link, as they were', async (t) => {
    const { service, enable, get, newRequest, gate, server } = await startLinkedHospital(t)
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    const before = (await get(blinds, room)).body
    const refused = await enable(blinds, room, requestWith('made-up'), 'development')
    assert.equal(refused.status, 400)
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body, before)
    assert.equal(await server.knowsAccessToken(String(gate.passages[0]?.answer?.access_token)), true)
  })
})

describe('A token server whose answer is', () => {
  const tokens = { access_token: 'a-token', token_type: 'bearer' }
  const unusable = {
    '/page': answer(200, '<html>Sign in</html>'),
    '/empty': answer(200),
    '/list': answer(200, [tokens]),
    '/null': answer(200, 'null', { 'content-type': 'application/json' }),
    '/no-token': answer(200, { token_type: 'bearer' }),
    '/number': answer(200, { ...tokens, access_token: 7 }),
    '/mac': answer(200, { ...tokens, token_type: 'mac' }),
    '/cut': answer(200, '{"access_token":"a-tok', { 'content-type': 'application/json' }),
    '/redirect': answer(302, '', { location: '/page' }),
    '/missing': answer(404),
    '/forbidden': answer(403, 'no'),
    '/endless': drip('{"a":"'.padEnd(20_000, 'x')),
  }
  const passing = { '/fault': answer(500), '/maintenance': answer(503), '/throttled': answer(429) }

  test('nonsense is a reason to refuse with 400, and nothing is stored', async (t) => {
    const { enable, get } = await startWithAnswers(t, unusable)
    for (const path of Object.keys(unusable)) {
      const refused = await enable(path)
      assert.deepEqual([refused.status, refused.body.type], [400, 'INVALID_PARAM'], path)
      assert.match(refused.body.message, /^Account linking failed: /)
      assert.equal((await get(path)).status, 404, path)
    }
  })

  test('A token server that cannot answer now is 503 with Retry-After, and nothing is stored', async (t) => {
    const { enable, get } = await startWithAnswers(t, passing)
    for (const path of Object.keys(passing)) {
      const refused = await enable(path)
      assert.deepEqual([refused.status, refused.body.type], [503, 'SERVICE_UNAVAILABLE'], path)
      assert.equal(refused.headers.get('retry-after'), '2')
      assert.equal((await get(path)).status, 404, path)
    }
  })

  test('longer in coming than 4.5 seconds is not waited for, and nothing is stored', async (t) => {
    const { enable, get } = await startWithAnswers(t, { '/silent': silence, '/slow': drip(' ') })
    const refused = await Promise.all(['/silent', '/slow'].map((path) => enable(path)))
    for (const { status, body, headers } of refused) {
      assert.deepEqual([status, body.type], [503, 'SERVICE_UNAVAILABLE'])
      assert.equal(headers.get('retry-after'), '2')
    }
    for (const path of ['/silent', '/slow']) assert.equal((await get(path)).status, 404)
  })
})

describe('A token server that is down', () => {
  test('is answered 503 with Retry-After and nothing is stored; when it is up again the code works', async (t) => {
    const { service, enable, get, newRequest, gate } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    gate.breakDown()
    for (let tries = 0; tries < 3; tries++) {
      const refused = await enable(blinds, room, request)
      assert.deepEqual([refused.status, refused.body.type], [503, 'SERVICE_UNAVAILABLE'])
      assert.equal(refused.headers.get('retry-after'), '2')
      assert.equal((await get(blinds, room)).status, 404)
    }
    gate.repair()
    await service.settled()
    assert.equal(gate.passages.length, 0, 'Nobody waits for an answer any more.')
    assert.deepEqual((await enable(blinds, room, request)).body.accountLink, linked)
  })

  test('because nobody listens at its address, is the same', async (t) => {
    const gone = await listen(() => () => {})
    await gone.stop()
    const { enable, get } = await startWithAnswers(t, { '/token': silence }, gone.url)
    assert.equal((await enable('/token')).status, 503)
    assert.equal((await get('/token')).status, 404)
  })

  test('does not keep anybody from other skills, or from the same skill without a code', async (t) => {
    const { enable, gate, newRequest } = await startLinkedHospital(t)
    gate.breakDown()
    assert.equal((await enable(music, room, await newRequest(music))).status, 503)
    assert.equal((await enable(music, otherRoom)).status, 201)
    assert.equal((await enable(hospital.nurseCall, room)).status, 201)
  })
})

/** A service with one skill for each path of a token server that behaves as told. */
async function startWithAnswers(
  t: TestContext,
  answers: Parameters<typeof startHostileServer>[0],
  url?: string,
): Promise<{
  service: TestService
  enable(path: string): Promise<Answer>
  get(path: string): Promise<Answer>
}> {
  const server = await startHostileServer(answers)
  t.after(() => server.stop())
  const skillAt = (path: string) => skill(path.slice(1))
  const skills = Object.keys(answers).map((path) => ({
    id: skillAt(path),
    name: path,
    stages: ['live'],
    accountLinking: {
      accessTokenUri: `${url ?? server.url}${path}`,
      clientId: 'skillkeeper',
      clientSecret: 'a-secret',
      authenticationScheme: 'HTTP_BASIC',
    },
  }))
  const service = await startService(t, {
    catalog: { ...hospitalCatalog, skills },
    rateLimit: 0,
    operatorToken,
  })
  const token = await service.token(admin)
  return {
    service,
    enable: (path) =>
      service.call('POST', `/v1/skills/${skillAt(path)}/enablements`, {
        token,
        body: { unitId: room, stage: 'live', accountLinkRequest: requestWith('a-code') },
      }),
    get: (path) => service.call('GET', `/v1/skills/${skillAt(path)}/enablements?unitId=${room}`, { token }),
  }
}
