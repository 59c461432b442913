import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  AbortError,
  ApiError,
  type ManyProgress,
  SkillsClient,
  StoppedError,
  TransportError,
  type UnitOutcome,
} from '../../src/client/index.ts'
import { hospital } from '../support/catalogs.ts'
import { catalogWithRooms, roomId, startClientWorld } from '../support/clients.ts'
import { createEagerClock } from '../support/eager-clock.ts'

const { nurseCall, unknownSkill, foreignRoom, unknownUnit, room } = hospital
const request = { skillId: nurseCall, stage: 'live' } as const
const roomIds = (count: number) => Array.from({ length: count }, (_, index) => roomId(index))

describe('enableMany', () => {
  test('enables a skill in any number of units, tells how far it is, and waits until all are enabled', async (t) => {
    const { client, proxy, service } = await startClientWorld(t, { catalog: catalogWithRooms(950) })
    await client.accessToken()
    const progress: ManyProgress[] = []
    const before = proxy.requests()
    const result = await client.enableMany(roomIds(950), request, {
      onProgress: (now) => void progress.push(now),
    })
    assert.equal(proxy.requests() - before, 10)
    assert.deepEqual([result.accepted, result.refusals, result.failures], [950, [], []])
    assert.deepEqual(progress.at(-1), { accepted: 950, refused: 0, failed: 0, total: 950 })
    assert.equal(progress.length, 10)
    assert.deepEqual(await Array.fromAsync(result.remaining()), [])
    await service.settled()
    assert.deepEqual(await client.waitUntilAllEnabled(roomIds(950), request), { enabled: 950 })
  })

  test('takes units from a generator, as objects with their own wishes, and gives them back as they came', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(3) })
    async function* rows() {
      for (let row = 0; row < 3; row++)
        yield { unitId: roomId(row), row, stage: row === 1 ? 'development' : 'live' } as const
    }
    const outcomes: UnitOutcome<{ readonly row: number }>[] = []
    const { total } = await client.enableMany(rows(), request, {
      onOutcome: (outcome) => void outcomes.push(outcome),
    })
    assert.equal(total, undefined)
    assert.deepEqual(
      outcomes.map(({ unit, state, index }) => [unit.row, state, index]),
      [
        [0, 'accepted', 0],
        [1, 'accepted', 1],
        [2, 'accepted', 2],
      ],
    )
    assert.ok(outcomes.every(({ requestId }) => requestId !== undefined))
    assert.equal((await client.get({ skillId: nurseCall, unitId: roomId(1) })).skill.stage, 'development')
  })

  test('takes out the units that the service refuses, and enables the rest', async (t) => {
    const { client, service } = await startClientWorld(t, { catalog: catalogWithRooms(120) })
    const units = roomIds(120)
    units.splice(50, 0, foreignRoom)
    units.splice(119, 0, unknownUnit, 'nonsense')
    const result = await client.enableMany(units, request)
    assert.equal(result.accepted, 120)
    assert.deepEqual(
      result.refusals.map(({ index, unit, refusal }) => [index, unit, refusal.errorCode]),
      [
        [50, foreignRoom, 'FORBIDDEN'],
        [119, unknownUnit, 'INVALID_PARAM'],
        [120, 'nonsense', 'INVALID_PARAM'],
      ],
    )
    await service.settled()
    assert.deepEqual(await client.waitUntilAllEnabled(roomIds(120), request), { enabled: 120 })
  })

  test('loses nothing and does nothing twice on a bad line', async (t) => {
    const { client, proxy, service } = await startClientWorld(t, { catalog: catalogWithRooms(240) })
    const faults = ['pass', 'drop', 'lose', 'truncate', 'duplicate'] as const
    let turn = 0
    proxy.otherwise(() => faults[turn++ % faults.length] ?? 'pass')
    const result = await client.enableMany(roomIds(240), request, {
      batchSize: 20,
      retry: { attemptsMax: 30, delayMaxMs: 1000 },
    })
    assert.equal(result.accepted, 240)
    proxy.otherwise(() => 'pass')
    await service.settled()
    assert.deepEqual(await client.waitUntilAllEnabled(new Set(roomIds(240)), request), { enabled: 240 })
  })

  test('finds out by itself when the service takes fewer units at once', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(120), batchItemsMax: 30 })
    const { accepted } = await client.enableMany(roomIds(120), request)
    assert.equal(accepted, 120)
  })

  test('stops when it is called off, and goes on with what remains', async (t) => {
    const { client, proxy, service } = await startClientWorld(t, { catalog: catalogWithRooms(100) })
    await client.accessToken()
    const controller = new AbortController()
    const before = proxy.requests()
    const stopped = await stop(
      client.enableMany(roomIds(100).values(), request, {
        batchSize: 10,
        concurrency: 2,
        signal: controller.signal,
        onProgress: ({ accepted }) => accepted >= 40 && controller.abort(),
      }),
    )
    assert.ok(stopped.cause instanceof AbortError)
    const { result } = stopped
    assert.ok(result.accepted >= 40 && result.accepted <= 60)
    assert.ok(proxy.requests() - before <= 6)
    const resumed = await client.enableMany(result.remaining(), request)
    assert.equal(resumed.accepted, 100 - result.accepted)
    await service.settled()
    assert.deepEqual(await client.waitUntilAllEnabled(roomIds(100), request), { enabled: 100 })
  })

  test('stops when the service is down, and goes on when it is back', async (t) => {
    const { client, proxy } = await startClientWorld(t, { catalog: catalogWithRooms(100) })
    await client.accessToken()
    let requests = 0
    proxy.otherwise(() => (requests++ < 3 ? 'pass' : 'drop'))
    const options = { batchSize: 10, concurrency: 1 }
    const stopped = await stop(client.enableMany(roomIds(100), request, options))
    assert.ok(stopped.cause instanceof TransportError)
    const { accepted, failed, failures } = stopped.result
    assert.deepEqual([accepted, failed, failures[0]?.index], [30, 30, 30])
    proxy.otherwise(() => 'pass')
    const remaining = await Array.fromAsync(stopped.result.remaining())
    assert.deepEqual(remaining, roomIds(100).slice(30))
    assert.equal((await client.enableMany(remaining, request, options)).accepted, 70)
  })

  test('goes on when a single batch fails for good, and tells which units to send again', async (t) => {
    const { client, proxy } = await startClientWorld(t, { catalog: catalogWithRooms(50) })
    await client.accessToken()
    proxy.plan('pass', 'drop', 'drop', 'drop', 'drop', 'drop')
    const result = await client.enableMany(roomIds(50), request, { batchSize: 10, concurrency: 1 })
    assert.deepEqual([result.accepted, result.failed], [40, 10])
    assert.ok(
      result.failures.every(({ state, error }) => state === 'failed' && error instanceof TransportError),
    )
    assert.deepEqual(await Array.fromAsync(result.remaining()), roomIds(50).slice(10, 20))
  })

  test('stops at once for what no unit can help: no permission, no token, a request that is wrong', async (t) => {
    const { client, newClient, proxy } = await startClientWorld(t, { catalog: catalogWithRooms(300) })
    const wrong = newClient({ credentials: 'Atza|nonsense' })
    const stopped = await stop(wrong.enableMany(roomIds(300), request, { concurrency: 1 }))
    assert.ok(stopped.cause instanceof ApiError && stopped.cause.status === 401)
    assert.deepEqual([stopped.result.accepted, stopped.requestId], [0, stopped.cause.requestId])
    assert.equal((await Array.fromAsync(stopped.result.remaining())).length, 300)
    const before = proxy.requests()
    const nonsense = await stop(
      client.enableMany(roomIds(300), { ...request, skillId: 'nonsense' }, { concurrency: 1 }),
    )
    assert.ok(nonsense.cause instanceof ApiError && nonsense.cause.status === 400)
    assert.ok(proxy.requests() - before < 10)
  })

  test('tells of each unit that its skill is not there', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(3) })
    const { refusals } = await client.enableMany(roomIds(3), { ...request, skillId: unknownSkill })
    assert.deepEqual(
      refusals.map(({ unit }) => unit),
      roomIds(3),
    )
  })

  test('stops when more units are refused than is bearable', async (t) => {
    const { client } = await startClientWorld(t)
    const units = Array.from({ length: 1000 }, (_, index) => roomId(index))
    const stopped = await stop(client.enableMany(units, request, { problemsMax: 150, concurrency: 1 }))
    assert.match(stopped.message, /More than 150 units/)
    assert.equal(stopped.result.refused, 200)
    assert.equal((await Array.fromAsync(stopped.result.remaining())).length, 800)
  })

  test('loses no unit when their source fails', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(15) })
    function* broken() {
      yield* roomIds(15)
      throw new Error('the file ends here')
    }
    const stopped = await stop(client.enableMany(broken(), request, { batchSize: 10 }))
    assert.match(stopped.message, /the file ends here/)
    assert.equal(stopped.result.accepted, 15)
  })

  test('reads its units no further than it sends them', async () => {
    let read = 0
    let sent = 0
    function* endless() {
      for (;;) yield `unit-${read++}`
    }
    const controller = new AbortController()
    const client = new SkillsClient({
      region: 'NA',
      credentials: 'Atza|token',
      clock: createEagerClock(),
      async fetch() {
        sent += 1
        assert.ok(read <= (sent + 4) * 100)
        if (sent === 50) controller.abort()
        return new Response(null, { status: 202 })
      },
    })
    const { result } = await stop(client.enableMany(endless(), request, { signal: controller.signal }))
    assert.ok(result.accepted < 5500)
    const rest = result.remaining()[Symbol.asyncIterator]()
    assert.match(String((await rest.next()).value), /^unit-/)
    await rest.return?.()
  })

  test('does not take a lone ID for a list of units', async (t) => {
    const { client } = await startClientWorld(t)
    // @ts-expect-error A string can be iterated, letter by letter.
    await assert.rejects(client.enableMany(room, request))
  })
})

async function stop<Unit>(
  call: Promise<{ readonly accepted: number; readonly remaining: () => AsyncIterable<Unit> }>,
) {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof StoppedError, String(error))
    return error
  }
  assert.fail('It did not stop.')
}
