import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { AbortError, ApiError, type RoomEvent, SkillsClient } from '../../src/client/index.ts'
import { type RoomsService, startRooms } from '../support/rooms.ts'
import { operatorToken } from '../support/service.ts'
import { startProxy } from '../support/tcp-proxy.ts'
import { hotel } from '../support/units.ts'

function clientOf(service: { readonly url: string }, credentials: string): SkillsClient['rooms'] {
  return new SkillsClient({ endpoint: service.url, credentials, retry: { delayMs: 1 } }).rooms
}

async function start(t: TestContext): Promise<{ service: RoomsService; rooms: SkillsClient['rooms'] }> {
  const service = await startRooms(t)
  return { service, rooms: clientOf(service, await service.tokenOf('viewer')) }
}

describe('The client reads rooms', () => {
  test('by matrix, summary, search and who it is', async (t) => {
    const { service, rooms } = await start(t)
    await service.enable(hotel.minibar, hotel.room)
    const { kind, name, roots } = await rooms.me()
    assert.deepEqual([kind, name, roots[0]?.unit.id], ['person', 'Viewer', hotel.seaside])
    const cells: [string, string][] = []
    let pages = 0
    const asked = { unitId: hotel.seaside, skillIds: [hotel.minibar], maxResults: 3 }
    for await (const page of rooms.matrix(asked)) {
      pages += 1
      assert.deepEqual(
        page.skills.map((skill) => skill.name),
        ['Minibar'],
      )
      cells.push(...page.rows.map((row): [string, string] => [row.name, row.cells]))
    }
    assert.equal(pages, 2)
    assert.deepEqual(cells, [
      ['Seaside', '.'],
      ['Floor', '.'],
      ['Room 1', 'e'],
      ['Room 2', '.'],
    ])
    const summary = await rooms.summary(hotel.seaside)
    assert.deepEqual([summary.units, summary.skills[0]?.on, summary.children[0]?.on], [4, 1, 1])
    const found = await Array.fromAsync(rooms.search({ under: hotel.seaside, text: 'ROOM' }))
    assert.deepEqual(
      found.map(({ name, path }) => [name, path.map((above) => above.name).join()]),
      [
        ['Room 1', 'Floor'],
        ['Room 2', 'Floor'],
      ],
    )
    await assert.rejects(
      rooms.summary(hotel.organization),
      (error) => error instanceof ApiError && error.status === 403,
    )
    const refused = Array.fromAsync(rooms.events({ unitId: hotel.organization }))
    await assert.rejects(refused, (error) => error instanceof ApiError && error.status === 403)
  })

  test('and follows changes through cut connections, each once', async (t) => {
    const { service } = await start(t)
    const proxy = await startProxy(t, service.url)
    const rooms = clientOf(proxy, operatorToken)
    const abort = new AbortController()
    const events: AsyncGenerator<RoomEvent> = rooms.events(
      { unitId: hotel.hillside },
      { signal: abort.signal },
    )
    assert.equal((await events.next()).value?.type, 'ready')
    const built: string[] = []
    const told: string[] = []
    for (let number = 0; number < 6; number++) {
      built.push(await service.build(`Room ${number}`, hotel.hillside))
      if (number % 2 === 1) {
        proxy.hangUp()
        await proxy.repair()
      }
      while (told.length < built.length) {
        const { value } = await events.next()
        if (value?.type === 'change') told.push(value.change.unitId ?? '')
      }
    }
    assert.deepEqual(told, built)
    const pending = events.next()
    abort.abort()
    await assert.rejects(pending, AbortError)
  })
})
