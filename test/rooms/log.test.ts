import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idOf, type Person, type RoomsService, startRooms, who } from '../support/rooms.ts'
import { operatorToken } from '../support/service.ts'
import { hotel } from '../support/units.ts'

type Query = Readonly<Record<string, string>>
interface Item {
  readonly id: string
  readonly unitId?: string
  readonly operation: string
  readonly actor: string
  readonly actorName?: string
}

async function ask(service: RoomsService, list: string, query: Query, token = operatorToken) {
  const path = `/_skillkeeper/${list}?${new URLSearchParams(query)}`
  const answer = await service.call('GET', path, { token })
  if (answer.status !== 200) return answer.status
  const { items, paginationContext } = JSON.parse(answer.text)
  return { items: items as Item[], after: paginationContext.after as string | undefined }
}

const unitsOf = (page: Awaited<ReturnType<typeof ask>>) =>
  typeof page === 'number' ? page : page.items.map(({ unitId }) => unitId)

describe('The operations log', () => {
  test('shows the entries of a unit and of those below it to whoever has a role there', async (t) => {
    const service = await startRooms(t)
    for (const unitId of [hotel.hillside, hotel.room, hotel.floor, hotel.otherRoom])
      assert.equal((await service.enable(hotel.minibar, unitId)).status, 201)
    const floor = [hotel.otherRoom, hotel.floor, hotel.room]
    const table: Record<Person, readonly (number | string[])[]> = {
      owner: [[...floor, hotel.hillside], floor, [hotel.room], 403],
      ward: [403, floor, [hotel.room], 403],
      viewer: [403, floor, [hotel.room], 403],
      alone: [403, [hotel.floor], 403, 403],
      past: [403, 403, 403, 403],
      foreign: [403, 403, 403, []],
    }
    for (const person of who) {
      const token = await service.tokenOf(person)
      const under = (unitId: string) =>
        ask(service, 'operations', { under: unitId, operation: 'enable' }, token)
      const seen = [
        await under(hotel.organization),
        await under(hotel.floor),
        await under(hotel.room),
        await under(hotel.foreignProperty),
      ].map(unitsOf)
      assert.deepEqual(seen, table[person], person)
      assert.equal(await ask(service, 'operations', {}, token), 400)
      assert.equal(await ask(service, 'operations', { unitId: hotel.room }, token), 400)
    }
    assert.equal(await ask(service, 'operations', { under: hotel.unknown }), 404)
    const oldest = { under: hotel.floor, operation: 'enable', order: 'oldest' }
    assert.deepEqual(unitsOf(await ask(service, 'operations', oldest)), floor.toReversed())
    const both = { under: hotel.floor, operation: 'enable', unitId: hotel.hillside }
    assert.deepEqual(unitsOf(await ask(service, 'operations', both)), [])
    assert.deepEqual(unitsOf(await ask(service, 'operations', { ...both, under: hotel.room })), [])
    assert.deepEqual(unitsOf(await ask(service, 'operations', { ...both, unitId: hotel.room })), [hotel.room])
  })

  test('names who made a change beside the ID, as long as the catalog has a name', async (t) => {
    const service = await startRooms(t)
    const token = await service.tokenOf('ward')
    const body = { unitId: hotel.room, stage: 'live' }
    const enable = await service.call('POST', `/v1/skills/${hotel.minibar}/enablements`, { token, body })
    assert.equal(enable.status, 201)
    const nameOf = async (under: string, operation: string) => {
      const page = await ask(service, 'operations', { under, operation })
      return typeof page === 'number' ? page : page.items.map(({ actor, actorName }) => [actor, actorName])
    }
    const path = `/_skillkeeper/people/${idOf('ward')}`
    const rename = (name: string) => service.call('PATCH', path, { token: operatorToken, body: { name } })
    assert.equal((await rename('Olga')).status, 200)
    assert.deepEqual(await nameOf(hotel.room, 'enable'), [[idOf('ward'), 'Olga']])
    assert.equal((await rename(idOf('ward'))).status, 200)
    assert.deepEqual(await nameOf(hotel.floor, 'enable'), [[idOf('ward'), undefined]])
    assert.equal((await service.call('DELETE', path, { token: operatorToken })).status, 204)
    assert.deepEqual(await nameOf(hotel.room, 'enable'), [[idOf('ward'), undefined]])
  })

  test('has pages of a subtree, also when other units have most of the entries', async (t) => {
    const service = await startRooms(t)
    const { log } = service.world.context.storage
    const note = async (unitId: string, number: number) => {
      const stamp = { now: service.clock.now(), requestId: `request-${number}`, actor: 'operator' }
      const change = {
        operation: 'rename_unit',
        organizationId: hotel.organization,
        unitId,
        detail: { number },
      }
      await log.append({ stamp, change } as unknown as Parameters<typeof log.append>[0])
    }
    const noted: Promise<void>[] = []
    for (let number = 0; number < 2500; number++)
      noted.push(note(number % 500 === 0 ? hotel.room : hotel.hillside, number))
    await Promise.all(noted)
    const found: string[] = []
    let after: string | undefined = ''
    while (after !== undefined) {
      const query = { under: hotel.floor, operation: 'rename_unit', maxResults: '2', ...(after && { after }) }
      const page = await ask(service, 'operations', query)
      assert.ok(typeof page === 'object')
      found.push(...page.items.map(({ id }) => id))
      after = page.after
    }
    const whole = await ask(service, 'operations', { unitId: hotel.room, operation: 'rename_unit' })
    assert.ok(typeof whole === 'object')
    assert.equal(found.length, 5)
    assert.deepEqual(
      found,
      whole.items.map(({ id }) => id),
    )
  })
})

describe('The refusals', () => {
  test('of a unit and of those below it are shown to whoever has a role there', async (t) => {
    const service = await startRooms(t)
    const token = await service.tokenOf('foreign')
    for (const unitId of [hotel.hillside, hotel.room, hotel.floor])
      assert.equal((await service.get(unitId, token)).status, 403)
    const wanted = { operation: 'get_unit' }
    const seen = async (person: Person, under: string, query: Query = {}) =>
      unitsOf(await ask(service, 'refusals', { ...wanted, under, ...query }, await service.tokenOf(person)))
    assert.deepEqual(await seen('owner', hotel.organization), [hotel.floor, hotel.room, hotel.hillside])
    assert.deepEqual(await seen('ward', hotel.floor), [hotel.floor, hotel.room])
    assert.deepEqual(await seen('ward', hotel.floor, { maxResults: '1' }), [hotel.floor])
    assert.deepEqual(await seen('alone', hotel.floor), [hotel.floor])
    assert.deepEqual(await seen('viewer', hotel.organization), 403)
    assert.deepEqual(await seen('past', hotel.floor), 403)
    assert.deepEqual(await seen('owner', hotel.unknown), 404)
    assert.equal(await ask(service, 'refusals', wanted, await service.tokenOf('owner')), 400)
    assert.deepEqual(unitsOf(await ask(service, 'refusals', wanted)), [
      hotel.floor,
      hotel.room,
      hotel.hillside,
    ])
    const first = await ask(service, 'refusals', { ...wanted, under: hotel.floor, maxResults: '1' })
    assert.ok(typeof first === 'object')
    const rest = await ask(service, 'refusals', { ...wanted, under: hotel.floor, after: first.after ?? '' })
    assert.deepEqual(unitsOf(rest), [hotel.room])
  })
})
