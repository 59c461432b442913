import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { everywhere, everywhereCatalog } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { operatorToken } from '../support/service.ts'
import {
  clientWith,
  type Hotel,
  hotel,
  named,
  startHotel,
  strictCatalog,
  subscription,
} from '../support/units.ts'

const { organization, seaside, floor, room, hillside, foreign, foreignProperty, unknown, minibar } = hotel
const realId = /^amzn1\.alexa\.unit\.did\.A[A-Z2-7]{103}$/

describe('A property', () => {
  test('is built, and the skills of its rooms are enabled, through public paths alone', async (t) => {
    const service = await startHotel(t, { catalog: strictCatalog })
    const property = await service.build('Lakeside', organization)
    assert.equal((await service.enable(subscription.hospitalityUS, property)).status, 201)
    const group = await service.build('Default', property)
    const rooms = [await service.build('Room 201', group), await service.build('Room 202', group)]
    for (const unitId of rooms) assert.equal((await service.enable(minibar, unitId)).status, 201)
    await service.settled()
    for (const unitId of rooms) {
      const path = `/v1/skills/${minibar}/enablements?unitId=${unitId}`
      const { status, body } = await service.call('GET', path, { token: service.adminToken })
      assert.deepEqual([status, body.status], [200, 'ENABLED'])
    }
    const { body } = await service.list(property, { queryDepth: 'all', expand: 'all', maxResults: '50' })
    assert.deepEqual(body.results.map(({ name, level }) => [name.value.text, level]).sort(), [
      ['Default', 2],
      ['Room 201', 3],
      ['Room 202', 3],
    ])
    for (const unitId of rooms) assert.equal((await service.disable(minibar, unitId)).status, 204)
    for (const unitId of [...rooms, group, property]) assert.equal((await service.remove(unitId)).status, 204)
    assert.equal((await service.get(property)).status, 404)
  })
})

describe('A new unit', () => {
  test('is answered 201 with its ID, its name, its level and its parent', async (t) => {
    const service = await startHotel(t)
    const { status, headers, body } = await service.create('Suite 7', floor)
    assert.equal(status, 201)
    assert.match(body.id, realId)
    assert.deepEqual(body, { id: body.id, level: 3, name: named('Suite 7'), parentId: floor })
    const location = new URL(headers.get('location') ?? '', service.url).href
    assert.equal(location, `${service.url}/v2/units/${body.id}`)
    assert.deepEqual((await service.get(body.id)).body, body)
  })

  test('is another one each time, though its name is the same', async (t) => {
    const service = await startHotel(t)
    const ids = new Set<string>()
    for (let call = 0; call < 20; call += 1) ids.add(await service.build('Twin', floor))
    assert.equal(ids.size, 20)
    for (const id of ids) assert.match(id, realId)
    assert.equal((await service.list(floor, { maxResults: '50' })).body.results.length, 22)
  })

  test('may have any name of 1 to 250 characters, with spaces and periods, in any script', async (t) => {
    const service = await startHotel(t)
    for (const name of [
      'x',
      ' ',
      'Zimmer 3.14, "Süd"',
      '東京の部屋',
      '😀',
      'x'.repeat(250),
      '😀'.repeat(250),
    ]) {
      const { body } = await service.get(await service.build(name, floor))
      assert.deepEqual((body as unknown as { name: object }).name, named(name))
    }
  })

  test('A new unit of another form is 400 with the property that is wrong', async (t) => {
    const service = await startHotel(t)
    const wrong: [body: unknown, property: RegExp][] = [
      [{}, /^name.* such as \{"type":"PLAIN"/],
      [{ parentId: floor }, /^name/],
      [{ name: 'Suite', parentId: floor }, /^name.* such as \{"type":"PLAIN"/],
      [{ name: { type: 'PLAIN', value: 'Suite' }, parentId: floor }, /^name\.value .* such as \{"text"/],
      [{ name: { value: { text: 'Suite' } }, parentId: floor }, /^name\.type/],
      [{ name: { type: 'SSML', value: { text: 'Suite' } }, parentId: floor }, /^name\.type/],
      [{ name: { type: 'PLAIN', value: {} }, parentId: floor }, /^name\.value\.text/],
      ...['', 'x'.repeat(251), 'a\tb', 'a\u0000b', 7, null].map((text): [unknown, RegExp] => [
        { name: { type: 'PLAIN', value: { text } }, parentId: floor },
        /^name\.value\.text/,
      ]),
      [{ name: named('Suite') }, /^parentId/],
      [{ name: named('Suite'), parentId: 'FLOOR' }, /^parentId/],
      ['no JSON', /not JSON/],
    ]
    for (const [body, property] of wrong) {
      const answer = await service.call('POST', '/v2/units', { token: service.adminToken, body })
      assert.deepEqual([answer.status, answer.body.type], [400, 'INVALID_PARAM'], JSON.stringify(body))
      assert.match(answer.body.message, property)
    }
    assert.equal((await service.list(floor)).body.results.length, 2)
  })

  test('stands at most 15 levels below the organization', async (t) => {
    const service = await startHotel(t)
    let lowest = hillside as string
    for (let level = 2; level <= 15; level += 1) lowest = await service.build(`Level ${level}`, lowest)
    const { status, body } = await service.create('Level 16', lowest)
    assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
    assert.match(body.message, /15 levels/)
  })

  test('is managed at once by whoever has a role above it, and by nobody else', async (t) => {
    const service = await startHotel(t)
    const manager = await service.token(hotel.manager)
    const stranger = await service.token(hotel.stranger)
    const { status, body } = await service.create('Suite', floor, manager)
    assert.equal(status, 201)
    for (const token of [manager, service.adminToken])
      assert.equal((await service.get(body.id, token)).status, 200)
    assert.equal((await service.rename(body.id, 'Big suite', manager)).status, 200)
    for (const refused of [
      await service.get(body.id, stranger),
      await service.rename(body.id, 'Mine', stranger),
      await service.remove(body.id, stranger),
      await service.list(body.id, {}, stranger),
      await service.create('Mine', body.id, stranger),
      await service.create('Annex', seaside, manager),
    ]) {
      assert.deepEqual([refused.status, refused.body.type], [403, 'FORBIDDEN'])
    }
    assert.equal((await service.remove(body.id, manager)).status, 204)
  })

  test('below a unit that is not there is 404', async (t) => {
    const service = await startHotel(t)
    const { status, body } = await service.create('Suite', unknown)
    assert.deepEqual([status, body.type], [404, 'NOT_FOUND'])
  })

  test('is made where the page offers it, and elsewhere it is 403 with solution and country', async (t) => {
    const table: Record<string, string[]> = {
      healthcare: ['US'],
      hospitality: ['US', 'DE', 'IT', 'ES', 'JP'],
      residential: [],
      senior_living: ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'],
      core: ['US'],
    }
    const clients = [...everywhereCatalog.clients, clientWith(hotel.admin)]
    const service = await startHotel(t, { catalog: { ...everywhereCatalog, clients } })
    const token = await service.token(everywhere.admin)
    for (const { id, solution, country } of everywhereCatalog.organizations) {
      const { status, body } = await service.create('Property', id, token)
      const isOffered = table[solution]?.includes(country)
      assert.equal(status, isOffered ? 201 : 403, `${solution} in ${country}`)
      if (!isOffered) assert.match(body.message, new RegExp(`solution ${solution} in the country ${country}`))
    }
  })

  test('is there when the service is started again', async (t) => {
    const data = await temporaryFolder(t)
    const first = await startHotel(t, { data })
    const { body } = await first.create('Suite', floor)
    await first.stop()
    const second = await startHotel(t, { data })
    assert.deepEqual((await second.get(body.id)).body, body)
  })
})

describe('A unit', () => {
  test('is got with its level, and the organization without a parent', async (t) => {
    const service = await startHotel(t)
    const property = { id: seaside, level: 1, name: named('Seaside'), parentId: organization }
    assert.deepEqual((await service.get(seaside)).body, property)
    assert.deepEqual((await service.get(organization)).body, {
      id: organization,
      level: 0,
      name: named('Chain'),
    })
    const refused = await service.get(unknown)
    assert.deepEqual([refused.status, refused.body.type], [404, 'NOT_FOUND'])
    assert.equal((await service.get('nonsense')).status, 400)
  })

  test('is renamed, and nothing else of it changes', async (t) => {
    const service = await startHotel(t)
    await service.enable(minibar, room)
    const { status, body } = await service.rename(room, 'Honeymoon suite')
    assert.equal(status, 200)
    assert.deepEqual(body, { id: room, level: 3, name: named('Honeymoon suite'), parentId: floor })
    assert.deepEqual((await service.get(room)).body, body)
    assert.deepEqual(await service.enabledIn(room), [minibar])
    assert.equal((await service.rename(room, '')).status, 400)
    assert.equal((await service.rename(unknown, 'Suite')).status, 404)
  })

  test('is deleted with 204 and no body, and is 404 from then on', async (t) => {
    const service = await startHotel(t)
    const { status, text } = await service.remove(room)
    assert.deepEqual([status, text], [204, ''])
    for (const answer of [await service.get(room), await service.remove(room), await service.list(room)]) {
      assert.deepEqual([answer.status, answer.body.type], [404, 'NOT_FOUND'])
    }
    assert.equal((await service.enable(minibar, room)).status, 404)
  })

  test('A unit with units below it or a skill that is enabled is not deleted: 400', async (t) => {
    const service = await startHotel(t)
    await service.enable(minibar, room)
    for (const [unitId, reason] of [
      [floor, /units below it/],
      [room, new RegExp(`${minibar} is still enabled`)],
    ] as const) {
      const { status, body } = await service.remove(unitId)
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
      assert.match(body.message, reason)
      assert.equal((await service.get(unitId)).status, 200)
    }
    await service.disable(minibar, room)
    assert.equal((await service.remove(room)).status, 204)
  })

  test('The unit that is the organization is neither renamed nor deleted: 403', async (t) => {
    const service = await startHotel(t)
    for (const answer of [await service.rename(organization, 'Mine'), await service.remove(organization)]) {
      assert.deepEqual([answer.status, answer.body.type], [403, 'FORBIDDEN'])
      assert.match(answer.body.message, /the organization itself/)
    }
  })

  test('may have a slash at the end of its path, and several at the beginning', async (t) => {
    const service = await startHotel(t)
    const token = service.adminToken
    const body = { name: named('Suite'), parentId: floor }
    for (const [method, path, status] of [
      ['GET', `//v2/units/${room}`, 200],
      ['GET', `/v2/units/${room}/`, 200],
      ['GET', `/v2/units/?parentId=${floor}`, 200],
      ['GET', `//v2/units/?parentId=${floor}`, 200],
      ['POST', '//v2/units', 201],
      ['POST', '/v2/units/', 201],
      ['PUT', `//v2/units/${room}/`, 200],
      ['DELETE', `//v2/units/${room}/`, 204],
    ] as const) {
      const answer = await service.call(method, path, { token, ...(/^P/.test(method) && { body }) })
      assert.equal(answer.status, status, `${method} ${path}`)
    }
  })

  test('needs no body where there is none, whatever its content type says', async (t) => {
    const service = await startHotel(t)
    const options = { token: service.adminToken, headers: { 'content-type': 'application/json' } }
    assert.equal((await service.call('GET', `/v2/units/${room}`, options)).status, 200)
    assert.equal((await service.call('DELETE', `/v2/units/${room}`, options)).status, 204)
  })

  test('has each change of it in the operations log, with who, when and the request ID', async (t) => {
    const service = await startHotel(t)
    const at = new Date(service.clock.now()).toISOString()
    const created = await service.create('Suite', floor)
    const { id } = created.body
    const renamed = await service.rename(id, 'Big suite')
    const deleted = await service.remove(id)
    await service.remove(floor)
    const { items } = await logOf(service, `unitId=${id}&order=oldest`)
    const entry = { at, actor: hotel.admin, outcome: 'done', organizationId: organization, unitId: id }
    const expected = [
      { answer: created, operation: 'create_unit', name: 'Suite' },
      { answer: renamed, operation: 'rename_unit', name: 'Big suite' },
      { answer: deleted, operation: 'delete_unit', name: 'Big suite' },
    ].map(({ answer, operation, name }, index) => ({
      ...entry,
      id: items[index]?.id,
      requestId: answer.headers.get('x-amzn-requestid'),
      operation,
      detail: { name, parentId: floor },
    }))
    assert.deepEqual(items, expected)
    assert.equal((await logOf(service, 'operation=delete_unit')).items.length, 1)
  })
})

describe('A request for units is refused in the known order:', () => {
  test('401 for the token, 400 for the form, 404 or 403 for the unit, 403 for what is not available', async (t) => {
    const service = await startHotel(t)
    const stranger = await service.token(hotel.stranger)
    const post = (token: string | undefined, body: unknown) =>
      service.call('POST', '/v2/units', { ...(token !== undefined && { token }), body })
    const bodyBelow = (parentId: string) => ({ name: named('Suite'), parentId })
    assert.equal((await post(undefined, 'nonsense')).status, 401)
    assert.equal((await post(stranger, { ...bodyBelow(unknown), name: '' })).status, 400)
    assert.equal((await post(stranger, bodyBelow(unknown))).status, 404)
    assert.equal((await post(stranger, bodyBelow(floor))).status, 403)
    assert.equal((await post(stranger, bodyBelow(foreign))).status, 201)
    assert.equal((await post(stranger, bodyBelow(foreignProperty))).status, 201)
  })

  test('429 for too many requests before 400 for the form', async (t) => {
    const service = await startHotel(t, { rateLimit: 1 })
    assert.equal((await service.get('nonsense')).status, 400)
    assert.equal((await service.get('nonsense')).status, 429)
  })
})

async function logOf(service: Hotel, query: string) {
  const { body } = await service.call('GET', `/_skillkeeper/operations?${query}`, { token: operatorToken })
  return body as unknown as { items: { id: string }[] }
}
