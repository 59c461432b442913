import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BatchError, SkillsClient } from '../../src/client/index.ts'
import { hospital } from '../support/catalogs.ts'
import { catalogWithRooms, failure, roomId, startClientWorld } from '../support/clients.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'

const { nurseCall, menu, foreignRoom, room } = hospital
const roomIds = (count: number) => Array.from({ length: count }, (_, index) => roomId(index))

describe('Many units', () => {
  test('have a skill disabled, those that are refused apart', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(130) })
    await client.enableMany(roomIds(130), { skillId: nurseCall, stage: 'live' })
    const units = [...roomIds(130), foreignRoom]
    const { accepted, refusals } = await client.disableMany(units, { skillId: nurseCall, stage: 'live' })
    assert.deepEqual([accepted, refusals.map(({ unit }) => unit)], [130, [foreignRoom]])
    const reports = await Array.fromAsync(client.getMany(roomIds(130)))
    assert.ok(reports.every(({ enablements }) => enablements.length === 0))
  })

  test('have only that stage disabled, of all or of each', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(3) })
    await client.enableMany(roomIds(3), { skillId: nurseCall, stage: 'live' })
    const units = [roomId(0), { unitId: roomId(1), stage: 'live' }] as const
    await client.disableMany(units, { skillId: nurseCall, stage: 'development' })
    const { requestId } = await client.batchDisable({
      skillId: nurseCall,
      items: [{ itemId: 1, unitId: roomId(2) }],
    })
    assert.ok(requestId)
    const reports = await Array.fromAsync(client.getMany(roomIds(3)))
    assert.deepEqual(
      reports.map(({ enablements }) => enablements.length),
      [1, 0, 0],
    )
  })

  test('tell what is enabled in each, in their order, on however many pages', async (t) => {
    const { client, proxy } = await startClientWorld(t, { catalog: catalogWithRooms(45) })
    await client.enableMany(roomIds(45), { skillId: nurseCall, stage: 'live' })
    await client.enableMany(roomIds(45).slice(0, 3), { skillId: menu, stage: 'live' })
    const before = proxy.requests()
    const rows = [...roomIds(45), foreignRoom, room, roomId(0)].map((unitId, row) => ({ unitId, row }))
    const reports = await Array.fromAsync(client.getMany(rows))
    assert.deepEqual(
      reports.map(({ unit }) => unit),
      rows,
    )
    const counts = reports.map(({ enablements }) => enablements.length)
    assert.deepEqual(counts, [...Array(3).fill(2), ...Array(42).fill(1), 0, 0, 2])
    assert.deepEqual(reports.findLast(({ refusal }) => refusal)?.unit, { unitId: foreignRoom, row: 45 })
    assert.equal(reports.filter(({ refusal }) => refusal).length, 1)
    assert.equal(proxy.requests() - before, 6)
  })

  test('are read no further than they are wanted', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(100) })
    let isClosed = false
    function* units() {
      try {
        yield* roomIds(100)
        assert.fail('All units were read.')
      } finally {
        isClosed = true
      }
    }
    for await (const { unitId } of client.getMany(units(), { concurrency: 2 })) {
      assert.equal(unitId, roomId(0))
      break
    }
    assert.ok(isClosed)
  })

  test('come in pages from batchGet, without those that have nothing', async (t) => {
    const { client } = await startClientWorld(t, { catalog: catalogWithRooms(5) })
    await client.enableMany(roomIds(4), { skillId: nurseCall, stage: 'live' })
    const items = roomIds(5).map((unitId, itemId) => ({ itemId, unitId }))
    const page = await client.batchGet({ items, maxResults: 3 })
    assert.deepEqual(
      [page.results.map(({ unitId }) => unitId), typeof page.nextToken],
      [roomIds(3), 'string'],
    )
    assert.ok(page.requestId)
    const all = await Array.fromAsync(client.batchGet({ items, maxResults: 3 }))
    assert.deepEqual(
      all.map(({ unitId }) => unitId),
      roomIds(4),
    )
    const error = await failure(client.batchGet({ items: [{ itemId: 5, unitId: foreignRoom }] }))
    assert.ok(error instanceof BatchError)
    assert.deepEqual(
      error.items.map(({ itemId, errorCode }) => [itemId, errorCode]),
      [[5, 'FORBIDDEN']],
    )
  })

  test('are understood as Amazon may answer: without item and unit ID in a result', async (t) => {
    const enablement = { skill: { id: nurseCall, stage: 'live' }, unit: { id: room }, status: 'ENABLED' }
    const body = { results: [{ enablements: [enablement] }], paginationContext: { nextToken: null } }
    const server = await startHostileServer({ '/v1/skills/enablements/batchGet': answer(200, body) })
    t.after(() => server.stop())
    const client = new SkillsClient({ endpoint: server.url, credentials: 'Atza|token' })
    const reports = await Array.fromAsync(client.getMany([room]))
    assert.deepEqual(reports, [{ unit: room, unitId: room, enablements: [enablement], refusal: undefined }])
  })

  test('are waited for one by one where there is no batchGet', async (t) => {
    const enablement = { skill: { id: nurseCall, stage: 'live' }, unit: { id: room }, status: 'ENABLED' }
    const server = await startHostileServer({
      [`/v1/skills/${nurseCall}/enablements`]: answer(200, enablement),
    })
    t.after(() => server.stop())
    const client = new SkillsClient({ endpoint: server.url, credentials: 'Atza|token' })
    const options = { concurrency: 1 }
    assert.deepEqual(await client.waitUntilAllEnabled(roomIds(12), { skillId: nurseCall }, options), {
      enabled: 12,
    })
    assert.equal(server.requests.filter(({ path }) => path.endsWith('batchGet')).length, 1)
  })
})

describe('Name-free interaction', () => {
  test('is enabled with its locales, and shown to who asks for it', async (t) => {
    const { client } = await startClientWorld(t)
    const locales = ['en-US', 'es-US']
    const target = { skillId: nurseCall, unitId: room }
    const expand = ['nameFreeInvocation'] as const
    await client.enable({ ...target, stage: 'live', nameFreeInvocationRequest: { locales } })
    assert.deepEqual((await client.get({ ...target, stage: 'live', expand })).nameFreeInvocation, { locales })
    assert.deepEqual((await client.list({ unitId: room, expand })).items[0]?.nameFreeInvocation, { locales })
    assert.equal((await client.get(target)).nameFreeInvocation, undefined)
    const other = { unitId: hospital.otherRoom, nameFreeInvocationRequest: { locales: ['de-DE'] } }
    const common = { skillId: nurseCall, stage: 'live', nameFreeInvocationRequest: { locales } } as const
    await client.enableMany([room, other], common)
    const reports = await Array.fromAsync(client.getMany([room, other], { expand }))
    assert.deepEqual(
      reports.map(({ enablements }) => enablements[0]?.nameFreeInvocation?.locales),
      [locales, ['de-DE']],
    )
  })
})
