import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { hospital, hospitalCatalog, skill } from '../support/catalogs.ts'
import { type Controlled, send, startControlled } from '../support/controlled.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { runProgram } from '../support/program.ts'
import { operatorToken } from '../support/service.ts'

const enablements = `/v1/skills/${hospital.nurseCall}/enablements`

async function startInFolder(t: TestContext, data: string, options = {}): Promise<Controlled> {
  return startControlled(t, { data, ...options })
}

async function enable({ ask, token, url }: Controlled, unitId: string) {
  const body = { unitId, stage: 'live' }
  return (await ask('POST', enablements, { token: await token(url), body })).status
}

async function statusOf({ ask, token, url }: Controlled, unitId: string) {
  const { status, body } = await ask('GET', `${enablements}?unitId=${unitId}`, { token: await token(url) })
  return status === 200 ? body.status : status
}

describe('The world of a folder', () => {
  test('has after a restart what it had, with its clock, its activation and the snapshots', async (t) => {
    const data = await temporaryFolder(t)
    const first = await startInFolder(t, data)
    await first.control('PUT', '/clock', { mode: 'frozen', at: '2030-01-01T00:00:00Z' })
    await first.control('PUT', '/activation', { kind: 'held' })
    assert.equal(await enable(first, hospital.room), 201)
    const { body: snapshot } = await first.control('POST', '/snapshots', { name: 'checked in' })
    await first.control('POST', '/clock/advance', { by: 'P1D' })
    await first.service.stop()

    const second = await startInFolder(t, data)
    const { body: clock } = await second.control('GET', '/clock')
    assert.deepEqual([clock.mode, clock.now], ['frozen', '2030-01-02T00:00:00.000Z'])
    assert.equal(await statusOf(second, hospital.room), 'ENABLING')
    assert.deepEqual((await second.control('POST', '/activation/release', {})).body, { released: 1 })
    assert.deepEqual((await second.control('GET', '/snapshots')).body.items, [snapshot])
    assert.equal((await second.control('POST', `/snapshots/${snapshot.id}/restore`)).status, 204)
    assert.equal(await statusOf(second, hospital.room), 'ENABLING')
    assert.equal((await second.control('GET', '/clock')).body.now, '2030-01-01T00:00:00.000Z')
    await second.service.stop()

    const third = await startInFolder(t, data)
    assert.equal((await third.control('GET', '/clock')).body.now, '2030-01-01T00:00:00.000Z')
    assert.equal(await statusOf(third, hospital.room), 'ENABLING')
    assert.equal((await third.control('DELETE', `/snapshots/${snapshot.id}`)).status, 204)
    assert.deepEqual(readdirSync(path.join(data, 'snapshots')), [])
  })

  test('goes back to its beginning, which has the catalog of the last start', async (t) => {
    const data = await temporaryFolder(t)
    const first = await startInFolder(t, data)
    await enable(first, hospital.room)
    await first.service.stop()
    const more = { id: skill('new'), name: 'New', stages: ['live'] }
    const catalog = { ...hospitalCatalog, skills: [...hospitalCatalog.skills, more] }
    const second = await startInFolder(t, data, { catalog })
    assert.notEqual(await statusOf(second, hospital.room), 404)
    for (const to of ['start', 'empty']) {
      await enable(second, hospital.otherRoom)
      assert.equal((await second.control('POST', '/reset', { to })).status, 204)
      for (const unitId of [hospital.room, hospital.otherRoom])
        assert.equal(await statusOf(second, unitId), 404)
      const { status } = await second.ask('POST', `/v1/skills/${more.id}/enablements`, {
        token: await second.token(second.url),
        body: { unitId: hospital.room, stage: 'live' },
      })
      assert.equal(status, 201)
    }
    // Nothing of the replaced databases is left, and a world in memory can be made of any of it.
    assert.deepEqual(
      readdirSync(data).filter((name) => /next|part/.test(name)),
      [],
    )
    const copy = await second.create({ from: { world: 'default' } })
    const { status } = await second.ask(
      'GET',
      `${copy}/v1/skills/${more.id}/enablements?unitId=${hospital.room}`,
      {
        token: await second.token(copy),
      },
    )
    assert.equal(status, 200)
  })

  test('runs on from where it was, and takes a new delay of activation from the settings', async (t) => {
    const data = await temporaryFolder(t)
    const first = await startInFolder(t, data)
    await first.control('PUT', '/clock', { mode: 'running', offset: 'P30D' })
    const { body: before } = await first.control('GET', '/clock')
    await first.service.stop()
    const second = await startInFolder(t, data, { activationDelayMs: 3_600_000 })
    const { body: after } = await second.control('GET', '/clock')
    assert.equal(after.mode, 'running')
    assert.ok(after.now >= before.now, `${after.now} is before ${before.now}.`)
    assert.deepEqual((await second.control('GET', '/activation')).body, { kind: 'delay', ms: 3_600_000 })
  })

  test('survives a kill, in the midst of writes and restores', async (t) => {
    const data = path.join(await temporaryFolder(t), 'data')
    const start = async () => {
      const program = runProgram(t, ['serve', '--test-controls', '--data', data], {
        env: { SKILLKEEPER_OPERATOR_TOKEN: operatorToken, SKILLKEEPER_LOG_LEVEL: 'error' },
      })
      return { program, base: `${await program.url}/_skillkeeper/test` }
    }
    const control = async (base: string, method: string, to: string, body?: unknown) =>
      send(method, base + to, { token: operatorToken, body })
    const first = await start()
    await control(first.base, 'PUT', '/clock', { mode: 'frozen', at: '2030-01-01T00:00:00Z' })
    const { body: early } = await control(first.base, 'POST', '/snapshots', {})
    await control(first.base, 'POST', '/clock/advance', { to: '2031-01-01T00:00:00Z' })
    const { body: late } = await control(first.base, 'POST', '/snapshots', {})
    let last = first
    for (const round of [1, 2, 3]) {
      const restores = Array.from({ length: 10 }, (_, index) =>
        control(last.base, 'POST', `/snapshots/${(index + round) % 2 ? early.id : late.id}/restore`),
      )
      // The first of them is done, and others are on their way.
      await restores[0]
      last.program.process.kill('SIGKILL')
      await Promise.allSettled(restores)
      last = await start()
      const { body: clock } = await control(last.base, 'GET', '/clock')
      assert.match(clock.now, /^203[01]-01-01T00:00:00.000Z$/)
      assert.equal((await control(last.base, 'GET', '/snapshots')).body.items.length, 2)
      assert.equal((await control(last.base, 'POST', `/snapshots/${late.id}/restore`)).status, 204)
    }
  })

  test('leaves out a file that is no snapshot, and says so', async (t) => {
    const data = await temporaryFolder(t)
    const first = await startInFolder(t, data)
    await first.control('POST', '/snapshots', { name: 'good' })
    await first.service.stop()
    writeFileSync(path.join(data, 'snapshots', 'bad.snapshot'), 'nothing')
    const lines: string[] = []
    const second = await startInFolder(t, data, { log: { write: (line: string) => void lines.push(line) } })
    const { items } = (await second.control('GET', '/snapshots')).body
    assert.deepEqual(
      items.map(({ name }: { name: string }) => name),
      ['good'],
    )
    assert.ok(lines.some((line) => line.includes('bad.snapshot is not a snapshot of this version')))
  })
})
