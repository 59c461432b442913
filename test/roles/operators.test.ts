// The Role API with the operator's token. Amazon has no operator.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { orgAdmin, person, startRoles, unitAdmin } from '../support/roles.ts'
import { operatorToken } from '../support/service.ts'
import { hotel } from '../support/units.ts'

describe("The operator's token at the Role API", () => {
  test('gives a role, lists it and takes it back, under the name of the operator in the log (row Z22)', async (t) => {
    const { call, assign, revoke, roleOf, holders, assignmentsOf, tokenOf } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const given = await assign(roleId, { principalId: person.manager, propagate: true }, operatorToken)
    assert.equal(given.status, 201, given.text)
    assert.ok((await holders(roleId, operatorToken)).includes(person.manager))
    const everywhere = await call('GET', `/v1/roles/assignments?principalId=${person.manager}`, {
      token: operatorToken,
    })
    assert.deepEqual(
      Object(everywhere.body).results.map((one: { unitId: string }) => one.unitId),
      [hotel.floor],
    )
    const rooms = `/v2/units?parentId=${hotel.floor}`
    const manager = await tokenOf(person.manager)
    assert.equal((await call('GET', rooms, { token: manager })).status, 200)

    const log = await call('GET', '/_skillkeeper/operations?operation=assign_role', { token: operatorToken })
    const [entry] = Object(log.body).items
    assert.equal(entry.actor, 'operator')
    assert.deepEqual(entry.detail, {
      roleName: unitAdmin,
      principalId: person.manager,
      propagate: true,
    })

    assert.equal((await revoke(roleId, person.manager, {}, operatorToken)).status, 204)
    assert.deepEqual(await assignmentsOf(person.manager, hotel.floor, operatorToken), [])
    assert.equal((await call('GET', rooms, { token: manager })).status, 403)
  })

  test('is refused what nobody may do, in the same words (row Z22)', async (t) => {
    const { call, assign, batch, revoke, roleOf } = await startRoles(t)
    const token = operatorToken
    const roleId = await roleOf(hotel.organization, orgAdmin)
    const last = await revoke(roleId, person.owner, {}, token)
    assert.equal(last.status, 400)
    assert.match(last.body.message, /no A4H\.OrgAdmin left/)
    const twice = await assign(roleId, { principalId: person.owner }, token)
    assert.equal(twice.status, 400)
    assert.match(twice.body.message, /already/)
    const nowhere = await call('GET', '/v1/roles?unitId=amzn1.alexa.unit.did.NOWHERE', { token })
    assert.equal(nowhere.status, 404)
    assert.equal((await call('GET', '/v1/roles/amzn1.alexa.role.did.XD1', { token })).status, 404)
    const items = [{ itemId: 1, principalId: person.guest, expiresAt: '2001-01-01T00:00:00Z' }]
    assert.equal((await batch('batchAssign', roleId, items, token)).status, 400)
    assert.equal((await call('GET', `/v1/roles?unitId=${hotel.room}`, { token: 'wrong' })).status, 401)
  })
})
