import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { settingTable } from '../../src/app/settings/settings.ts'
import { hospital } from '../support/catalogs.ts'
import { holdRequest } from '../support/held-request.ts'
import { openConnection, type RawConnection } from '../support/raw-connection.ts'
import { startService } from '../support/service.ts'

const path = `/v1/skills/${hospital.nurseCall}/enablements`
/** Of a service that is told nothing else. */
const drainTimeoutMs = settingTable.drainTimeoutMs.default
const body = { unitId: hospital.room, stage: 'live' }

describe('A service that is stopped', () => {
  test('answers the request that is under way, and says that the connection ends', async (t) => {
    const service = await startService(t)
    const held = await holdRequest(service, path, await service.token(hospital.admin), body)
    const stopped = service.stop()
    await service.clock.asleepFor(drainTimeoutMs)
    const answer = await held.finish()
    assert.equal(answer.status, 201)
    await held.closed
    await stopped
    await assert.rejects(fetch(service.url))
  })

  test('says in each answer that its connection ends, and answers nothing behind it', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const [held, pipelining] = [
      await holdRequest(service, path, token, body),
      await holdRequest(service, path, token, body),
    ]
    const stopped = service.stop()
    await service.clock.asleepFor(drainTimeoutMs)
    const both = pipelining.finishWith('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await assert.rejects(both, /The connection ended/)
    const { status, headers } = await held.finish()
    assert.deepEqual([status, headers['connection']], [201, 'close'])
    await stopped
  })

  test('goes on answering for the grace, not ready any more, and closes what stays silent after it', async (t) => {
    const service = await startService(t, { drainGraceMs: 1000 })
    const token = await service.token(hospital.admin)
    const connections = await Promise.all([1, 2, 3, 4].map(() => openConnection(service.url)))
    const [busy, probe, silent, late] = connections as [
      RawConnection,
      RawConnection,
      RawConnection,
      RawConnection,
    ]
    const list = `GET /v1/skills/enablements?unitId=${hospital.room} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
    busy.write(list)
    assert.equal((await busy.answer()).headers['connection'], 'keep-alive')
    const stopped = service.stop()
    await service.clock.asleepFor(1000)
    probe.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const answer = await probe.answer()
    assert.deepEqual([answer.status, answer.headers['connection']], [503, 'close'])
    busy.write(list)
    const last = await busy.answer()
    assert.deepEqual([last.status, last.headers['connection']], [200, 'close'])
    await Promise.all([busy.closed, probe.closed])
    const fresh = await openConnection(service.url)
    service.clock.moveBy(1000)
    await service.clock.asleepFor(1000)
    await assert.rejects(openConnection(service.url))
    fresh.write(list)
    assert.equal((await fresh.answer()).status, 200)
    late.socket.destroy()
    service.clock.moveBy(1000)
    await Promise.all([silent.closed, stopped])
  })

  test('skips the grace where no connection is open', async (t) => {
    const service = await startService(t, { drainGraceMs: 1000 })
    const connection = await openConnection(service.url)
    connection.socket.destroy()
    await connection.closed
    await service.stop()
  })

  test('closes connections that nobody uses, also one that never said a word', async (t) => {
    const service = await startService(t)
    const [silent, used] = [await openConnection(service.url), await openConnection(service.url)]
    used.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.equal((await used.answer()).status, 200)
    await service.stop()
    await Promise.all([silent.closed, used.closed])
  })

  test('cuts off a request that takes longer than the time to drain', async (t) => {
    const service = await startService(t, { drainTimeoutMs: 5000 })
    const held = await holdRequest(service, path, await service.token(hospital.admin), body)
    const stopped = service.stop()
    await service.clock.asleepFor(5000)
    service.clock.moveBy(4999)
    await service.clock.asleepFor(1)
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
