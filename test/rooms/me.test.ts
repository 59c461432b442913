import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accessTokenPrefix, packAccessToken } from '../../src/model/access-token.ts'
import type { Me } from '../../src/protocol/console/me.ts'
import { secretOf } from '../support/catalogs.ts'
import { type Person, type RoomsService, startRooms } from '../support/rooms.ts'
import { operatorToken } from '../support/service.ts'
import { cookieOf } from '../support/sessions.ts'
import { hotel } from '../support/units.ts'

async function meOf(service: RoomsService, token: string): Promise<Me> {
  const answer = await service.call('GET', '/_skillkeeper/me', { token })
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text)
}

/** A token that speaks for an operator, bought by a session. */
async function sessionToken(service: RoomsService): Promise<{ token: string; cookie: string }> {
  const made = await service.call('POST', '/_skillkeeper/sessions/codes', { token: operatorToken })
  const { code } = JSON.parse(made.text)
  const signedIn = await service.call('POST', '/_skillkeeper/sessions', {
    body: { oneTimeCode: code, name: 'anna' },
  })
  assert.equal(signedIn.status, 201, signedIn.text)
  const cookie = cookieOf(signedIn)
  const bought = await service.call('POST', '/_skillkeeper/sessions/current/token', {
    headers: { cookie },
    body: {},
  })
  return { token: JSON.parse(bought.text).accessToken, cookie }
}

/** A token that this service might sign. */
function signedToken({ world, clock }: RoomsService, change: object): string {
  const { secrets, newId } = world.context
  const now = clock.now()
  const scopes = ['skillkeeper:operator']
  const times = { issuedAt: now, expiresAt: now + 600_000 }
  const token = {
    id: newId(),
    clientId: hotel.admin,
    grantId: undefined,
    personId: undefined,
    scopes,
    ...times,
  }
  return accessTokenPrefix + secrets.sign(packAccessToken({ ...token, ...change }), 'access-token')
}

describe('Who asks', () => {
  test('is told its name, and the highest units that it may read', async (t) => {
    const service = await startRooms(t)
    const rootsOf = async (person: Person) => {
      const { roots, ...rest } = await meOf(service, await service.tokenOf(person))
      return [
        rest.kind,
        rest.name,
        rest.id === rest.actor,
        ...roots.map(({ unit, role, propagate }) => [unit.id, role, propagate ?? true]),
      ]
    }
    assert.deepEqual(await rootsOf('owner'), [
      'person',
      'Olga Owner',
      true,
      [hotel.organization, 'A4H.OrgAdmin', true],
    ])
    assert.deepEqual(await rootsOf('ward'), ['person', 'Ward', true, [hotel.floor, 'A4P.UnitAdmin', true]])
    assert.deepEqual(await rootsOf('viewer'), ['person', 'Viewer', true, [hotel.seaside, 'viewer', true]])
    assert.deepEqual(await rootsOf('alone'), ['person', 'Alone', true, [hotel.floor, 'viewer', false]])
    assert.deepEqual(await rootsOf('past'), ['person', 'Past', true])
    assert.deepEqual(await rootsOf('foreign'), [
      'person',
      'Foreign',
      true,
      [hotel.foreign, 'A4H.OrgAdmin', true],
    ])
    const { roots, ...client } = await meOf(service, await service.token(hotel.manager))
    assert.deepEqual(client, {
      kind: 'client',
      name: hotel.manager,
      id: hotel.manager,
      actor: hotel.manager,
      ...service.testControls,
    })
    assert.deepEqual(roots.map(({ unit }) => unit.id).sort(), [hotel.floor, hotel.hillside].sort())
    const { roots: all, ...operator } = await meOf(service, operatorToken)
    assert.deepEqual(operator, {
      kind: 'operator',
      name: 'operator',
      actor: 'operator',
      ...service.testControls,
    })
    assert.deepEqual(
      all.map(({ unit, role }) => [unit.id, role]),
      [
        [hotel.organization, 'operator'],
        [hotel.foreign, 'operator'],
      ],
    )
  })

  test('is refused without a valid token, and with one that may not manage', async (t) => {
    const service = await startRooms(t)
    const statusOf = async (token?: string) =>
      (await service.call('GET', '/_skillkeeper/me', token === undefined ? {} : { token })).status
    assert.equal(await statusOf(), 401)
    assert.equal(await statusOf('not-the-token-of-the-operator'), 401)
    assert.equal(await statusOf('Atza|nothing'), 401)
    const form = {
      grant_type: 'client_credentials',
      client_id: hotel.admin,
      client_secret: secretOf(hotel.admin),
      scope: 'profile',
    }
    const issued = await service.call('POST', '/auth/o2/token', {
      body: new URLSearchParams(form).toString(),
    })
    assert.equal(await statusOf(issued.body.access_token), 403)
    const token = await service.tokenOf('owner')
    service.clock.moveBy(3_600_001)
    assert.equal(await statusOf(token), 401)
  })

  test('may be an operator by a token of a session, on the routes of operators as well', async (t) => {
    const service = await startRooms(t)
    const { token } = await sessionToken(service)
    const { roots: _, ...operator } = await meOf(service, token)
    assert.deepEqual(operator, {
      kind: 'operator',
      name: 'anna',
      actor: 'operator:anna',
      ...service.testControls,
    })
    const put = { clients: [{ id: 'new-client', secret: 'hush', roles: [] }] }
    const stored = await service.call('POST', '/_skillkeeper/catalog', { token, body: put })
    assert.equal(stored.status, 200, stored.text)
    const [entry] = await service.logOf(stored)
    assert.equal(entry?.actor, 'operator:anna')
    // It has no role: what only roles allow is refused.
    assert.equal((await service.list(hotel.organization, {}, token)).status, 403)
    service.clock.moveBy(600_000)
    assert.equal((await service.call('GET', '/_skillkeeper/me', { token })).status, 401)
  })

  test('is no operator by another token that names the scope, nor by one whose session has ended', async (t) => {
    const service = await startRooms(t)
    const statusOf = async (token: string) => [
      (await service.call('GET', '/_skillkeeper/me', { token })).status,
      (await service.call('GET', '/_skillkeeper/skills', { token })).status,
    ]
    assert.deepEqual(await statusOf(signedToken(service, {})), [403, 401])
    const operator = { operator: 'operator', grantId: 'no-session' }
    assert.deepEqual(await statusOf(signedToken(service, operator)), [401, 401])
    const { token, cookie } = await sessionToken(service)
    assert.deepEqual(await statusOf(token), [200, 200])
    const ended = await service.call('DELETE', '/_skillkeeper/sessions/current', { headers: { cookie } })
    assert.equal(ended.status, 204)
    assert.deepEqual(await statusOf(token), [401, 401])
    const scope = 'skillkeeper:operator'
    const form = {
      grant_type: 'client_credentials',
      client_id: hotel.admin,
      client_secret: secretOf(hotel.admin),
      scope,
    }
    const asked = await service.call('POST', '/auth/o2/token', { body: new URLSearchParams(form).toString() })
    assert.equal(asked.status, 400)
  })

  test('is slowed down after wrong tokens of operators, but not after old access tokens', async (t) => {
    const service = await startRooms(t, { wrongSecretsMax: 3 })
    const statusOf = async (token: string) =>
      (await service.call('GET', '/_skillkeeper/me', { token })).status
    for (let time = 0; time < 5; time++) assert.equal(await statusOf('Atza|old'), 401)
    assert.equal(await statusOf(operatorToken), 200)
    for (let time = 0; time < 3; time++) assert.equal(await statusOf(`wrong-token-number-${time}`), 401)
    assert.equal(await statusOf('wrong-token-number-4'), 429)
    assert.equal(await statusOf(operatorToken), 429)
    assert.equal(await statusOf(await service.tokenOf('owner')), 200)
  })
})
