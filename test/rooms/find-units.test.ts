import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FoundUnits } from '../../src/protocol/console/find-units.ts'
import type { Summary } from '../../src/protocol/console/summary.ts'
import { type Person, type RoomsService, startRooms, who } from '../support/rooms.ts'
import { operatorToken } from '../support/service.ts'
import { hotel } from '../support/units.ts'

type Query = Readonly<Record<string, string>>

async function find(service: RoomsService, query: Query, token = operatorToken): Promise<FoundUnits> {
  const path = `/_skillkeeper/units?${new URLSearchParams(query)}`
  const answer = await service.call('GET', path, { token })
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text)
}

const idsOf = ({ items }: FoundUnits) => items.map(({ id }) => id)

describe('Units are found', () => {
  test('by a part of their name, in upper or lower case, with the units above them', async (t) => {
    const service = await startRooms(t)
    const { items } = await find(service, { under: hotel.organization, q: 'rOOm 1' })
    const path = [
      { id: hotel.seaside, name: 'Seaside' },
      { id: hotel.floor, name: 'Floor' },
    ]
    assert.deepEqual(
      items.map(({ id, name, path }) => ({ id, name, path })),
      [{ id: hotel.room, name: 'Room 1', path }],
    )
    assert.deepEqual(idsOf(await find(service, { under: hotel.seaside, q: 'room' })), [
      hotel.room,
      hotel.otherRoom,
    ])
    assert.deepEqual(idsOf(await find(service, { under: hotel.hillside, q: 'room' })), [])
    assert.deepEqual(idsOf(await find(service, { under: hotel.hillside })), [hotel.hillside])
    const everywhere = await find(service, { q: 'foreign' })
    assert.deepEqual(idsOf(everywhere), [hotel.foreign, hotel.foreignProperty])
    assert.deepEqual(everywhere.items[1]?.path, [{ id: hotel.foreign, name: 'Foreign chain' }])
  })

  test('in any letters', async (t) => {
    const service = await startRooms(t)
    const ids = new Map<string, string>()
    for (const name of ['ÄRZTEZIMMER', 'ﬁtness', '客室 7', "100% 'safe'; --", '<b>Suite</b>'])
      ids.set(name, await service.build(name, hotel.hillside))
    const found: readonly [q: string, name: string][] = [
      ['ärzte', 'ÄRZTEZIMMER'],
      ['FITNESS', 'ﬁtness'],
      ['室', '客室 7'],
      ["0% 'S", "100% 'safe'; --"],
      ['<B>', '<b>Suite</b>'],
    ]
    for (const [q, name] of found)
      assert.deepEqual(idsOf(await find(service, { under: hotel.hillside, q })), [ids.get(name)], q)
    for (const q of ['%', '_', '\\'])
      assert.equal(idsOf(await find(service, { under: hotel.seaside, q })).length, 0, q)
  })

  test('by their ID in both spellings', async (t) => {
    const service = await startRooms(t)
    for (const q of [hotel.room, hotel.room.replace('did.', '')]) {
      assert.deepEqual(idsOf(await find(service, { under: hotel.organization, q })), [hotel.room])
      assert.deepEqual(idsOf(await find(service, { q })), [hotel.room])
      assert.deepEqual(idsOf(await find(service, { under: hotel.hillside, q })), [])
    }
  })

  test('by pages', async (t) => {
    const service = await startRooms(t)
    const built: string[] = []
    for (let number = 0; number < 7; number++)
      built.push(await service.build(number % 2 ? `odd ${number}` : `even ${number}`, hotel.hillside))
    const even = built.filter((_, index) => index % 2 === 0)
    const found: string[] = []
    let after: string | undefined = ''
    while (after !== undefined) {
      const page = await find(service, {
        under: hotel.organization,
        q: 'even',
        maxResults: '1',
        ...(after && { after }),
      })
      found.push(...idsOf(page))
      after = page.paginationContext.after
    }
    assert.deepEqual(found, even)
  })

  test('only where a role covers them', async (t) => {
    const service = await startRooms(t)
    const table: Record<Person, readonly (number | string[])[]> = {
      owner: [[hotel.room, hotel.otherRoom], [hotel.room, hotel.otherRoom], [hotel.floor]],
      ward: [403, [hotel.room, hotel.otherRoom], 403],
      viewer: [403, [hotel.room, hotel.otherRoom], [hotel.floor]],
      alone: [403, [], 403],
      past: [403, 403, 403],
      foreign: [403, 403, 403],
    }
    for (const person of who) {
      const token = await service.tokenOf(person)
      const seen: unknown[] = []
      const queries: readonly Query[] = [
        { under: hotel.organization, q: 'room' },
        { under: hotel.floor, q: 'room' },
        { parentId: hotel.seaside },
      ]
      for (const query of queries) {
        const path = `/_skillkeeper/units?${new URLSearchParams(query)}`
        const answer = await service.call('GET', path, { token })
        seen.push(answer.status === 200 ? idsOf(JSON.parse(answer.text)) : answer.status)
      }
      assert.deepEqual(seen, table[person], person)
      const { status } = await service.call('GET', '/_skillkeeper/units?q=room', { token })
      assert.equal(status, 400)
    }
  })

  test('and a search that makes no sense is refused', async (t) => {
    const service = await startRooms(t)
    const { after = '' } = (await find(service, { under: hotel.seaside, q: 'room', maxResults: '1' }))
      .paginationContext
    const refused: readonly [query: Query, status: number][] = [
      [{}, 400],
      [{ parentId: hotel.unknown }, 404],
      [{ under: hotel.unknown }, 404],
      [{ parentId: hotel.seaside, q: 'room' }, 400],
      [{ under: hotel.seaside, q: 'r'.repeat(256) }, 400],
      [{ under: hotel.seaside, q: 'floor', after }, 400],
      [{ under: hotel.floor, q: 'room', after }, 400],
      [{ parentId: hotel.seaside, after: 'nobody' }, 400],
      [{ parentId: hotel.seaside, maxResults: '101' }, 400],
    ]
    for (const [query, status] of refused) {
      const path = `/_skillkeeper/units?${new URLSearchParams(query)}`
      const answer = await service.call('GET', path, { token: operatorToken })
      assert.equal(answer.status, status, `${path} ${answer.text}`)
    }
  })
})

describe('The summary', () => {
  const summaryOf = async (service: RoomsService, unitId: string, query = '', token = operatorToken) => {
    const path = `/_skillkeeper/units/${unitId}/summary${query}`
    const answer = await service.call('GET', path, { token })
    return answer.status === 200 ? (JSON.parse(answer.text) as Summary) : answer.status
  }

  test('counts what is on in a unit and below it, and in each of its children', async (t) => {
    const service = await startRooms(t, { activationDelayMs: 1000 })
    await service.enable(hotel.minibar, hotel.room)
    service.clock.moveBy(1000)
    await service.enable(hotel.minibar, hotel.otherRoom)
    await service.enable(hotel.minibar, hotel.hillside)
    const summary = await summaryOf(service, hotel.organization)
    assert.ok(typeof summary === 'object')
    assert.equal(summary.units, 6)
    assert.deepEqual(summary.skills[0], {
      id: hotel.minibar,
      name: 'Minibar',
      on: 3,
      enabling: 2,
      notLinked: 0,
    })
    assert.deepEqual(
      summary.children.map(({ unit, ...counts }) => ({ id: unit.id, ...counts })),
      [
        { id: hotel.hillside, units: 1, on: 1, enabling: 1, notLinked: 0 },
        { id: hotel.seaside, units: 4, on: 2, enabling: 1, notLinked: 0 },
      ],
    )
    assert.deepEqual(summary.paginationContext, {})
    const first = await summaryOf(service, hotel.organization, '?maxResults=1')
    assert.ok(typeof first === 'object')
    assert.equal(first.units, 6)
    const rest = await summaryOf(service, hotel.organization, `?after=${first.paginationContext.after}`)
    assert.ok(typeof rest === 'object')
    assert.deepEqual([...first.children, ...rest.children], summary.children)
  })

  test('counts only what a role covers', async (t) => {
    const service = await startRooms(t)
    await service.enable(hotel.minibar, hotel.room)
    await service.enable(hotel.minibar, hotel.floor)
    const seen = async (person: Person, unitId: string) => {
      const summary = await summaryOf(service, unitId, '', await service.tokenOf(person))
      return typeof summary === 'number'
        ? summary
        : [summary.units, summary.skills[0]?.on, summary.children.length]
    }
    assert.deepEqual(await seen('owner', hotel.seaside), [4, 2, 1])
    assert.deepEqual(await seen('ward', hotel.floor), [3, 2, 2])
    assert.deepEqual(await seen('alone', hotel.floor), [1, 1, 0])
    assert.deepEqual(await seen('viewer', hotel.organization), 403)
    assert.deepEqual(await seen('past', hotel.organization), 403)
    assert.deepEqual(await seen('foreign', hotel.floor), 403)
    assert.deepEqual(await summaryOf(service, hotel.unknown), 404)
  })
})
