import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { lookEveryMs } from '../../src/operations/links/link-account.ts'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'
import {
  type LinkedHospital,
  linkAt,
  linkingSkills,
  requestWith,
  startLinkedHospital,
} from '../support/linking.ts'
import { type Answer, operatorToken } from '../support/service.ts'

const { room, otherRoom } = hospital
const { blinds } = linkingSkills
const linked = { status: 'LINKED' }
const form = 'application/x-www-form-urlencoded'

/** A token server that gives one answer after another, each made with the tokens of that turn. */
type TokenAnswer = (access: string, refresh: string) => ReturnType<typeof answer>

const whole: TokenAnswer = (access_token, refresh_token) =>
  answer(200, { access_token, refresh_token, token_type: 'bearer' })
const withFields =
  (fields: object): TokenAnswer =>
  (access_token, refresh_token) =>
    answer(200, { access_token, refresh_token, token_type: 'bearer', expires_in: 3600, ...fields })

/** Each gives an access token; what is optional is odd, or missing. */
const odd: Readonly<Record<string, TokenAnswer>> = {
  'a scope of null': withFields({ scope: null }),
  'a scope that is a list': withFields({ scope: ['a', 'b'] }),
  'a scope of 100,000 characters': withFields({ scope: 'x'.repeat(100_000) }),
  'an expires_in of null': withFields({ expires_in: null }),
  'an empty expires_in': withFields({ expires_in: '' }),
  'an expires_in that is a text': withFields({ expires_in: '3600' }),
  'an expires_in that is a list': withFields({ expires_in: [3600] }),
  'an expires_in below 0': withFields({ expires_in: -1 }),
  'an expires_in beyond all calendars': withFields({ expires_in: 1e300 }),
  'a token_type of null': withFields({ token_type: null }),
  'no token_type': (access_token, refresh_token) => answer(200, { access_token, refresh_token }),
  'an error of null': withFields({ error: null, error_description: '' }),
  'an id_token that is none': withFields({ id_token: {} }),
  'the status 201': (access_token, refresh_token) =>
    answer(201, { access_token, refresh_token, token_type: 'bearer' }),
  'a form': (access, refresh) =>
    answer(200, `access_token=${access}&refresh_token=${refresh}&token_type=bearer&scope=`, {
      'content-type': form,
    }),
  'a form as text/plain': (access, refresh) =>
    answer(200, `access_token=${access}&refresh_token=${refresh}`, { 'content-type': 'text/plain' }),
}
const withoutRefreshToken: readonly unknown[] = [null, '', [], {}, 7, 'x'.repeat(70_000)]

describe('A token server that answers nearly as it should', () => {
  test('links: alone, in a batch, and for the whole organization', async (t) => {
    const { hospital, play, server } = await startPlay(t)
    const answers: [string, TokenAnswer][] = [
      ...Object.entries(odd),
      ...withoutRefreshToken.map((value): [string, TokenAnswer] => [
        `a refresh_token of ${JSON.stringify(value).slice(0, 20)}`,
        withFields({ refresh_token: value }),
      ]),
    ]
    for (const [told, given] of answers) {
      const before = server.requests.length
      play(given, given, given)
      const single = await hospital.enable(blinds, room, requestWith(`${told}, alone`))
      assert.deepEqual([single.status, single.body.accountLink], [201, linked], told)
      const accountLinkRequest = requestWith(`${told}, in a batch`)
      const items = [{ itemId: 1, unitId: otherRoom, stage: 'live', accountLinkRequest }]
      assert.equal((await hospital.batch(blinds, items)).status, 202)
      await hospital.service.settled()
      assert.deepEqual((await hospital.get(blinds, otherRoom)).body.accountLink, linked, told)
      assert.equal((await delegate(hospital, `${told}, delegated`)).status, 200, told)
      await hospital.service.settled()
      const codes = server.requests.slice(before).filter(({ path }) => path === '/token')
      assert.equal(codes.length, 3, 'Each code is sent once.')
      for (const unit of [room, otherRoom]) assert.equal((await hospital.disable(blinds, unit)).status, 204)
    }
  })

  for (const [told, given] of Object.entries(odd)) {
    test(`renews, and its new refresh token is used the next time: ${told}`, async (t) => {
      const { hospital, play, sent, restart } = await startPlay(t, { data: await temporaryFolder(t) })
      play(whole, given, given, whole)
      await hospital.enable(blinds, room, requestWith('a code'))
      for (const turn of [2, 3]) {
        assert.equal(tokenIn(await renewNow(hospital)), `access-${turn}`)
        assert.deepEqual((await hospital.get(blinds, room)).body.accountLink, linked)
      }
      await restart()
      assert.equal(tokenIn(await renewNow(hospital)), 'access-4')
      assert.deepEqual(sent('refresh_token'), ['refresh-1', 'refresh-2', 'refresh-3'])
    })
  }

  test('A renewal without a new refresh token leaves the old one good', async (t) => {
    const { hospital, play, sent } = await startPlay(t)
    const answers = withoutRefreshToken.map((value) => withFields({ refresh_token: value }))
    play(whole, ...answers, whole)
    await hospital.enable(blinds, room, requestWith('a code'))
    for (const _ of [...answers, whole]) assert.equal((await renewNow(hospital)).status, 200)
    assert.deepEqual([...new Set(sent('refresh_token'))], ['refresh-1'])
  })
})

describe('A renewal whose answer has a new refresh token and no access token that can be used', () => {
  const broken: Readonly<Record<string, TokenAnswer>> = {
    'no access token': (_, refresh_token) => answer(200, { refresh_token, token_type: 'bearer' }),
    'an access token of null': withFields({ access_token: null }),
    'an access token that is a list': withFields({ access_token: ['a'] }),
    'another token_type': withFields({ token_type: 'mac' }),
    'an error': (_, refresh_token) => answer(400, { error: 'invalid_grant', refresh_token }),
    'a fault': (access_token, refresh_token) => answer(500, { access_token, refresh_token }),
    'a form': (_, refresh) => answer(200, `refresh_token=${refresh}`, { 'content-type': form }),
  }
  for (const [told, given] of Object.entries(broken)) {
    test(`keeps it: ${told}`, async (t) => {
      const { hospital, play, sent, restart } = await startPlay(t, { data: await temporaryFolder(t) })
      play(whole, given, given, whole)
      await hospital.enable(blinds, room, requestWith('a code'))
      for (const _ of [2, 3]) {
        const failed = await renewNow(hospital)
        assert.deepEqual([failed.status, failed.headers.get('retry-after')], [503, '2'])
        assert.deepEqual((await hospital.get(blinds, room)).body.accountLink, linked)
      }
      await hospital.service.settled()
      await restart()
      assert.equal(tokenIn(await renewNow(hospital)), 'access-4')
      assert.deepEqual(sent('refresh_token'), ['refresh-1', 'refresh-2', 'refresh-3'])
      const entries = await hospital.operations({ operation: 'renew_link' })
      assert.deepEqual(
        entries.map(({ outcome }) => outcome),
        ['failed', 'failed', 'done'],
      )
      assert.match(entries[0]?.detail?.reason ?? '', /The new refresh token was kept\.$/)
    })
  }

  test('is made again by whoever waits for it, with the new one, and a delegated link lives on', async (t) => {
    const { hospital, play, sent } = await startPlay(t)
    const [arrived, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const held: TokenAnswer = (_, refresh_token) => (response) => {
      arrived.resolve()
      void letGo.promise.then(() => answer(200, { refresh_token })(response))
    }
    play(whole, held, whole)
    assert.equal((await delegate(hospital, 'a code')).status, 200)
    await hospital.enable(blinds, room)
    await hospital.service.settled()
    const first = renewNow(hospital)
    await arrived.promise
    const second = renewNow(hospital)
    // Who waits has looked, and sleeps until the next look.
    await hospital.service.clock.asleepFor(lookEveryMs)
    letGo.resolve()
    assert.equal((await first).status, 503)
    hospital.service.clock.moveBy(lookEveryMs)
    assert.equal(tokenIn(await second), 'access-3')
    assert.deepEqual(sent('refresh_token'), ['refresh-1', 'refresh-2'])
    assert.deepEqual((await hospital.get(blinds, room)).body.accountLink, linked)
  })
})

/** A hospital whose blinds link at a token server that gives the answers played to it, each once and in their order. */
async function startPlay(t: TestContext, options: Parameters<typeof startLinkedHospital>[1] = {}) {
  const answers: TokenAnswer[] = []
  let turn = 0
  const server = await startHostileServer({
    '/token': (response) => {
      turn += 1
      const given = answers.shift() ?? (() => answer(400, { error: 'nothing_to_play' }))
      given(`access-${turn}`, `refresh-${turn}`)(response)
    },
    '/revoke': answer(200),
  })
  t.after(() => server.stop())
  const hospital = await startLinkedHospital(t, options)
  await linkAt(hospital, blinds, server.url)
  return {
    hospital,
    server,
    play: (...more: TokenAnswer[]) => void answers.push(...more),
    /** What the token server was sent under the name, request by request. */
    sent: (name: string) =>
      server.requests
        .filter(({ path }) => path === '/token')
        .flatMap(({ body }) => new URLSearchParams(body).getAll(name)),
    async restart() {
      await hospital.restart()
      await linkAt(hospital, blinds, server.url)
    },
  }
}

function delegate({ service }: LinkedHospital, authCode: string): Promise<Answer> {
  const path = `/_skillkeeper/organizations/${hospital.organization}/delegated-links/${blinds}`
  return service.call('PUT', path, { token: operatorToken, body: requestWith(authCode) })
}

function renewNow({ service }: LinkedHospital): Promise<Answer> {
  const path = `/_skillkeeper/units/${room}/enablements/${blinds}/scopes?renew=always`
  return service.call('POST', path, { token: operatorToken })
}

function tokenIn({ status, text }: Answer): string {
  assert.equal(status, 200, text)
  return JSON.parse(text).scopes[0].token
}
