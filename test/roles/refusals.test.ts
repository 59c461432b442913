// What the Role API refuses, and in which order.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, app, orgAdmin, person, startRoles } from '../support/roles.ts'
import { hotel } from '../support/units.ts'

describe('A request for roles', () => {
  test('is refused in the known order: 401, 400 for the form, 403 for no role, 404 or 403 for the unit (row Z15)', async (t) => {
    const service = await startRoles(t)
    const { call, tokenOf, roleOf, owner, token: clientToken } = service
    const roleId = await roleOf(hotel.floor)
    const path = `/v1/roles/${roleId}/assignments`
    assert.equal((await call('GET', path)).status, 401)
    assert.equal((await call('GET', `${path}?maxResults=99`, { token: 'Atza|nothing' })).status, 401)
    const nobody = await tokenOf(person.guest)
    assert.equal((await call('GET', `${path}?maxResults=99`, { token: nobody })).status, 400)
    const none = await call('GET', `/v1/roles?unitId=${hotel.unknown}`, { token: nobody })
    assert.deepEqual([none.status, none.body.message], [403, 'The person has no role on any unit.'])
    assert.equal((await call('GET', `/v1/roles?unitId=${hotel.unknown}`, { token: owner })).status, 404)
    const stranger = await clientToken(hotel.stranger)
    const foreign = await call('GET', path, { token: stranger })
    assert.deepEqual(
      [foreign.status, foreign.body.message],
      [403, "The client doesn't have the right permission to perform the operation on this unit."],
    )
  })

  test('for a role that no unit has is 404, and an ID of another form 400 (row Z15)', async (t) => {
    const { call, owner: token } = await startRoles(t)
    const known = (id: string) => `amzn1.alexa.role.did.${id}`
    for (const [status, roleId] of [
      [404, known('UDNOWHERE')],
      // A room has no A4H.OrgAdmin.
      [404, known(`OD${hotel.room.slice('amzn1.alexa.unit.did.'.length)}`)],
      [404, known('XDROOM-1')],
      [404, known('U')],
      [400, hotel.room],
      [400, 'healthcare'],
    ] as const) {
      for (const path of [`/v1/roles/${roleId}`, `/v1/roles/${roleId}/assignments`]) {
        const answer = await call('GET', path, { token })
        assert.equal(answer.status, status, `${path}: ${answer.text}`)
      }
      const body = { principalId: person.guest }
      assert.equal((await call('POST', `/v1/roles/${roleId}/assignments`, { token, body })).status, status)
      const items = [{ itemId: 1, ...body }]
      const batch = await call('POST', `/v1/roles/${roleId}/assignments/batchAssign`, {
        token,
        body: { items },
      })
      assert.equal(batch.status, status, batch.text)
    }
  })

  test('names one unit: none is 400, and so are two (row Z4)', async (t) => {
    const { call, owner: token } = await startRoles(t)
    for (const [status, query] of [
      [400, ''],
      [400, `unitId=${hotel.room}&targetEntityId=${hotel.floor}`],
      [200, `unitId=${hotel.room}&targetEntityId=${hotel.room}`],
      [400, 'unitId=room'],
      [400, 'targetEntityId=amzn1.alexa.group.X'],
    ] as const) {
      assert.equal((await call('GET', `/v1/roles?${query}`, { token })).status, status, query)
      const path = `/v1/roles/assignments?principalId=${person.manager}&${query}`
      assert.equal((await call('GET', path, { token })).status, status, query)
    }
  })

  test('with a body of another form is 400 and names what is wrong (row Z5)', async (t) => {
    const { roleOf, assign, clock, holders } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const before = await holders(roleId)
    const principalId = person.manager
    for (const [body, problem] of [
      [{}, /^principalId is missing or invalid/],
      [{ principalId: 'max' }, /^principalId is missing or invalid/],
      [{ principalId: hotel.admin }, /^principalId is missing or invalid/],
      [{ principalId, propagate: 'yes' }, /^propagate is missing or invalid/],
      [{ principalId, expiresAt: 'tomorrow' }, /^expiresAt is missing or invalid/],
      [{ principalId, expiresAt: '2026-02-30T10:00:00Z' }, /^expiresAt is invalid: there is no such day/],
      [
        { principalId, expiresAt: new Date(clock.now()).toISOString() },
        /^expiresAt is invalid: the time is over/,
      ],
    ] as const) {
      const { status, body: answer } = await assign(roleId, body)
      assert.deepEqual([status, answer.type], [400, 'INVALID_PARAM'])
      assert.match(answer.message, problem)
    }
    assert.deepEqual(await holders(roleId), before)
  })

  test('has an end that can be written as in RFC 3339: up to the end of the year 9999 in UTC (row Z5)', async (t) => {
    const { roleOf, assign, batch, assignmentsOf } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    for (const [index, [expiresAt, written]] of [
      ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
      ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999Z'],
      ['9999-12-31T22:59:59-01:00', '9999-12-31T23:59:59.000Z'],
      ['9999-12-31T23:00:00-01:00', undefined],
      ['9999-12-31T23:59:59-23:59', undefined],
    ].entries()) {
      const principalId = account(`P${index}`)
      const { status, body } = await assign(roleId, { principalId, expiresAt })
      assert.equal(status, written === undefined ? 400 : 201, expiresAt)
      if (written === undefined) {
        assert.match(body.message, /^expiresAt is invalid: the time is after the year 9999/)
        const answer = await batch('batchAssign', roleId, [{ itemId: 1, principalId, expiresAt }])
        assert.equal(answer.status, 400)
      }
      assert.deepEqual(
        (await assignmentsOf(principalId, hotel.floor)).map((one) => one.expiresAt),
        written === undefined ? [] : [written],
      )
    }
  })

  test('with null or nothing for what is optional counts as without', async (t) => {
    const { roleOf, assign, revoke } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const body = { principalId: person.manager, propagate: null, expiresAt: null, more: 1 }
    assert.equal((await assign(roleId, body)).status, 201)
    assert.equal((await revoke(roleId, person.manager, { propagate: '' })).status, 204)
    assert.equal((await revoke(roleId, person.manager, { propagate: 'maybe' })).status, 400)
  })

  test('needs the scope of management (row Z15)', async (t) => {
    const { call } = await startRoles(t)
    const form = {
      grant_type: 'refresh_token',
      refresh_token: `Atzr|refresh-token-of-${person.owner}`,
      client_id: app,
      client_secret: `secret of ${app}`,
      scope: 'profile',
    }
    const granted = await call('POST', '/auth/o2/token', { body: new URLSearchParams(form).toString() })
    const path = `/v1/roles?unitId=${hotel.room}`
    assert.equal((await call('GET', path, { token: granted.body.access_token })).status, 403)
  })

  test('holds page tokens for its own list alone (row Z4)', async (t) => {
    const { call, owner: token, roleOf, batch } = await startRoles(t)
    const [viewer, admin] = [await roleOf(hotel.floor, 'viewer'), await roleOf(hotel.organization, orgAdmin)]
    const items = ['A', 'B', 'C'].map((name, itemId) => ({ itemId, principalId: account(name) }))
    await batch('batchAssign', viewer, items)
    const first = await call('GET', `/v1/roles/${viewer}/assignments?maxResults=1`, { token })
    const next = `nextToken=${first.body.paginationContext.nextToken}`
    assert.equal((await call('GET', `/v1/roles/${viewer}/assignments?${next}`, { token })).status, 200)
    assert.equal((await call('GET', `/v1/roles/${admin}/assignments?${next}`, { token })).status, 400)
    assert.equal((await call('GET', `/v1/roles?unitId=${hotel.floor}&${next}`, { token })).status, 400)
  })
})
