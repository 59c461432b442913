import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { catalogWithRooms, roomId } from '../support/clients.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import type { Gate } from '../support/gate.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'
import {
  type LinkedHospital,
  linkingSkills,
  revocationPath,
  startLinkedHospital,
  tokenPath,
} from '../support/linking.ts'
import { type Answer, operatorToken, type TestService } from '../support/service.ts'
import type { SkillTokenServer } from '../support/skill-token-server.ts'

const { room, otherRoom, ward } = hospital
const { blinds, music } = linkingSkills
const hourMs = 3_600_000
const linked = { status: 'LINKED' }
const notLinked = { status: 'NOT_LINKED' }

describe('What a skill is sent for a unit', () => {
  test('is the access token that its own server gave, not to be kept by who asks', async (t) => {
    const { service, server, gate } = await startLinked(t)
    const asked = await scopes(service, room)
    assert.equal(asked.status, 200)
    const token = givenTokens(gate)[0] ?? ''
    const expiresAt = new Date(service.clock.now() + hourMs).toISOString()
    assert.deepEqual(JSON.parse(asked.text), {
      unit: { id: room },
      skill: { id: blinds, stage: 'live' },
      expiresAt,
      scopes: [{ type: 'BearerToken', token }],
    })
    assert.equal(await server.knowsAccessToken(token), true)
    assert.equal(asked.headers.get('cache-control'), 'no-store')
  })

  test('is one scope for each partition name, with the ID that the organization has for this skill', async (t) => {
    const { service, gate, token, batch, newRequest } = await startLinked(t)
    const body = { unitId: room, stage: 'live', partitionName: 'Room101, Bath-101' }
    const path = `/v1/skills/${blinds}/enablements`
    assert.equal((await service.call('POST', path, { token, body })).status, 201)
    const sent = scopesIn(await scopes(service, room))
    const { userId } = sent[0] ?? {}
    assert.match(userId ?? '', /^amzn1\.ask\.account\.[A-Z2-7]{28}$/)
    const type = 'BearerTokenWithPartition'
    const [given] = givenTokens(gate)
    assert.deepEqual(sent, [
      { type, token: given, partition: 'Room101', userId },
      { type, token: given, partition: 'Bath-101', userId },
    ])
    const accountLinkRequest = await newRequest(blinds)
    await batch(blinds, [
      { itemId: 1, unitId: ward, stage: 'live', partitionName: 'Ward1', accountLinkRequest },
    ])
    await service.settled()
    const ofWard = { type, token: givenTokens(gate)[1], partition: 'Ward1', userId }
    assert.deepEqual(scopesIn(await scopes(service, ward)), [ofWard])
  })

  test('has the token of the delegated link where the unit lives on that, and the new one when it is linked anew', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, gate } = linkedHospital
    await delegate(linkedHospital)
    for (const unit of [room, otherRoom]) await enable(blinds, unit)
    for (const unit of [room, otherRoom]) assert.equal(await tokenSent(service, unit), givenTokens(gate)[0])
    await delegate(linkedHospital)
    assert.equal(await tokenSent(service, room), givenTokens(gate)[1])
  })

  test('is 404 where the skill is not enabled, not linked, or not there', async (t) => {
    const { service, enable } = await startLinked(t)
    await enable(music, room)
    assert.equal((await scopes(service, otherRoom)).status, 404)
    assert.match((await scopes(service, room, music)).body.message, /is not linked/)
    assert.equal((await scopes(service, `${room}X`)).status, 404)
    assert.equal((await scopes(service, room, `${blinds}X`)).status, 404)
  })

  test('is told to the operator alone', async (t) => {
    const { service, token } = await startLinked(t)
    assert.equal((await service.call('POST', scopesPath(room, blinds))).status, 401)
    assert.equal((await service.call('POST', scopesPath(room, blinds), { token })).status, 401)
  })
})

describe('An access token', () => {
  test('is renewed when it has a minute left, and not before, for all that share the link', async (t) => {
    const { service, server, gate, enable, request, operations } = await startLinked(t)
    await enable(blinds, otherRoom, request)
    service.clock.moveBy(hourMs - 60_001)
    assert.equal(await tokenSent(service, room), givenTokens(gate)[0])
    assert.equal(gate.to(tokenPath).length, 1)
    service.clock.moveBy(1)
    const renewed = await tokenSent(service, room)
    assert.deepEqual(
      [renewed, gate.to(tokenPath)[1]?.form.get('grant_type')],
      [givenTokens(gate)[1], 'refresh_token'],
    )
    assert.equal(await server.knowsAccessToken(renewed ?? ''), true)
    assert.equal(await tokenSent(service, otherRoom), renewed)
    assert.equal(gate.to(tokenPath).length, 2)
    const [entry, ...more] = await operations({ operation: 'renew_link' })
    assert.deepEqual([entry?.actor, entry?.outcome, more], ['operator', 'done', []])
  })

  test('is renewed with the newest refresh token, after a restart too', async (t) => {
    const linkedHospital = await startLinked(t, { data: await temporaryFolder(t) })
    const { gate } = linkedHospital
    for (let renewals = 1; renewals <= 3; renewals++) {
      await linkedHospital.restart(hourMs)
      assert.equal(await tokenSent(linkedHospital.service, room), givenTokens(gate)[renewals])
    }
    const used = gate
      .to(tokenPath)
      .slice(1)
      .map(({ form }) => form.get('refresh_token'))
    assert.deepEqual(
      used,
      gate
        .to(tokenPath)
        .slice(0, -1)
        .map((passage) => passage.answer?.refresh_token),
    )
  })

  test('is renewed before that where the operator says so', async (t) => {
    const { service, gate } = await startLinked(t)
    assert.equal((await scopes(service, room, blinds, '?renew=if-needed')).status, 200)
    assert.equal(gate.to(tokenPath).length, 1)
    const [sent] = scopesIn(await renewNow(service))
    assert.deepEqual([sent?.token, gate.to(tokenPath).length], [givenTokens(gate)[1], 2])
    assert.equal((await scopes(service, room, blinds, '?renew=perhaps')).status, 400)
  })

  test('An access token that many ask for at once is renewed once, and all get the new one', async (t) => {
    const { service, gate, enable, request } = await startLinked(t)
    await enable(blinds, otherRoom, request)
    service.clock.moveBy(hourMs)
    gate.close()
    const asked = [room, otherRoom, room].map((unit) => scopes(service, unit))
    await gate.arrival(2)
    gate.open()
    await Promise.race(asked)
    service.clock.moveBy(25)
    for (const sent of await Promise.all(asked)) {
      assert.deepEqual(scopesIn(sent), [{ type: 'BearerToken', token: givenTokens(gate)[1] }])
    }
    assert.equal(gate.to(tokenPath).length, 2)
  })

  test('An access token that comes while its unit is disabled is revoked with the refresh token that came with it', async (t) => {
    const { service, server, gate, disable } = await startLinked(t)
    await service.settled()
    gate.close()
    const asked = renewNow(service)
    await gate.arrival(2)
    await disable(blinds, room)
    gate.open()
    assert.equal((await asked).status, 200)
    await service.settled()
    const [, renewed] = gate.to(tokenPath).map((passage) => passage.answer)
    assert.deepEqual(
      gate.to(revocationPath).map(({ form }) => form.get('token')),
      [renewed?.refresh_token, renewed?.access_token],
    )
    assert.equal(await server.knowsAccessToken(String(renewed?.access_token)), false)
  })

  test('An access token that comes while its delegated link is linked anew is revoked, and the one of the new link is sent', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, server, gate, enable, get, newRequest } = linkedHospital
    await delegate(linkedHospital)
    await enable(blinds, room)
    const body = await newRequest(blinds)
    gate.close()
    const asked = renewNow(service)
    await gate.arrival(2)
    const put = service.call('PUT', linkPath, { token: operatorToken, body })
    await gate.arrival(3)
    // First the new link, and only then the answer to the renewal of the old one.
    gate.openForLast()
    assert.equal((await put).status, 200)
    gate.open()
    const [, renewed, anew] = gate.to(tokenPath).map((passage) => passage.answer)
    assert.deepEqual(scopesIn(await asked), [{ type: 'BearerToken', token: anew?.access_token }])
    await service.settled()
    assert.equal(await server.knowsAccessToken(String(renewed?.access_token)), false)
    assert.equal(await server.knowsRefreshToken(String(anew?.refresh_token)), true)
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
  })

  test('An access token without a refresh token is sent until it has expired, and the link ends then', async (t) => {
    const hostile = await startHostileServer({
      '/token': answer(200, { access_token: 'only-this', token_type: 'Bearer', expires_in: 3600 }),
    })
    t.after(() => hostile.stop())
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, operations } = linkedHospital
    await changeLinking(linkedHospital, { accessTokenUri: `${hostile.url}/token` })
    await enable(blinds, room, { authCode: 'code', redirectUri: 'https://r/', type: 'AUTH_CODE' })
    const { expiresAt } = JSON.parse((await scopes(service, room)).text)
    service.clock.moveBy(Date.parse(expiresAt) - service.clock.now() - 1)
    assert.equal(await tokenSent(service, room), 'only-this')
    service.clock.moveBy(1)
    const gone = await scopes(service, room)
    assert.equal(gone.status, 404)
    assert.match(gone.body.message, /has expired, and there is no refresh token/)
    await service.settled()
    assert.match((await scopes(service, room)).body.message, /is not linked/)
    assert.equal((await operations({ operation: 'renew_link' }))[0]?.outcome, 'failed')
    assert.equal(hostile.requests.length, 1)
  })
})

describe('A renewal', () => {
  test('A renewal that is refused with invalid_grant makes all enablements of the link NOT_LINKED, and the log has the reason', async (t) => {
    const { service, server, gate, enable, get, request, operations, newRequest } = await startLinked(t)
    await enable(blinds, otherRoom, request)
    await service.settled()
    await server.withdraw(String(gate.to(tokenPath)[0]?.answer?.refresh_token))
    const refused = await renewNow(service)
    assert.equal(refused.status, 404)
    assert.match(refused.body.message, /invalid_grant/)
    await service.settled()
    for (const unit of [room, otherRoom]) {
      const { body } = await get(blinds, unit)
      assert.deepEqual([body.accountLink, body.status], [notLinked, 'ENABLED'])
      const entries = await operations({ unitId: unit, operation: 'link', outcome: 'failed' })
      assert.equal(entries.length, 1)
      assert.match(entries[0]?.detail?.reason ?? '', /invalid_grant/)
    }
    const [entry] = await operations({ operation: 'renew_link' })
    assert.deepEqual([entry?.outcome, entry?.actor], ['failed', 'operator'])
    assert.match(entry?.detail?.reason ?? '', /invalid_grant/)
    assert.match((await scopes(service, room)).body.message, /is not linked/)
    assert.equal((await enable(blinds, room)).status, 400)
    assert.deepEqual((await enable(blinds, room, await newRequest(blinds))).body.accountLink, linked)
  })

  test('A refused renewal, or a removed delegated link, shows at once: what is 404 here is NOT_LINKED everywhere', async (t) => {
    const ends: Readonly<Record<string, (world: LinkedHospital) => Promise<Answer>>> = {
      refused: async ({ service, server, gate }) => {
        await server.withdraw(String(gate.to(tokenPath).at(-1)?.answer?.refresh_token))
        return await renewNow(service)
      },
      removed: ({ service }) => service.call('DELETE', linkPath, { token: operatorToken }),
    }
    const units = [room, otherRoom, ward]
    for (const [name, end] of Object.entries(ends)) {
      const world = await startLinkedHospital(t)
      const { service, enable, get, token, operations } = world
      await delegate(world)
      for (const unit of units) await enable(blinds, unit)
      await service.settled()
      assert.deepEqual((await get(blinds, ward)).body.accountLink, linked)
      // The clock stands still from here on: nothing that waits for it is done.
      assert.ok([204, 404].includes((await end(world)).status), name)
      for (const unit of units) {
        assert.deepEqual((await get(blinds, unit)).body.accountLink, notLinked, name)
        const { body } = await service.call('GET', `/v1/skills/enablements?unitId=${unit}`, { token })
        assert.deepEqual(body.items[0]?.accountLink, notLinked, name)
        assert.equal((await scopes(service, unit)).status, 404, name)
        assert.equal((await operations({ unitId: unit, operation: 'link', outcome: 'failed' })).length, 1)
      }
      await service.settled()
    }
  })

  test('A renewal that ends a link with more enablements than one write moves leaves none LINKED for which it was asked', async (t) => {
    const world = await startLinkedHospital(t)
    const { service, server, gate, batch, get } = world
    const { organizations } = catalogWithRooms(450)
    const added = { token: operatorToken, body: { organizations } }
    assert.equal((await service.call('POST', '/_skillkeeper/catalog', added)).status, 200)
    await delegate(world)
    for (let from = 0; from < 450; from += 90) {
      const items = Array.from({ length: 90 }, (_, itemId) => ({
        itemId,
        unitId: roomId(from + itemId),
        stage: 'live',
      }))
      assert.equal((await batch(blinds, items)).status, 202)
    }
    await service.settled()
    await server.withdraw(String(gate.to(tokenPath).at(-1)?.answer?.refresh_token))
    for (const unit of [449, 0, 225].map(roomId)) {
      assert.equal((await scopes(service, unit, blinds, '?renew=always')).status, 404)
      assert.deepEqual((await get(blinds, unit)).body.accountLink, notLinked)
    }
    await service.settled()
  })

  test('A refused renewal ends a delegated link, which is not listed any more', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, server, gate, enable, get } = linkedHospital
    await delegate(linkedHospital)
    await enable(blinds, room)
    await service.settled()
    await server.withdraw(String(gate.to(tokenPath)[0]?.answer?.refresh_token))
    assert.equal((await renewNow(service)).status, 404)
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body.accountLink, notLinked)
    assert.equal((await service.call('GET', linkPath, { token: operatorToken })).status, 404)
    await delegate(linkedHospital)
    await enable(blinds, room)
    assert.equal(await tokenSent(service, room), givenTokens(gate).at(-1))
  })

  test('A renewal whose answer was lost is not lost silently: the token server refuses the next one', async (t) => {
    const { service, server, gate, get, operations } = await startLinked(t)
    await service.settled()
    // The server has answered, and taken the refresh token out of use; the answer never came.
    await renewElsewhere(server, String(gate.to(tokenPath)[0]?.answer?.refresh_token))
    assert.equal((await renewNow(service)).status, 404)
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body.accountLink, notLinked)
    assert.equal((await operations({ operation: 'renew_link' }))[0]?.outcome, 'failed')
  })

  test('A renewal at a token server that is down is 503 and changes nothing; it is made when the server is up again', async (t) => {
    const { service, gate, get, operations } = await startLinked(t)
    await service.settled()
    service.clock.moveBy(hourMs - 30_000)
    gate.breakDown()
    for (const _ of [1, 2]) {
      const down = await scopes(service, room)
      assert.deepEqual([down.status, down.headers.get('retry-after')], [503, '2'])
    }
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
    assert.deepEqual(await operations({ operation: 'renew_link' }), [])
    gate.repair()
    assert.equal(await tokenSent(service, room), givenTokens(gate)[1])
  })

  test('A renewal that fails by the settings of the skill is 503 with the reason and changes nothing', async (t) => {
    const linkedHospital = await startLinked(t)
    const { service, get } = linkedHospital
    await service.settled()
    await changeLinking(linkedHospital, { clientSecret: 'another secret' })
    const failed = await renewNow(service)
    assert.equal(failed.status, 503)
    assert.match(failed.body.message, /invalid_client/)
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
    await changeLinking(linkedHospital, {})
    assert.equal((await renewNow(service)).status, 200)
  })
})

const linkPath = `/_skillkeeper/organizations/${hospital.organization}/delegated-links/${blinds}`

/** With the skill enabled and linked for one room by a code of its own. */
async function startLinked(t: TestContext, options: Parameters<typeof startLinkedHospital>[1] = {}) {
  const linkedHospital = await startLinkedHospital(t, options)
  const request = await linkedHospital.newRequest(blinds)
  assert.deepEqual((await linkedHospital.enable(blinds, room, request)).body.accountLink, linked)
  return Object.create(linkedHospital, { request: { value: request } }) as LinkedHospital & {
    readonly request: typeof request
  }
}

async function delegate({ service, newRequest }: LinkedHospital): Promise<void> {
  const put = await service.call('PUT', linkPath, { token: operatorToken, body: await newRequest(blinds) })
  assert.equal(put.status, 200, put.text)
}

/** The catalog has the skill with these settings instead of its own. */
async function changeLinking({ service, options }: LinkedHospital, change: object): Promise<void> {
  const skills = options.catalog.skills.flatMap((skill) =>
    skill.id === blinds && 'accountLinking' in skill
      ? [{ ...skill, accountLinking: { ...skill.accountLinking, ...change } }]
      : [],
  )
  const put = await service.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body: { skills } })
  assert.equal(put.status, 200, put.text)
}

/** Renews past the service, as somebody does whose answer never arrives. */
async function renewElsewhere({ accessTokenUri, basicClient }: SkillTokenServer, refreshToken: string) {
  const encode = (text: string) => encodeURIComponent(text)
  const credentials = `${encode(basicClient.clientId)}:${encode(basicClient.clientSecret)}`
  const renewed = await fetch(accessTokenUri, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  })
  assert.equal(renewed.status, 200, await renewed.text())
}

interface Scope {
  readonly type: string
  readonly token: string
  readonly partition?: string
  readonly userId?: string
}

function scopesPath(unitId: string, skillId: string, query = ''): string {
  return `/_skillkeeper/units/${unitId}/enablements/${skillId}/scopes${query}`
}

function scopes(service: TestService, unitId: string, skillId: string = blinds, query = ''): Promise<Answer> {
  return service.call('POST', scopesPath(unitId, skillId, query), { token: operatorToken })
}

function renewNow(service: TestService): Promise<Answer> {
  return scopes(service, room, blinds, '?renew=always')
}

function scopesIn({ status, text }: Answer): readonly Scope[] {
  assert.equal(status, 200, text)
  return JSON.parse(text).scopes
}

async function tokenSent(service: TestService, unitId: string): Promise<string | undefined> {
  return scopesIn(await scopes(service, unitId))[0]?.token
}

/** The access tokens that the token server gave, in their order. */
function givenTokens(gate: Gate): (string | undefined)[] {
  return gate.to(tokenPath).map((passage) => passage.answer?.access_token as string | undefined)
}
