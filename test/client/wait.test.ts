import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AbortError, ApiError, BatchError, WaitTimeoutError } from '../../src/client/index.ts'
import { hospital } from '../support/catalogs.ts'
import { failure, startClientWorld } from '../support/clients.ts'

const { room, otherRoom, ward, nurseCall, foreignRoom } = hospital
const target = { skillId: nurseCall, unitId: room }

describe('waitUntilEnabled', () => {
  test('asks with growing pauses until the skill is enabled, and gives the record', async (t) => {
    const { client, service, clock } = await startClientWorld(t)
    await client.enable({ ...target, stage: 'live' })
    clock.pauses.length = 0
    let looks = 0
    const waiting = client.waitUntilEnabled(target, { intervalMs: 100, intervalMaxMs: 400 })
    // The service is done after it has been asked a few times.
    const { promise, resolve } = Promise.withResolvers<void>()
    const after = clock.after
    Object.assign(clock, {
      after(ms: number, then: () => void) {
        if (ms < 15_000 && ++looks === 5) resolve()
        return after(ms, then)
      },
    })
    await promise
    await service.settled()
    const record = await waiting
    assert.deepEqual([record.status, record.unit.id], ['ENABLED', room])
    assert.deepEqual(clock.pauses.slice(0, 5), [100, 200, 400, 400, 400])
  })

  test('waits for a skill that is not enabled there yet, and for its stage', async (t) => {
    const { client, service } = await startClientWorld(t)
    const waiting = client.waitUntilEnabled({ ...target, stage: 'development' })
    await client.enable({ ...target, stage: 'live' })
    await service.settled()
    await client.enable({ ...target, stage: 'development' })
    await service.settled()
    assert.equal((await waiting).skill.stage, 'development')
  })

  test('tells what is missing when the time is over', async (t) => {
    const { client, clock } = await startClientWorld(t)
    await client.enable({ ...target, stage: 'live' })
    await client.enable({ ...target, unitId: otherRoom, stage: 'development' })
    const told: unknown[] = []
    const waiting = failure(
      client.waitUntilAllEnabled(
        [room, otherRoom, ward],
        { skillId: nurseCall, stage: 'live' },
        {
          onProgress: (progress) => {
            told.push(progress)
            clock.endLimits()
          },
        },
      ),
    )
    const error = await waiting
    assert.ok(error instanceof WaitTimeoutError)
    assert.deepEqual(told, [{ enabled: 0, total: 3, missing: error.missing }])
    assert.deepEqual(error.missing, [
      { unitId: room, state: 'ENABLING' },
      { unitId: otherRoom, state: 'OTHER_STAGE' },
      { unitId: ward, state: 'ABSENT' },
    ])
    assert.match(error.message, /ROOM-1 \(ENABLING\) and 2 more/)
  })

  test('is patient with a service that is down, and says so in the end', async (t) => {
    const { client, proxy, clock, service } = await startClientWorld(t)
    await client.enable({ ...target, stage: 'live' })
    await service.settled()
    proxy.otherwise(() => 'drop')
    let looks = 0
    const patient = client.waitUntilAllEnabled([room], target, {
      onProgress: () => ++looks === 3 && proxy.otherwise(() => 'pass'),
    })
    assert.deepEqual(await patient, { enabled: 1 })
    assert.equal(looks, 4)

    proxy.otherwise(() => 'drop')
    const options = { onProgress: () => clock.endLimits() }
    const error = await failure(client.waitUntilAllEnabled([room], target, options))
    assert.ok(error instanceof WaitTimeoutError && error.cause instanceof Error)
    assert.deepEqual(error.missing, [{ unitId: room, state: 'UNKNOWN' }])
  })

  test('does not wait for what will not be: no permission', async (t) => {
    const { client } = await startClientWorld(t)
    const error = await failure(client.waitUntilEnabled({ ...target, unitId: foreignRoom }))
    assert.ok(error instanceof ApiError && error.status === 403)
  })

  test('tells at once of units that nobody knows, and of those without permission', async (t) => {
    const { client } = await startClientWorld(t)
    const { unknownUnit } = hospital
    const error = await failure(client.waitUntilAllEnabled([room, unknownUnit, foreignRoom], target))
    assert.ok(error instanceof BatchError)
    assert.deepEqual(
      error.items.map(({ itemId, errorCode }) => [itemId, errorCode]),
      [
        [1, 'INVALID_PARAM'],
        [2, 'FORBIDDEN'],
      ],
    )
  })

  test('can be called off', async (t) => {
    const { client } = await startClientWorld(t)
    const controller = new AbortController()
    const onProgress = () => controller.abort('enough')
    const error = await failure(
      client.waitUntilAllEnabled([room], target, { signal: controller.signal, onProgress }),
    )
    assert.ok(error instanceof AbortError)
    assert.equal(error.cause, 'enough')
  })

  test('of no units is over at once', async (t) => {
    const { client, proxy } = await startClientWorld(t)
    assert.deepEqual(await client.waitUntilAllEnabled([], target), { enabled: 0 })
    assert.equal(proxy.requests(), 0)
  })
})
