import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { holdRequest } from '../support/held-request.ts'
import { openConnection } from '../support/raw-connection.ts'
import { loops, startService } from '../support/service.ts'

const path = `/v1/skills/${hospital.nurseCall}/enablements`
const body = { unitId: hospital.room, stage: 'live' }

describe('A service that is stopped', () => {
  test('answers the request that is under way, and says that the connection ends', async (t) => {
    const service = await startService(t)
    const held = await holdRequest(service, path, await service.token(hospital.admin), body)
    const stopped = service.stop()
    await service.clock.asleep(loops + 1)
    const answer = await held.finish()
    assert.equal(answer.status, 201)
    await held.closed
    await stopped
    await assert.rejects(fetch(service.url))
  })

  test('answers what still comes on an open connection, and says that the connection ends', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const held = await holdRequest(service, path, token, body)
    const pipelining = await holdRequest(service, path, token, body)
    const stopped = service.stop()
    await service.clock.asleep(loops + 1)
    const [first, second] = await pipelining.finishWith('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.deepEqual([first?.status, second?.status, second?.headers['connection']], [201, 200, 'close'])
    await held.finish()
    await stopped
  })

  test('closes connections that nobody uses, also one that never said a word', async (t) => {
    const service = await startService(t)
    const [silent, used] = [await openConnection(service.url), await openConnection(service.url)]
    used.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal((await used.answer()).status, 200)
    await service.stop()
    await Promise.all([silent.closed, used.closed])
  })

  test('cuts off a request that takes longer than the time to drain', async (t) => {
    const service = await startService(t, { drainTimeoutMs: 5000 })
    const held = await holdRequest(service, path, await service.token(hospital.admin), body)
    const stopped = service.stop()
    await service.clock.asleep(loops + 1)
    service.clock.moveBy(4999)
    await service.clock.asleep(loops + 1)
    service.clock.moveBy(1)
    await stopped
    await held.closed
    await assert.rejects(held.finish())
  })

  test('may be stopped twice', async (t) => {
    const service = await startService(t)
    await Promise.all([service.stop(), service.stop()])
    await service.stop()
  })
})
