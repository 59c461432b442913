import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital, hospitalCatalog, unit } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { type Hospital, recordOf, startHospital } from '../support/enablements.ts'
import { operatorToken, startService } from '../support/service.ts'

const { room, otherRoom, ward, nurseCall, menu } = hospital
const stage = 'live'

/** What the operations log tells of an item. */
interface Entry {
  readonly operation: string
  readonly outcome: string
  readonly actor: string
  readonly requestId: string
  readonly unitId: string
  readonly itemId: number
  readonly at: string
  readonly effectiveAt?: string
}

describe('A batch that is accepted', () => {
  test('is answered 202 without a body, and each of its units is ENABLING, then ENABLED', async (t) => {
    const { batch, get, settled } = await start(t)
    const units = [room, otherRoom, ward]
    const accepted = await batch(nurseCall, units.map(item))
    assert.deepEqual([accepted.status, accepted.text], [202, ''])
    for (const unitId of units) {
      assert.deepEqual((await get(nurseCall, unitId)).body, recordOf(nurseCall, unitId, 'ENABLING'))
    }
    await settled()
    for (const unitId of units) {
      assert.deepEqual((await get(nurseCall, unitId)).body, recordOf(nurseCall, unitId, 'ENABLED'))
    }
  })

  test('stays ENABLING for as long as the activation delay says, and not a millisecond less', async (t) => {
    const { batch, get, clock } = await start(t, { activationDelayMs: 5000 })
    await batch(nurseCall, [item(room)])
    clock.moveBy(4999)
    assert.equal((await get(nurseCall, room)).body.status, 'ENABLING')
    clock.moveBy(1)
    assert.equal((await get(nurseCall, room)).body.status, 'ENABLED')
  })

  test('may have 100 items, with any ID that is an integer', async (t) => {
    const { batch, list, settled } = await start(t)
    const ids = [0, -1, 7, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
    const items = Array.from({ length: 100 }, (_, index) => ({
      itemId: ids[index] ?? index * 1000,
      unitId: [room, otherRoom, ward][index % 3] ?? room,
      stage,
    }))
    assert.equal((await batch(nurseCall, items)).status, 202)
    await settled()
    for (const unitId of [room, otherRoom, ward]) {
      assert.deepEqual((await list(unitId)).body.items, [recordOf(nurseCall, unitId, 'ENABLED')])
    }
  })

  test('may name all three stages, partition names, and what nobody knows (row 3)', async (t) => {
    const { batch, get } = await start(t)
    const items = [
      { ...item(room), itemId: 1, stage: 'certification', inventedRequest: { enabled: true } },
      { ...item(otherRoom), itemId: 2, stage: 'development', partitionName: '10-101' },
      { ...item(ward), itemId: 3, partitionName: '11-101, 11-102 ,11-103' },
    ]
    assert.equal((await batch(menu, items)).status, 202)
    assert.deepEqual((await get(menu, room)).body, recordOf(menu, room, 'ENABLING', 'certification'))
    assert.deepEqual((await get(menu, otherRoom)).body, recordOf(menu, otherRoom, 'ENABLING', 'development'))
    assert.deepEqual((await get(menu, ward)).body, recordOf(menu, ward, 'ENABLING'))
  })

  test('tells in the operations log what became of each item and from when, under its request and its item', async (t) => {
    const { batch, settled, operations } = await start(t, { activationDelayMs: 5000 })
    const accepted = await batch(nurseCall, [
      { ...item(room), itemId: 7 },
      { ...item(otherRoom), itemId: -3 },
    ])
    await settled()
    const requestId = accepted.headers.get('x-amzn-requestid') ?? ''
    const told = (await operations(requestId)).map((entry) => [
      entry.operation,
      entry.outcome,
      entry.unitId,
      entry.itemId,
      entry.actor,
      Date.parse(entry.effectiveAt ?? '') - Date.parse(entry.at),
    ])
    assert.deepEqual(told.sort(), [
      ['batch_enable', 'accepted', room, 7, hospital.admin, 5000],
      ['batch_enable', 'accepted', otherRoom, -3, hospital.admin, 5000],
    ])
  })

  test('applies two items for one unit in their order (row 36)', async (t) => {
    const { batch, get, list, settled, operations } = await start(t)
    const accepted = await batch(menu, [
      { itemId: 9, unitId: room, stage: 'live' },
      { itemId: 5, unitId: otherRoom, stage: 'live' },
      { itemId: 7, unitId: room, stage: 'certification' },
      { itemId: 6, unitId: room, stage: 'development' },
    ])
    assert.equal(accepted.status, 202)
    assert.deepEqual((await get(menu, room)).body, recordOf(menu, room, 'ENABLING', 'development'))
    await settled()
    assert.deepEqual((await list(room)).body.items, [recordOf(menu, room, 'ENABLED', 'development')])
    const entries = await operations(accepted.headers.get('x-amzn-requestid') ?? '')
    const asked = entries.filter(({ operation, unitId }) => operation === 'batch_enable' && unitId === room)
    assert.deepEqual(
      asked.map(({ itemId }) => itemId),
      [9, 7, 6],
    )
    assert.equal(entries.length, 4)
  })

  test('does with what is enabled already what a single enable does (row 18)', async (t) => {
    const { batch, enable, get, settled } = await start(t)
    await enable(nurseCall, room)
    await enable(nurseCall, otherRoom, { stage: 'development' })
    await settled()
    assert.equal((await batch(nurseCall, [room, otherRoom].map(item))).status, 202)
    assert.deepEqual((await get(nurseCall, room)).body, recordOf(nurseCall, room, 'ENABLED'))
    assert.deepEqual((await get(nurseCall, otherRoom)).body, recordOf(nurseCall, otherRoom, 'ENABLING'))
    await settled()
    assert.deepEqual((await get(nurseCall, otherRoom)).body, recordOf(nurseCall, otherRoom, 'ENABLED'))
  })

  test('may be sent again, whole or in part', async (t) => {
    const { batch, list, settled } = await start(t)
    for (let times = 0; times < 3; times++) {
      assert.equal((await batch(nurseCall, [room, otherRoom].map(item))).status, 202)
    }
    await settled()
    assert.equal((await batch(nurseCall, [item(otherRoom)])).status, 202)
    for (const unitId of [room, otherRoom]) {
      assert.deepEqual((await list(unitId)).body.items, [recordOf(nurseCall, unitId, 'ENABLED')])
    }
  })

  test('may come with others at once, for the same units in another order', async (t) => {
    const { batch, list, settled } = await start(t)
    const units = [room, otherRoom, ward]
    const batches = Array.from({ length: 12 }, (_, index) =>
      batch(
        menu,
        (index % 2 === 0 ? units : units.toReversed()).map((unitId, itemId) => ({
          itemId,
          unitId,
          stage: index % 3 === 0 ? 'live' : 'development',
        })),
      ),
    )
    for (const { status } of await Promise.all(batches)) assert.equal(status, 202)
    await settled()
    const stages = await Promise.all(units.map(async (unitId) => (await list(unitId)).body.items))
    const [first] = stages
    for (const [index, items] of stages.entries()) {
      const unitId = units[index] ?? ''
      assert.equal(items.length, 1)
      assert.deepEqual(items[0], { ...first?.[0], unit: { id: unitId } })
    }
  })

  test('goes on after a restart where it was', async (t) => {
    const data = await temporaryFolder(t)
    const before = await start(t, { data, activationDelayMs: 60_000 })
    const accepted = await before.batch(nurseCall, [room, otherRoom].map(item))
    await before.stop()
    const after = await start(t, { data, activationDelayMs: 60_000 })
    after.clock.moveBy(59_999)
    assert.deepEqual((await after.get(nurseCall, room)).body, recordOf(nurseCall, room, 'ENABLING'))
    after.clock.moveBy(1)
    for (const unitId of [room, otherRoom]) {
      assert.deepEqual((await after.get(nurseCall, unitId)).body, recordOf(nurseCall, unitId, 'ENABLED'))
    }
    const entries = await after.operations(accepted.headers.get('x-amzn-requestid') ?? '')
    assert.deepEqual(entries.map(({ operation, itemId }) => [operation, itemId]).sort(), [
      ['batch_enable', 0],
      ['batch_enable', 1],
    ])
  })
})

describe('A large property', () => {
  test('A property of 500 rooms is enabled with five batches at once', async (t) => {
    const rooms = Array.from({ length: 500 }, (_, index) => unit(`LARGE-${index}`))
    const [organization, ...others] = hospitalCatalog.organizations
    const units = rooms.map((id) => ({ id, name: id }))
    const catalog = { ...hospitalCatalog, organizations: [{ ...organization, units }, ...others] }
    const service = await startService(t, {
      catalog: { ...catalog, clients: [hospitalCatalog.clients[0]] },
      rateLimit: 0,
    })
    const token = await service.token(hospital.admin)
    const batches = [0, 100, 200, 300, 400].map((start) =>
      service.call('POST', `/v1/skills/${nurseCall}/enablements/batch`, {
        token,
        body: { items: rooms.slice(start, start + 100).map((unitId, itemId) => ({ itemId, unitId, stage })) },
      }),
    )
    for (const { status } of await Promise.all(batches)) assert.equal(status, 202)
    await service.settled()
    for (const unitId of rooms) {
      const path = `/v1/skills/${nurseCall}/enablements?unitId=${unitId}`
      assert.equal((await service.call('GET', path, { token })).body.status, 'ENABLED')
    }
    const query = 'operation=batch_enable&maxResults=100'
    const found = new Set<string>()
    let after = ''
    do {
      const page = await service.call('GET', `/_skillkeeper/operations?${query}${after}`, {
        token: operatorToken,
      })
      for (const entry of page.body.items as unknown as Entry[]) found.add(entry.unitId)
      const next = page.body.paginationContext.after
      after = next === undefined ? '' : `&after=${next}`
    } while (after !== '')
    assert.deepEqual([...found].sort(), rooms.toSorted())
  })
})

function item(unitId: string, itemId = 0) {
  return { itemId, unitId, stage }
}

interface BatchHospital extends Hospital {
  batch(skillId: string, items: readonly object[]): ReturnType<Hospital['call']>
  /** Oldest first. */
  operations(requestId: string): Promise<readonly Entry[]>
}

async function start(
  t: TestContext,
  options: Parameters<typeof startHospital>[1] = {},
): Promise<BatchHospital> {
  const service = await startHospital(t, options)
  return {
    ...service,
    batch: (skillId, items) =>
      service.call('POST', `/v1/skills/${skillId}/enablements/batch`, {
        token: service.adminToken,
        body: { items },
      }),
    async operations(requestId) {
      const path = `/_skillkeeper/operations?order=oldest&requestId=${requestId}`
      const { body } = await service.call('GET', path, { token: operatorToken })
      return body.items as unknown as Entry[]
    },
  }
}
