// What a role lets its holder do, where, and until when: skill operations and units ask the same gate.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, orgAdmin, person, type Roles, startRoles } from '../support/roles.ts'
import { hotel, named } from '../support/units.ts'

describe('A role', () => {
  test('that propagates holds for all units below, and one that does not for its unit alone (row Z5)', async (t) => {
    const service = await startRoles(t)
    const { roleOf, assign, tokenOf, enables, revoke } = service
    const token = await tokenOf(person.manager)
    const roleId = await roleOf(hotel.floor)
    await assign(roleId, { principalId: person.manager, propagate: false })
    assert.deepEqual(
      await statuses([hotel.floor, hotel.room, hotel.seaside, hotel.hillside]),
      [201, 403, 403, 403],
    )
    assert.deepEqual(await seen(service, hotel.floor, token), [])
    await revoke(roleId, person.manager)
    await assign(roleId, { principalId: person.manager, propagate: true })
    assert.deepEqual(
      await statuses([hotel.floor, hotel.room, hotel.seaside, hotel.hillside]),
      [201, 201, 403, 403],
    )
    assert.deepEqual(await seen(service, hotel.floor, token), [hotel.room, hotel.otherRoom])

    function statuses(units: readonly string[]) {
      return Promise.all(units.map((unitId) => enables(unitId, token)))
    }
  })

  test('holds through six levels of units', async (t) => {
    const { build, roleOf, assign, tokenOf, enables, reads } = await startRoles(t)
    let unitId: string = hotel.hillside
    for (let level = 1; level <= 5; level += 1) unitId = await build(`Level ${level}`, unitId)
    const token = await tokenOf(person.manager)
    assert.equal(await reads(unitId, token), 403)
    await assign(await roleOf(hotel.organization), { principalId: person.manager, propagate: true })
    assert.deepEqual([await reads(unitId, token), await enables(unitId, token)], [200, 201])
  })

  test('ends when expiresAt has come, to the millisecond (row Z8)', async (t) => {
    const { roleOf, assign, tokenOf, enables, clock } = await startRoles(t)
    const token = await tokenOf(person.manager)
    const expiresAt = new Date(clock.now() + 10_000).toISOString()
    await assign(await roleOf(hotel.floor), { principalId: person.manager, propagate: true, expiresAt })
    clock.moveBy(9999)
    assert.equal(await enables(hotel.room, token), 201)
    clock.moveBy(1)
    assert.equal(await enables(hotel.room, token), 403)
  })

  test('named viewer lets its holder read, and change nothing (row Z3)', async (t) => {
    const { roleOf, assign, tokenOf, call, owner } = await startRoles(t)
    const token = await tokenOf(person.guest)
    await assign(await roleOf(hotel.floor, 'viewer'), { principalId: person.guest, propagate: true })
    const skill = `/v1/skills/${hotel.minibar}/enablements`
    const enabled = { token: owner, body: { unitId: hotel.room, stage: 'live' } }
    assert.equal((await call('POST', skill, enabled)).status, 201)
    const admin = await roleOf(hotel.room)
    const items = [{ itemId: 1, unitId: hotel.room, stage: 'live' }]
    const principals = [{ itemId: 1, principalId: account('X') }]
    const name = named('Other')
    const asked: readonly [number, string, string, object?][] = [
      [200, 'GET', `${skill}?unitId=${hotel.room}`],
      [200, 'GET', `/v1/skills/enablements?unitId=${hotel.room}`],
      [200, 'POST', '/v1/skills/enablements/batchGet', { items: [{ itemId: 1, unitId: hotel.room }] }],
      [200, 'GET', `/v2/units/${hotel.room}`],
      [200, 'GET', `/v2/units?parentId=${hotel.floor}`],
      [200, 'GET', `/v1/roles?unitId=${hotel.room}`],
      [200, 'GET', `/v1/roles/${admin}`],
      [200, 'GET', `/v1/roles/${admin}/assignments`],
      [200, 'GET', `/v1/roles/assignments?principalId=${person.owner}&unitId=${hotel.room}`],
      [403, 'POST', skill, { unitId: hotel.room, stage: 'live' }],
      [403, 'DELETE', `${skill}?unitId=${hotel.room}`],
      [403, 'POST', `${skill}/batch`, { items }],
      [403, 'POST', `${skill}/batchDelete`, { items }],
      [403, 'POST', '/v2/units', { name, parentId: hotel.room }],
      [403, 'PUT', `/v2/units/${hotel.room}`, { name }],
      [403, 'DELETE', `/v2/units/${hotel.room}`],
      [403, 'POST', `/v1/roles/${admin}/assignments`, { principalId: person.guest }],
      [403, 'DELETE', `/v1/roles/${admin}/assignments?principalId=${person.owner}`],
      [403, 'POST', `/v1/roles/${admin}/assignments/batchAssign`, { items: principals }],
      [403, 'POST', `/v1/roles/${admin}/assignments/batchRevoke`, { items: principals }],
    ]
    for (const [status, method, path, body] of asked) {
      const answer = await call(method, path, { token, ...(body && { body }) })
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`)
    }
  })

  test('shows its units in a list: whole subtrees, single units, and each once', async (t) => {
    const service = await startRoles(t)
    const { roleOf, assign, tokenOf, list } = service
    const token = await tokenOf(person.manager)
    assert.equal((await list(hotel.organization, {}, token)).status, 403)
    await assign(await roleOf(hotel.seaside), { principalId: person.manager })
    assert.deepEqual(await seen(service, hotel.organization, token), [hotel.seaside])
    await assign(await roleOf(hotel.floor, 'viewer'), { principalId: person.manager })
    await assign(await roleOf(hotel.floor), { principalId: person.manager, propagate: true })
    await assign(await roleOf(hotel.room), { principalId: person.manager })
    assert.deepEqual(await seen(service, hotel.organization, token), [
      hotel.seaside,
      hotel.floor,
      hotel.room,
      hotel.otherRoom,
    ])
    assert.deepEqual(await seen(service, hotel.seaside, token), [hotel.floor, hotel.room, hotel.otherRoom])
  })

  test('on a unit that is deleted goes with it, also for a unit that comes again with that ID (row Z13)', async (t) => {
    const { build, roleOf, assign, tokenOf, remove, call, reads } = await startRoles(t)
    const token = await tokenOf(person.manager)
    const unitId = await build('Suite', hotel.floor)
    const roleId = await roleOf(unitId)
    await assign(roleId, { principalId: person.manager })
    assert.equal(await reads(unitId, token), 200)
    assert.equal((await remove(unitId)).status, 204)
    assert.equal(
      (await call('GET', `/v1/roles/${roleId}`, { token: await tokenOf(person.owner) })).status,
      404,
    )
    assert.equal(
      (await call('GET', `/v1/roles/assignments?principalId=${person.manager}`, { token })).status,
      403,
    )
  })

  test('is revoked after a batch was accepted: the batch is checked as it was accepted (row Z14)', async (t) => {
    const { roleOf, assign, revoke, tokenOf, call, reads, settled, enabledIn } = await startRoles(t, {
      activationDelayMs: 5000,
    })
    const token = await tokenOf(person.manager)
    const roleId = await roleOf(hotel.floor)
    await assign(roleId, { principalId: person.manager, propagate: true })
    const items = [hotel.room, hotel.otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
    const batch = `/v1/skills/${hotel.minibar}/enablements/batch`
    assert.equal((await call('POST', batch, { token, body: { items } })).status, 202)
    assert.equal((await revoke(roleId, person.manager)).status, 204)
    await settled()
    for (const unitId of [hotel.room, hotel.otherRoom]) {
      assert.deepEqual(await enabledIn(unitId), [hotel.minibar])
      assert.equal(await reads(unitId, token), 403)
    }
  })
})

describe('Whoever assigns roles', () => {
  test('is an A4H.OrgAdmin or A4P.UnitAdmin of the unit or above, and nobody else (row Z7)', async (t) => {
    const { roleOf, assign, revoke, tokenOf, token: clientToken } = await startRoles(t)
    const manager = await tokenOf(person.manager)
    const floor = await roleOf(hotel.floor)
    const room = await roleOf(hotel.room)
    const hillside = await roleOf(hotel.hillside)
    const guest = { principalId: person.guest }
    assert.equal((await assign(room, guest, manager)).status, 403)
    await assign(floor, { principalId: person.manager, propagate: true })
    assert.equal((await assign(room, guest, manager)).status, 201)
    assert.equal((await assign(floor, guest, manager)).status, 201)
    assert.equal((await assign(hillside, guest, manager)).status, 403)
    assert.equal((await revoke(room, person.guest, {}, manager)).status, 204)
    assert.equal((await revoke(hillside, person.guest, {}, manager)).status, 403)
    const stranger = await clientToken(hotel.stranger)
    for (const roleId of [room, await roleOf(hotel.organization, orgAdmin)]) {
      const { status, body } = await assign(roleId, guest, stranger)
      assert.deepEqual([status, body.type], [403, 'FORBIDDEN'])
      assert.equal((await revoke(roleId, person.owner, {}, stranger)).status, 403)
    }
  })

  test('gives nothing below a role that covers one unit alone, and takes nothing there (row Z8)', async (t) => {
    const { roleOf, assign, revoke, batch, tokenOf } = await startRoles(t)
    const manager = await tokenOf(person.manager)
    const floor = await roleOf(hotel.floor)
    await assign(floor, { principalId: person.manager, propagate: false })
    const { status, body } = await assign(floor, { principalId: person.guest, propagate: true }, manager)
    assert.deepEqual([status, body.type], [403, 'FORBIDDEN'])
    assert.equal((await revoke(floor, person.guest, { propagate: 'true' }, manager)).status, 403)
    const items = [{ itemId: 1, principalId: person.guest, propagate: true }]
    for (const kind of ['batchAssign', 'batchRevoke'] as const)
      assert.equal((await batch(kind, floor, items, manager)).status, 403)
    assert.equal((await assign(floor, { principalId: person.guest }, manager)).status, 201)
  })

  test('takes no role that covers units below while the own one covers one unit alone (row Z8)', async (t) => {
    const { roleOf, assign, revoke, batch, tokenOf, clock } = await startRoles(t)
    const manager = await tokenOf(person.manager)
    const expiresAt = new Date(clock.now() + 60_000).toISOString()
    for (const [own, other, status] of [
      [{}, { propagate: true }, 403],
      [{}, { propagate: true, expiresAt }, 403],
      [{}, {}, 204],
      // The role may be taken for any time.
      [{ expiresAt }, {}, 204],
      [{ propagate: true }, { propagate: true }, 204],
      [{ propagate: true, expiresAt }, { propagate: true }, 204],
    ] as const) {
      const floor = await roleOf(hotel.floor)
      const viewer = await roleOf(hotel.floor, 'viewer')
      await assign(floor, { principalId: person.manager, ...own })
      for (const roleId of [floor, viewer]) {
        const label = JSON.stringify([own, other])
        const items = [{ itemId: 7, principalId: person.guest }]
        const give = () => assign(roleId, { principalId: person.guest, ...other })
        assert.equal((await give()).status, 201, label)
        assert.equal((await revoke(roleId, person.guest, {}, manager)).status, status, label)
        if (status === 204) await give()
        const answer = await batch('batchRevoke', roleId, items, manager)
        assert.equal(answer.status, status === 204 ? 202 : 403, label)
        if (status === 403) assert.equal(JSON.parse(answer.text).errors[0].itemId, 7)
        await revoke(roleId, person.guest)
      }
      assert.equal((await revoke(floor, person.manager)).status, 204)
    }
  })

  test('gives no role for longer than the own one, nor gets one by building (row Z8)', async (t) => {
    const { roleOf, assign, tokenOf, create, assignmentsOf, enables, clock } = await startRoles(t)
    const manager = await tokenOf(person.manager)
    const floor = await roleOf(hotel.floor)
    const end = new Date(clock.now() + 60_000).toISOString()
    const later = new Date(clock.now() + 60_001).toISOString()
    await assign(floor, { principalId: person.manager, propagate: true, expiresAt: end })
    for (const more of [{}, { expiresAt: later }]) {
      const { status } = await assign(floor, { principalId: person.guest, ...more }, manager)
      assert.equal(status, 403)
    }
    assert.equal((await assign(floor, { principalId: person.guest, expiresAt: end }, manager)).status, 201)
    const { body: built } = await create('Suite', hotel.floor, manager)
    assert.equal((await assignmentsOf(person.manager, built.id))[0]?.expiresAt, end)
    assert.equal(await enables(built.id, manager), 201)
    clock.moveBy(60_000)
    assert.equal(await enables(built.id, manager), 403)
  })
})

/** The units that a list below the unit has, all levels of it. */
async function seen({ list }: Roles, unitId: string, token: string): Promise<string[]> {
  const { status, body, text } = await list(unitId, { queryDepth: 'all', maxResults: '50' }, token)
  assert.equal(status, 200, text)
  return body.results.map(({ id }) => id)
}
