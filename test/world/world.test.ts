import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { readMigrations } from '../../src/app/migrations.ts'
import { disableSkill } from '../../src/operations/enablements/disable-skill.ts'
import { enableSkill } from '../../src/operations/enablements/enable-skill.ts'
import { getEnablement } from '../../src/operations/enablements/get-enablement.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { type OpenWorld, openWorld } from '../../src/world/world.ts'
import { hospital } from '../support/catalogs.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { linkingSkills, startLinkedHospital, tokenPath } from '../support/linking.ts'
import { adminOf, openMemoryWorld, worldParts, worldSecrets } from '../support/memory-world.ts'

const { blinds } = linkingSkills
const { room, otherRoom, nurseCall } = hospital
const target = { skillId: nurseCall as never, unitId: room as never }

function enable({ context }: OpenWorld) {
  const request = { unitId: target.unitId, stage: 'live' } as const
  return enableSkill(context, adminOf(context), {
    skillId: target.skillId,
    requestId: context.newId(),
    request,
  })
}

describe('Worlds:', () => {
  test('A world runs operations without a socket', async (t) => {
    const { world, clock } = await openMemoryWorld(t)
    assert.equal((await enable(world)).status, 'ENABLING')
    clock.moveBy(1000)
    assert.equal((await getEnablement(world.context, adminOf(world.context), target)).status, 'ENABLED')
    await disableSkill(world.context, adminOf(world.context), { ...target, requestId: world.context.newId() })
  })

  test('A world shares no state with another one in the same process', async (t) => {
    const [one, other] = [await openMemoryWorld(t), await openMemoryWorld(t)]
    await enable(one.world)
    await assert.rejects(
      async () => getEnablement(other.world.context, adminOf(other.world.context), target),
      { code: 'NOT_FOUND' },
    )

    assert.equal(one.world.throttle.count('a client'), undefined)
    assert.equal(one.world.throttle.count('a client')?.code, 'TOO_MANY_REQUESTS')
    assert.equal(other.world.throttle.count('a client'), undefined)

    one.world.guesses.judge('192.0.2.1', 'a secret', false)
    assert.deepEqual([one.world.guesses.counted() > 0, other.world.guesses.counted()], [true, 0])

    const before = other.world.context.now()
    one.clock.moveBy(3_600_000)
    assert.equal(other.world.context.now(), before)

    const signed = one.world.context.secrets.sign('payload', 'page-token')
    assert.equal(one.world.context.secrets.verify(signed, 'page-token'), 'payload')
    assert.equal(other.world.context.secrets.verify(signed, 'page-token'), undefined)
  })

  test('A world passes neither the sealing keys nor the tokens of the operator to operations', async (t) => {
    const { world } = await openMemoryWorld(t)
    const seen = inspect(world.context, {
      depth: 30,
      showHidden: true,
      maxStringLength: null,
      maxArrayLength: null,
    })
    assert.match(seen, /batchItemsMax/)
    for (const secret of Object.values(worldSecrets)) assert.equal(seen.includes(secret), false)
  })

  test('A world that cannot open because a part fails closes what it has opened', async () => {
    const clock = createHandClock()
    for (const failing of ['openOwnSecrets', 'prepare'] as const) {
      let closed = 0
      const parts = worldParts(clock, {
        async openStorage(effects) {
          const storage = await openEmbeddedStorage(':memory:', { ...effects, migrations: readMigrations() })
          return { ...storage, close: async () => void (await storage.close().then(() => (closed += 1))) }
        },
        [failing]() {
          throw new Error(`no ${failing}`)
        },
      })
      await assert.rejects(openWorld(parts), { message: `no ${failing}` })
      assert.equal(closed, 1)
      assert.deepEqual(clock.wakeTimes(), [])
    }
  })

  test('A closed world has no sleepers, and can be closed twice', async (t) => {
    const { world, clock } = await openMemoryWorld(t)
    await world.settled()
    assert.ok(clock.wakeTimes().length > 0)
    await world.close()
    await world.close()
    assert.deepEqual(clock.wakeTimes(), [])
    await world.settled()
  })
})

describe('Settling a world:', () => {
  test('A world is settled once an accepted batch is linked, on a clock that stands still', async (t) => {
    const { world, get, linkBatch, gate } = await startWorld(t)
    await linkBatch()
    await world.settled()
    assert.equal(gate.to(tokenPath).length, 1)
    const { status, accountLink } = (await get(blinds, room)).body
    // Only time is missing to ENABLED, and needs no work.
    assert.deepEqual([status, accountLink.status], ['ENABLING', 'LINKED'])
  })

  test('A world is not settled before a step that waits for a token server has ended', async (t) => {
    const { world, linkBatch, gate } = await startWorld(t)
    gate.close()
    await linkBatch()
    let isSettled = false
    const settled = world.settled().then(() => {
      isSettled = true
    })
    await gate.arrival(1)
    assert.equal(isSettled, false)
    gate.open()
    await settled
    assert.equal(gate.to(tokenPath).length, 1)
  })

  test('A world is settled while a failed attempt waits for the next one', async (t) => {
    const { world, clock, linkBatch, get, gate } = await startWorld(t)
    gate.breakDown()
    await linkBatch()
    await world.settled()
    assert.equal(gate.to(tokenPath).length, 0)
    gate.repair()
    await world.settled()
    assert.equal(gate.to(tokenPath).length, 0)
    clock.moveBy(1000)
    await world.settled()
    assert.equal((await get(blinds, room)).body.accountLink.status, 'LINKED')
  })

  test('A world is settled once several batches are linked that follow each other at one time', async (t) => {
    const { world, linkBatch, gate } = await startWorld(t)
    for (let batches = 1; batches <= 5; batches++) {
      await linkBatch()
      await Promise.all([world.settled(), world.settled()])
      assert.equal(gate.to(tokenPath).length, batches)
    }
  })
})

async function startWorld(t: TestContext) {
  const linked = await startLinkedHospital(t)
  const { service, gate, get } = linked
  const units = [room, otherRoom]
  const { world, clock } = service
  return {
    world,
    clock,
    gate,
    get,
    async linkBatch() {
      const accountLinkRequest = await linked.newRequest(blinds)
      const items = units.map((unitId, itemId) => ({ itemId, unitId, stage: 'live', accountLinkRequest }))
      assert.equal((await linked.batch(blinds, items)).status, 202)
    },
  }
}
