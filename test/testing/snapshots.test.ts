import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  controlError,
  enableRequest,
  newYear,
  openWorld,
  otherRoom,
  room,
  scenario,
  startDouble,
  target,
} from '../support/test-worlds.ts'

const { nurseCall } = scenario.skill

describe('A snapshot of a world', () => {
  test('takes it back, with its clock and its activation', async (t) => {
    const world = await openWorld(t)
    await world.activation.set({ kind: 'held' })
    await world.client().enable(enableRequest)
    const snapshot = await world.snapshot({ name: 'enabled' })
    assert.equal(snapshot.name, 'enabled')
    assert.ok(snapshot.bytes > 0)

    await world.client().disable(target)
    await world.activation.set({ kind: 'immediate' })
    await world.clock.advance({ days: 1 })
    await world.restore(snapshot)
    assert.equal((await world.enablement(room, nurseCall))?.status, 'ENABLING')
    assert.deepEqual(await world.activation.get(), { kind: 'held' })
    assert.equal((await world.clock.now()).toISOString(), newYear)
    // The journal continues.
    assert.equal((await world.journal.entries({ operation: 'disable' })).length, 1)
  })

  test('begins other worlds, and outlives its own', async (t) => {
    const service = await startDouble(t)
    const world = await service.world({ clock: { frozenAt: newYear } })
    await world.client().enable(enableRequest)
    const snapshot = await world.snapshot()
    await world.remove()
    const copies = await Promise.all([service.world({ from: snapshot }), service.world({ from: snapshot })])
    for (const copy of copies) {
      assert.ok(await copy.enablement(room, nurseCall))
      assert.equal((await copy.clock.now()).toISOString(), newYear)
    }
    await snapshot.remove()
    await snapshot.remove()
    assert.match((await controlError(service.world({ from: snapshot }))).message, /There is no snapshot/)
  })

  test('leaves the world all its signing keys', async (t) => {
    const service = await startDouble(t)
    const world = await service.world({ clock: { frozenAt: newYear } })
    const headers = { authorization: `Bearer ${service.token}` }
    const signingKeys = async (method: string, path: string) => {
      const response = await fetch(`${world.url}/_skillkeeper/keys${path}`, { method, headers })
      const { signingKeys: keys } = (await response.json()) as { signingKeys: { id: string }[] }
      return keys.map(({ id }) => id)
    }
    const snapshot = await world.snapshot()
    await world.clock.advance({ hours: 2 })
    const keys = await signingKeys('POST', '/signing')
    assert.equal(keys.length, 2)
    await world.restore(snapshot)
    assert.deepEqual(await signingKeys('GET', ''), keys)
  })

  test('has the fault rules only if it is asked to', async (t) => {
    const world = await openWorld(t)
    await world.faults.add({ id: 'kept', effect: { error: 'FORBIDDEN' } })
    const withFaults = await world.snapshot({ faults: true })
    const without = await world.snapshot()
    await world.faults.clear()
    await world.restore(without)
    await world.client().enable(enableRequest)
    await world.restore(withFaults)
    await assert.rejects(world.client().enable(enableRequest), { status: 403 })
  })

  test('is not needed for a reset: to the beginning, or to an empty world', async (t) => {
    const service = await startDouble(t)
    await using begun = await service.world()
    await begun.client().enable(enableRequest)
    await using world = await service.world({ from: begun })
    await world.client().enable({ ...enableRequest, unitId: otherRoom })
    await world.faults.add({ effect: { error: 'FORBIDDEN' } })
    await world.reset()
    assert.ok(await world.enablement(room, nurseCall))
    assert.equal(await world.enablement(otherRoom, nurseCall), undefined)
    await world.reset('empty')
    assert.equal(await world.enablement(room, nurseCall), undefined)
    await world.client().enable(enableRequest)
    assert.equal((await controlError(world.reset('beginning' as never))).status, 400)
  })
})
