import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital, hospitalCatalog, unit } from '../support/catalogs.ts'
import { startControlled } from '../support/controlled.ts'
import { operatorToken } from '../support/service.ts'

const { room, otherRoom, nurseCall, menu } = hospital

async function open(t: TestContext, activation?: object, request: object = {}) {
  const service = await startControlled(t)
  const base = await service.create({ clock: { frozenAt: '2030-01-01T00:00:00Z' }, ...request })
  const token = await service.token(base)
  const here = (method: string, path: string, body?: unknown) => service.control(method, path, body, base)
  if (activation !== undefined) assert.equal((await here('PUT', '/activation', activation)).status, 204)
  const call = (method: string, path: string, body?: unknown) =>
    service.ask(method, base + path, { token, body })
  const pathOf = (skillId: string) => `/v1/skills/${skillId}/enablements`
  return {
    here,
    call,
    enable: async (unitId: string = room, skillId: string = nurseCall) =>
      (await call('POST', pathOf(skillId), { unitId, stage: 'live' })).body.status,
    get: async (unitId: string = room, skillId: string = nurseCall) =>
      (await call('GET', `${pathOf(skillId)}?unitId=${unitId}`)).body.status,
    list: async (unitId: string = room) =>
      (await call('GET', `/v1/skills/enablements?unitId=${unitId}`)).body.items.map(
        ({ status }: { status: string }) => status,
      ),
    batch: (skillId: string, items: readonly object[]) => call('POST', `${pathOf(skillId)}/batch`, { items }),
    release: async (which: object = {}) => (await here('POST', '/activation/release', which)).body.released,
    logged: async (operation: string) =>
      (
        await service.ask('GET', `${base}/_skillkeeper/operations?operation=${operation}`, {
          token: operatorToken,
        })
      ).body.items as { unitId: string; skillId: string; actor: string; at: string }[],
  }
}

describe('An enablement becomes ENABLED', () => {
  test('after the delay, at once, or not before it is released', async (t) => {
    const { here, enable, get, release, logged } = await open(t, { kind: 'immediate' })
    assert.equal(await enable(), 'ENABLED')
    await here('PUT', '/activation', { kind: 'delay', ms: 60_000 })
    assert.deepEqual((await here('GET', '/activation')).body, { kind: 'delay', ms: 60_000 })
    assert.equal(await enable(room, menu), 'ENABLING')
    await here('PUT', '/activation', { kind: 'held' })
    for (const [unitId, skillId] of [
      [otherRoom, nurseCall],
      [otherRoom, menu],
      [hospital.ward, menu],
    ] as const)
      assert.equal(await enable(unitId, skillId), 'ENABLING')
    // The token is good for an hour.
    await here('POST', '/clock/advance', { by: 'PT50M' })
    assert.deepEqual(
      [await get(room, menu), await get(otherRoom), await get(otherRoom, menu)],
      ['ENABLED', 'ENABLING', 'ENABLING'],
    )
    assert.equal(await release({ skillId: nurseCall, unitId: room }), 0, 'It is not held.')
    assert.equal(await release({ skillId: menu, unitId: otherRoom }), 1)
    assert.deepEqual([await get(otherRoom, menu), await get(otherRoom)], ['ENABLED', 'ENABLING'])
    assert.equal(await release({ skillId: menu }), 1)
    assert.equal(await release(), 1)
    assert.equal(await release(), 0)
    assert.equal(await get(otherRoom), 'ENABLED')
    const entries = await logged('activate')
    assert.deepEqual(
      entries.map(({ unitId, skillId, actor, at }) => [unitId, skillId, actor, at]).sort(),
      [
        [otherRoom, menu],
        [otherRoom, nurseCall],
        [hospital.ward, menu],
      ]
        .map((target) => [...target, 'operator', '2030-01-01T00:50:00.000Z'])
        .sort(),
    )
  })

  test('after so many reads, of whatever kind, which a snapshot has', async (t) => {
    const { here, enable, get, list, logged } = await open(t, { kind: 'reads', count: 2 })
    assert.equal(await enable(), 'ENABLING')
    assert.equal(await enable(otherRoom), 'ENABLING')
    // That it is there already is not a read.
    assert.equal(await enable(), 'ENABLING')
    assert.equal(await get(), 'ENABLING')
    const { body: snapshot } = await here('POST', '/snapshots', {})
    for (const round of ['first', 'after the restore']) {
      assert.deepEqual(await list(), ['ENABLING'], round)
      assert.deepEqual(await list(), ['ENABLED'], round)
      assert.equal(await get(), 'ENABLED')
      assert.equal((await logged('activate')).length, 1, round)
      await here('POST', `/snapshots/${snapshot.id}/restore`)
    }
    assert.equal(await get(otherRoom), 'ENABLING')
    await here('POST', '/clock/advance', { by: 'PT50M' })
    assert.deepEqual([await get(otherRoom), await get(otherRoom)], ['ENABLING', 'ENABLED'])
    // What was read often enough stays so whatever is set later.
    await here('PUT', '/activation', { kind: 'held' })
    assert.equal(await get(otherRoom), 'ENABLED')
  })

  test('in lists of many at once', async (t) => {
    const { batch, list } = await open(t, { kind: 'reads', count: 1 })
    for (const skillId of [nurseCall, menu])
      await batch(skillId, [{ itemId: 1, unitId: room, stage: 'live' }])
    assert.deepEqual(await list(), ['ENABLING', 'ENABLING'])
    assert.deepEqual(await list(), ['ENABLED', 'ENABLED'])
  })

  test('however many become so in one advance: that needs no work', async (t) => {
    const units = Array.from({ length: 2000 }, (_, at) => ({ id: unit(`BED-${at}`), name: `Bed ${at}` }))
    const [first, ...others] = hospitalCatalog.organizations
    const catalog = {
      ...hospitalCatalog,
      organizations: [{ ...first, units: [...(first?.units ?? []), ...units] }, ...others],
    }
    const { batch, get, here } = await open(t, undefined, {
      catalog,
      settings: { batchItemsMax: 10_000, activationDelayMs: 60_000 },
    })
    const items = units.map(({ id: unitId }, itemId) => ({ itemId, unitId, stage: 'live' }))
    const { status, text } = await batch(nurseCall, items)
    assert.equal(status, 202, text)
    assert.equal(await get(unit('BED-1999')), 'ENABLING')
    const { body } = await here('POST', '/clock/advance', { by: 'PT1M' })
    assert.deepEqual(body, { now: '2030-01-01T00:01:00.000Z', steps: 0 })
    assert.equal(await get(unit('BED-1999')), 'ENABLED')
    const year = await here('POST', '/clock/advance', { by: 'P365D' })
    assert.deepEqual(year.body, { now: '2031-01-01T00:01:00.000Z', steps: 0 })
  })

  test('as the request says that sets it, or not at all', async (t) => {
    const { here } = await open(t)
    for (const wrong of [
      { kind: 'reads' },
      { kind: 'reads', count: 0 },
      { kind: 'later' },
      { kind: 'held', ms: 1 },
      {},
    ]) {
      const { status, body } = await here('PUT', '/activation', wrong)
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], JSON.stringify(wrong))
    }
    assert.deepEqual((await here('GET', '/activation')).body, { kind: 'delay', ms: 200 })
  })
})
