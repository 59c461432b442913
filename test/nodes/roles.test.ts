/** A change of a role on one node counts on another within the stated time. Each node has a clock of its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../support/postgres.ts'
import { person, startRoles } from '../support/roles.ts'
import { hotel } from '../support/units.ts'

/** How long another node may go on with the roles that it has read. */
const rolesStaleMs = 2000

test('A role that one node assigns or revokes counts at once there, and on the other 2 s later at the latest', async (t) => {
  const { settings } = await openDatabase(t)
  const one = await startRoles(t, settings())
  const two = await startRoles(t, settings())
  const token = await one.tokenOf(person.manager)
  const roleId = await one.roleOf(hotel.floor)
  assert.deepEqual([await one.reads(hotel.room, token), await two.reads(hotel.room, token)], [403, 403])
  await one.assign(roleId, { principalId: person.manager, propagate: true })
  assert.deepEqual([await one.reads(hotel.room, token), await two.reads(hotel.room, token)], [200, 403])
  two.clock.moveBy(rolesStaleMs - 1)
  assert.equal(await two.reads(hotel.room, token), 403)
  two.clock.moveBy(1)
  assert.equal(await two.reads(hotel.room, token), 200)
  await one.revoke(roleId, person.manager)
  assert.deepEqual([await one.reads(hotel.room, token), await two.reads(hotel.room, token)], [403, 200])
  two.clock.moveBy(rolesStaleMs)
  assert.equal(await two.reads(hotel.room, token), 403)
})
