import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Matrix } from '../../src/protocol/console/matrix.ts'
import { answerOf } from '../support/asking.ts'
import { type Person, type RoomsService, startRooms, who } from '../support/rooms.ts'
import { operatorToken } from '../support/service.ts'
import { hotel } from '../support/units.ts'

const everyone: readonly Person[] = who

async function pageOf(
  service: RoomsService,
  unitId: string,
  query: string | URLSearchParams = '',
  token = operatorToken,
): Promise<Matrix> {
  const answer = await service.call('GET', `/_skillkeeper/units/${unitId}/matrix?${query}`, { token })
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text)
}

async function allPages(
  service: RoomsService,
  unitId: string,
  maxResults: number,
  token = operatorToken,
): Promise<string[]> {
  const ids: string[] = []
  let after: string | undefined = ''
  while (after !== undefined) {
    const query = new URLSearchParams({ maxResults: String(maxResults), ...(after && { after }) })
    const page = await pageOf(service, unitId, query, token)
    ids.push(...idsOf(page))
    after = page.paginationContext.after
  }
  return ids
}

const idsOf = ({ rows }: Matrix) => rows.map(({ id }) => id)

describe('The matrix', () => {
  test('has a row for the unit and for each below it, the tree depth first, in the order of creation', async (t) => {
    const service = await startRooms(t)
    const late = await service.build('Late floor', hotel.seaside)
    const lateRoom = await service.build('Late room', hotel.floor)
    const { rows, organizationId, skills, paginationContext } = await pageOf(service, hotel.organization)
    assert.equal(organizationId, hotel.organization)
    assert.deepEqual(paginationContext, {})
    assert.deepEqual(
      rows.map(({ id, level, parentId }) => [id, level, parentId]),
      [
        [hotel.organization, 0, undefined],
        // The units of a catalog are created in the order of their IDs.
        [hotel.hillside, 1, hotel.organization],
        [hotel.seaside, 1, hotel.organization],
        [hotel.floor, 2, hotel.seaside],
        [hotel.room, 3, hotel.floor],
        [hotel.otherRoom, 3, hotel.floor],
        [lateRoom, 3, hotel.floor],
        [late, 2, hotel.seaside],
      ],
    )
    assert.deepEqual(
      skills.map(({ name, isSubscription, hasAccountLinking }) => [name, isSubscription, hasAccountLinking]),
      [
        ['Minibar', false, false],
        ['Subscription hospitality US', true, false],
      ],
    )
    assert.deepEqual(idsOf(await pageOf(service, hotel.room)), [hotel.room])
  })

  test('shows only what a role covers, and refuses the rest', async (t) => {
    const service = await startRooms(t)
    const seen = async (person: Person, unitId: string) => {
      const token = await service.tokenOf(person)
      const answer = await service.call('GET', `/_skillkeeper/units/${unitId}/matrix`, { token })
      return answer.status === 200 ? idsOf(JSON.parse(answer.text)).length : answer.status
    }
    const units = [hotel.organization, hotel.seaside, hotel.floor, hotel.room, hotel.foreignProperty]
    const table: Record<Person, readonly number[]> = {
      owner: [6, 4, 3, 1, 403],
      ward: [403, 403, 3, 1, 403],
      viewer: [403, 4, 3, 1, 403],
      alone: [403, 403, 1, 403, 403],
      past: [403, 403, 403, 403, 403],
      foreign: [403, 403, 403, 403, 1],
    }
    for (const person of everyone)
      for (const [index, unitId] of units.entries())
        assert.equal(await seen(person, unitId), table[person][index], `${person} ${unitId}`)
    assert.equal(await seen('owner', hotel.unknown), 404)
    assert.deepEqual(
      idsOf(await pageOf(service, hotel.seaside, '', await service.tokenOf('viewer'))),
      idsOf(await pageOf(service, hotel.seaside)),
    )
  })

  test('joins what several roles cover, without what lies between', async (t) => {
    const service = await startRooms(t)
    // The manager, a client, has roles of a floor and of the other property; here also of the chain itself, but not below it.
    await service.assign(hotel.organization, 'viewer', await service.accountOf(hotel.manager), {
      propagate: false,
    })
    const token = await service.token(hotel.manager)
    const expected = [hotel.organization, hotel.hillside, hotel.floor, hotel.room, hotel.otherRoom]
    assert.deepEqual(idsOf(await pageOf(service, hotel.organization, '', token)), expected)
    assert.deepEqual(await allPages(service, hotel.organization, 1, token), expected)
    assert.deepEqual(await allPages(service, hotel.organization, 2, token), expected)
  })

  test('shows how a skill is on in a room', async (t) => {
    const service = await startRooms(t, { activationDelayMs: 1000 })
    const cells = async () =>
      (await pageOf(service, hotel.floor, `skillId=${hotel.minibar}`)).rows.map((row) => row.cells)
    assert.deepEqual(await cells(), ['.', '.', '.'])
    await service.enable(hotel.minibar, hotel.otherRoom)
    assert.deepEqual(await cells(), ['.', '.', 'e'])
    service.clock.moveBy(1000)
    assert.deepEqual(await cells(), ['.', '.', 'E'])
    await service.disable(hotel.minibar, hotel.otherRoom)
    assert.deepEqual(await cells(), ['.', '.', '.'])
  })

  test('has its position before its rows, so that no change is missed', async (t) => {
    const service = await startRooms(t)
    const enabled = await service.enable(hotel.minibar, hotel.room)
    const [entry] = await service.logOf(enabled)
    const page = await pageOf(service, hotel.floor)
    assert.equal(page.position, entry?.id)
    assert.equal(page.rows[1]?.cells[0], 'e')
  })

  test('keeps its pages while units come and go', async (t) => {
    const service = await startRooms(t)
    const rooms: string[] = []
    for (let number = 0; number < 12; number++)
      rooms.push(await service.build(`Room ${number}`, hotel.hillside))
    const first = await pageOf(service, hotel.hillside, 'maxResults=5')
    const { after = '' } = first.paginationContext
    assert.deepEqual(idsOf(first), [hotel.hillside, ...rooms.slice(0, 4)])
    // The last of the page goes, and so does one that is still to come; another comes.
    for (const gone of [rooms[3], rooms[6]]) assert.equal((await service.remove(gone ?? '')).status, 204)
    const added = await service.build('Added', hotel.hillside)
    const rest = await pageOf(service, hotel.hillside, new URLSearchParams({ after }))
    assert.deepEqual(idsOf(rest), [...rooms.slice(4, 6), ...rooms.slice(7), added])
  })

  test('takes names as they are', async (t) => {
    const service = await startRooms(t)
    const names = [
      '<script>alert(1)</script>',
      "'; drop table units; --",
      '100 % "room" \\ _',
      '客室 🛏',
      'a'.repeat(64),
    ]
    for (const name of names) await service.build(name, hotel.hillside)
    const { rows } = await pageOf(service, hotel.hillside)
    assert.deepEqual(
      rows.slice(1).map(({ name }) => name),
      names,
    )
  })

  test('refuses what it cannot read', async (t) => {
    const service = await startRooms(t)
    const { after = '' } = (await pageOf(service, hotel.seaside, 'maxResults=1')).paginationContext
    const refused: readonly [unitId: string, query: string, status: number][] = [
      [hotel.unknown, '', 404],
      [hotel.seaside.replace('did.', ''), '', 404],
      ['nonsense', '', 400],
      [hotel.seaside, 'maxResults=0', 400],
      [hotel.seaside, 'maxResults=1001', 400],
      [hotel.seaside, 'skillId=nonsense', 400],
      [hotel.seaside, `skillId=${hotel.minibar}x`, 404],
      [hotel.seaside, `skillId=${hotel.minibar}&maxResults=1&maxResults=2`, 400],
      [hotel.seaside, 'after=nonsense', 400],
      [hotel.seaside, `after=${'x'.repeat(8001)}`, 400],
      [hotel.seaside, `after=${encodeURIComponent('\0')}`, 400],
      [hotel.floor, `after=${after}`, 400],
      [hotel.seaside, Array.from({ length: 201 }, () => `skillId=${hotel.minibar}`).join('&'), 400],
    ]
    for (const [unitId, query, status] of refused) {
      const path = `/_skillkeeper/units/${unitId}/matrix?${query}`
      const answer = await service.call('GET', path, { token: operatorToken })
      assert.equal(answer.status, status, `${query}: ${answer.text}`)
    }
    const other = hotel.minibar.replace('.ask.', '.alexa.')
    const both = await pageOf(service, hotel.room, `skillId=${other}&skillId=${hotel.minibar}`)
    assert.deepEqual(
      both.skills.map(({ id }) => id),
      [hotel.minibar],
    )
  })

  test('tells where a person signs in for a skill, which is an address that a page may open', async (t) => {
    const service = await startRooms(t)
    const accountLinking = {
      accessTokenUri: 'https://lights.example/token',
      clientId: 'the-client',
      clientSecret: 'the-secret',
      authenticationScheme: 'HTTP_BASIC',
      authorizationUri: 'https://lights.example/authorize',
      scopes: ['lights', 'lights:dim'],
    }
    const put = (linking: object) => {
      const skill = {
        id: `${hotel.minibar}-lights`,
        name: 'Lights',
        stages: ['live'],
        accountLinking: linking,
      }
      return service.call('POST', '/_skillkeeper/catalog', {
        token: operatorToken,
        body: { skills: [skill] },
      })
    }
    assert.equal((await put(accountLinking)).status, 200)
    assert.equal((await put(accountLinking)).body.changed, 0)
    const page = await pageOf(service, hotel.room)
    assert.deepEqual(page.skills[0], {
      id: `${hotel.minibar}-lights`,
      name: 'Lights',
      stages: ['live'],
      isSubscription: false,
      hasAccountLinking: true,
      authorizationUri: accountLinking.authorizationUri,
      linkClientId: accountLinking.clientId,
      linkScopes: accountLinking.scopes,
    })
    assert.ok(!JSON.stringify(page).includes(accountLinking.clientSecret))
    for (const authorizationUri of [
      'javascript:alert(1)',
      'http://lights.example/',
      'https://a:b@lights.example/',
    ])
      assert.equal((await put({ ...accountLinking, authorizationUri })).status, 400, authorizationUri)
    assert.equal((await put({ ...accountLinking, scopes: ['two words'] })).status, 400)
  })

  test('is served only at the host of its region', async (t) => {
    const service = await startRooms(t, {
      regions: true,
      hostNames: 'api.amazonalexa.com,api.eu.amazonalexa.com',
    })
    const token = await service.tokenOf('owner')
    const path = `${new URL(service.url).pathname}/_skillkeeper/units/${hotel.seaside}/matrix`.replace(
      '//',
      '/',
    )
    const authorization = `Bearer ${token}`
    const statusAt = async (host: string) =>
      (await answerOf(service.url, path, { headers: { host, authorization } })).status
    assert.equal(await statusAt('api.amazonalexa.com'), 200)
    assert.equal(await statusAt('api.eu.amazonalexa.com'), 403)
  })
})
