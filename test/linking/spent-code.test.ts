import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'
import {
  type AccountLinkRequest,
  type LinkedHospital,
  linkAt,
  linkingSkills,
  requestWith,
  startLinkedHospital,
  tokenPath,
} from '../support/linking.ts'
import { type Answer, operatorToken } from '../support/service.ts'
import { skillRedirectUri } from '../support/skill-token-server.ts'

const { room, otherRoom, ward, admin, wardAdmin, roomAdmin } = hospital
const { blinds } = linkingSkills
const linked = { status: 'LINKED' }
const notLinked = { status: 'NOT_LINKED' }
const minuteMs = 60_000
const sharedMs = 10 * minuteMs
const otherUri = 'https://alexa.example/other'

type Way = 'enable' | 'batch'
const ways: readonly Way[] = ['enable', 'batch']

/** Who brings the code again: how much later, as which client, with which redirect URI. */
interface Again {
  readonly laterMs?: number
  readonly clientId?: string
  readonly redirectUri?: string
}

describe('A code that linked one unit links another', () => {
  const good: readonly Again[] = [{}, { laterMs: 1 }, { laterMs: sharedMs - 1 }]
  for (const again of good) {
    for (const way of ways) {
      test(`for the same client with the same redirect URI, ${told(again, way)}`, async (t) => {
        const { hospital, request } = await startLinked(t)
        const { gate } = hospital
        const shared = await bring(hospital, way, otherRoom, request, again)
        assert.equal(shared.status, way === 'enable' ? 201 : 202)
        assert.deepEqual(await linksOf(hospital, [room, otherRoom]), [linked, linked])
        assert.equal(gate.to(tokenPath).length, 1)
      })
    }
  }

  const bad: readonly Again[] = [
    { clientId: wardAdmin },
    { redirectUri: otherUri },
    { redirectUri: `${skillRedirectUri}/` },
    { redirectUri: skillRedirectUri.replace('%2F', '/') },
    { redirectUri: skillRedirectUri.toUpperCase() },
    { clientId: wardAdmin, redirectUri: otherUri },
    { laterMs: sharedMs },
    { laterMs: sharedMs + 1 },
    { laterMs: 24 * 60 * minuteMs },
    { clientId: wardAdmin, laterMs: sharedMs },
  ]
  for (const again of bad) {
    for (const way of ways) {
      test(`no more ${told(again, way)}: the token server is asked, which refuses`, async (t) => {
        const { hospital, request } = await startLinked(t)
        await requireRefused(hospital, way, otherRoom, request, again)
        assert.deepEqual(await linksOf(hospital, [room]), [linked])
      })
    }
  }

  test('no more after the clock was an hour ahead when it was exchanged', async (t) => {
    const { hospital, request } = await startLinked(t)
    await requireRefused(hospital, 'enable', otherRoom, request, { laterMs: -60 * minuteMs })
  })

  test('no more once ten minutes are over, also when the service was started again meanwhile', async (t) => {
    const { hospital, request } = await startLinked(t, { data: await temporaryFolder(t) })
    await hospital.restart(sharedMs - 1)
    assert.equal((await hospital.enable(blinds, otherRoom, request)).status, 201)
    await hospital.restart(1)
    await requireRefused(hospital, 'enable', ward, request)
    assert.deepEqual(await linksOf(hospital, [room, otherRoom]), [linked, linked])
  })

  test('counted from its exchange, however often it was brought since, and however late that was', async (t) => {
    const hospital = await startLinkedHospital(t)
    const { service, gate, newRequest } = hospital
    const request = await newRequest(blinds)
    gate.breakDown()
    assert.equal((await bring(hospital, 'batch', room, request)).status, 202)
    gate.repair()
    service.clock.moveBy(sharedMs)
    await service.settled()
    for (const unit of [otherRoom, ward]) {
      const shared = await bring(hospital, 'enable', unit, request, { laterMs: sharedMs / 3 })
      assert.equal(shared.status, 201)
    }
    await hospital.disable(blinds, ward)
    await requireRefused(hospital, 'enable', ward, request, { laterMs: sharedMs / 3 })
    assert.deepEqual(await linksOf(hospital, [room, otherRoom]), [linked, linked])
  })
})

describe('A code again for the unit that it linked', () => {
  for (const laterMs of [0, sharedMs, 365 * 24 * 60 * minuteMs]) {
    for (const way of ways) {
      test(`is a retry ${told({ laterMs }, way)}, and the token server is not asked`, async (t) => {
        const { hospital, request } = await startLinked(t, { data: await temporaryFolder(t) })
        await hospital.restart()
        const again = await bring(hospital, way, room, request, { laterMs })
        assert.equal(again.status, way === 'enable' ? 201 : 202)
        assert.deepEqual(await linksOf(hospital, [room]), [linked])
        assert.equal(hospital.gate.to(tokenPath).length, 1)
      })
    }
  }

  test('is no retry from another client or with another redirect URI, and the record stays as it is', async (t) => {
    const { hospital, request } = await startLinked(t)
    for (const again of [{ clientId: roomAdmin }, { redirectUri: otherUri }]) {
      await requireRefused(hospital, 'enable', room, request, again)
    }
    assert.deepEqual(await linksOf(hospital, [room]), [linked])
  })
})

describe('A code that comes at once', () => {
  test('from two clients is exchanged for each, and links only the unit of the one that gets tokens', async (t) => {
    const hospital = await startLinkedHospital(t)
    const { gate, newRequest } = hospital
    const request = await newRequest(blinds)
    gate.close()
    const both = [
      bring(hospital, 'enable', room, request),
      bring(hospital, 'enable', otherRoom, request, { clientId: wardAdmin }),
    ]
    await gate.arrival(2)
    gate.open()
    const statuses = (await Promise.all(both)).map(({ status }) => status)
    assert.deepEqual(statuses.sort(), [201, 400])
    const [first, second] = await Promise.all([room, otherRoom].map((unit) => hospital.get(blinds, unit)))
    assert.deepEqual([first?.status, second?.status].sort(), [200, 404])
  })

  test('on items of one batch goes to the token server once, also when it is spent', async (t) => {
    const { hospital, request } = await startLinked(t)
    const { service, gate } = hospital
    service.clock.moveBy(sharedMs)
    const token = await service.token(admin)
    const items = [otherRoom, room, ward].map((unitId, itemId) => ({
      itemId,
      unitId,
      stage: 'live',
      accountLinkRequest: request,
    }))
    const path = `/v1/skills/${blinds}/enablements/batch`
    assert.equal((await service.call('POST', path, { token, body: { items } })).status, 202)
    await service.settled()
    assert.equal(gate.to(tokenPath).length, 2)
    assert.deepEqual(await linksOf(hospital, [otherRoom, room, ward]), [notLinked, linked, notLinked])
  })

  test('on items of one batch is exchanged once for each redirect URI', async (t) => {
    const hospital = await startLinkedHospital(t)
    const { service, batch, gate, newRequest } = hospital
    const request = await newRequest(blinds)
    const other = { ...request, redirectUri: otherUri }
    const items = [
      [room, request],
      [otherRoom, other],
      [ward, request],
      [otherRoom, other],
    ] as const
    const accepted = await batch(
      blinds,
      items.map(([unitId, accountLinkRequest], itemId) => ({
        itemId,
        unitId,
        stage: 'live',
        accountLinkRequest,
      })),
    )
    assert.equal(accepted.status, 202)
    await service.settled()
    const sent = gate.to(tokenPath).map(({ form }) => form.get('redirect_uri'))
    assert.deepEqual(sent.sort(), [request.redirectUri, other.redirectUri].sort())
    // Which of the two the token server saw first is not told; the other one has the code refused.
    const [first, second, third] = await linksOf(hospital, [room, otherRoom, ward])
    assert.deepEqual(first, third)
    assert.notDeepEqual(first, second)
  })
})

describe('At a token server that takes a code more than once', () => {
  test('each exchange gives a link of its own, which ends with its own units', async (t) => {
    let given = 0
    const server = await startHostileServer({
      '/token': (response) => {
        given += 1
        answer(200, { access_token: `access-${given}`, token_type: 'bearer' })(response)
      },
      '/revoke': answer(200),
    })
    t.after(() => server.stop())
    const hospital = await startLinkedHospital(t)
    await linkAt(hospital, blinds, server.url)
    const request = requestWith('any')
    assert.equal((await hospital.enable(blinds, room, request)).status, 201)
    assert.equal((await bring(hospital, 'enable', ward, request, { clientId: wardAdmin })).status, 201)
    const late = { laterMs: sharedMs }
    assert.equal((await bring(hospital, 'enable', otherRoom, request, late)).status, 201)
    assert.equal((await bring(hospital, 'enable', otherRoom, request, late)).status, 201)
    assert.equal((await bring(hospital, 'batch', otherRoom, request, late)).status, 202)
    assert.equal((await bring(hospital, 'enable', ward, request, late)).status, 201)
    assert.equal(given, 4)
    await hospital.disable(blinds, otherRoom)
    await hospital.service.settled()
    const revoked = server.requests.filter(({ path }) => path === '/revoke')
    assert.deepEqual(revoked.map(({ body }) => new URLSearchParams(body).get('token')).sort(), [
      'access-2',
      'access-3',
    ])
    assert.deepEqual(await linksOf(hospital, [room, ward]), [linked, linked])
  })
})

describe('The code of a delegated link', () => {
  const path = `/_skillkeeper/organizations/${hospital.organization}/delegated-links/${blinds}`

  test('The code of a delegated link with another redirect URI is sent to the token server, and the link stays', async (t) => {
    const { service, newRequest, gate } = await startLinkedHospital(t)
    const body = await newRequest(blinds)
    const put = (more: object) =>
      service.call('PUT', path, { token: operatorToken, body: { ...body, ...more } })
    assert.equal((await put({})).status, 200)
    const refused = await put({ redirectUri: otherUri })
    assert.equal(refused.status, 400)
    assert.match(refused.body.message, /invalid_grant/)
    assert.equal(gate.to(tokenPath).length, 2)
    assert.equal((await service.call('GET', path, { token: operatorToken })).status, 200)
  })

  test('links no unit, nor does the code of a unit make a delegated link', async (t) => {
    const hospital = await startLinkedHospital(t)
    const { service, enable, newRequest } = hospital
    const [delegated, own] = [await newRequest(blinds), await newRequest(blinds)]
    const put = (body: object) => service.call('PUT', path, { token: operatorToken, body })
    assert.equal((await put(delegated)).status, 200)
    assert.equal((await enable(blinds, room, own)).status, 201)
    assert.equal((await enable(blinds, otherRoom, delegated)).status, 400)
    assert.equal((await put(own)).status, 400)
  })
})

/** With the skill linked for one room by the administrator's code. */
async function startLinked(
  t: TestContext,
  options: Parameters<typeof startLinkedHospital>[1] = {},
): Promise<{ hospital: LinkedHospital; request: AccountLinkRequest }> {
  const hospital = await startLinkedHospital(t, options)
  const request = await hospital.newRequest(blinds)
  assert.deepEqual((await hospital.enable(blinds, room, request)).body.accountLink, linked)
  return { hospital, request }
}

/** Enables the unit with the code, alone or in a batch, which is carried out then. */
async function bring(
  { service }: LinkedHospital,
  way: Way,
  unitId: string,
  request: AccountLinkRequest,
  { laterMs = 0, clientId = admin, redirectUri = request.redirectUri }: Again = {},
): Promise<Answer> {
  service.clock.moveBy(laterMs)
  const token = await service.token(clientId)
  const one = { unitId, stage: 'live', accountLinkRequest: { ...request, redirectUri } }
  const path = `/v1/skills/${blinds}/enablements`
  if (way === 'enable') return service.call('POST', path, { token, body: one })
  const body = { items: [{ itemId: 1, ...one }] }
  const accepted = await service.call('POST', `${path}/batch`, { token, body })
  await service.settled()
  return accepted
}

/** The token server got the code once more, as it was brought, and said no. */
async function requireRefused(
  hospital: LinkedHospital,
  way: Way,
  unitId: string,
  request: AccountLinkRequest,
  again: Again = {},
): Promise<void> {
  const { gate } = hospital
  const before = gate.to(tokenPath).length
  const known = await stateOf(hospital, unitId)
  const refused = await bring(hospital, way, unitId, request, again)
  const asked = gate.to(tokenPath).slice(before)
  assert.deepEqual(
    asked.map(({ form }) => [form.get('code'), form.get('redirect_uri')]),
    [[request.authCode, again.redirectUri ?? request.redirectUri]],
  )
  if (way === 'enable') {
    assert.equal(refused.status, 400)
    assert.match(refused.body.message, /^Account linking failed: .*invalid_grant/)
    assert.deepEqual(await stateOf(hospital, unitId), known)
    return
  }
  assert.equal(refused.status, 202)
  assert.deepEqual(await linksOf(hospital, [unitId]), [notLinked])
  const [entry] = await hospital.operations({ unitId, operation: 'link', outcome: 'failed' })
  assert.match(entry?.detail?.reason ?? '', /invalid_grant/)
}

function linksOf(hospital: LinkedHospital, units: readonly string[]) {
  return Promise.all(units.map(async (unit) => (await stateOf(hospital, unit)).accountLink))
}

async function stateOf({ service }: LinkedHospital, unitId: string): Promise<Answer['body']> {
  const token = await service.token(admin)
  return (await service.call('GET', `/v1/skills/${blinds}/enablements?unitId=${unitId}`, { token })).body
}

function told({ laterMs = 0, clientId, redirectUri }: Again, way: Way): string {
  const parts = [
    ...(clientId === undefined ? [] : ['for another client']),
    ...(redirectUri === undefined ? [] : [`with the redirect URI "${redirectUri}"`]),
    `${laterMs} ms later`,
    way === 'enable' ? 'alone' : 'in a batch',
  ]
  return parts.join(', ')
}
