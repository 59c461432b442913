// The requests for roles of Amazon's collection for Postman and of Amazon's command line, as they are sent.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, person, startRoles, unitAdmin } from '../support/roles.ts'
import { hotel } from '../support/units.ts'

describe("Amazon's collection for Postman", () => {
  test('sets a property up, hands it over, and takes it back (row Z16)', async (t) => {
    const { call, owner: token } = await startRoles(t)
    const send = async (method: string, path: string, body?: string) => {
      const answer = await call(method, path, { token, ...(body !== undefined && { body }) })
      // It reads each answer as JSON, unless there is none.
      return { status: answer.status, ...(answer.text === '' ? {} : JSON.parse(answer.text)) }
    }
    const unit = await send(
      'POST',
      '/v2/units',
      `{\n    "name": {\n        "type": "PLAIN",\n        "value": {\n            "text": "name of unit"\n        }\n    },\n    "parentId": "${hotel.organization}"\n}`,
    )
    assert.equal(unit.status, 201)
    const roles = await send('GET', `/v1/roles?unitId=${unit.id}`)
    const { roleId } = roles.results[0]
    assert.equal(roles.results[0].roleName, unitAdmin)
    assert.equal((await send('GET', `/v1/roles/${roleId}`)).roleName, unitAdmin)
    const creators = await send('GET', `/v1/roles/${roleId}/assignments`)
    assert.deepEqual(
      creators.results.map((one: { principalId: string }) => one.principalId),
      [person.owner],
    )
    const assigned = await send(
      'POST',
      `/v1/roles/${roleId}/assignments`,
      `{\n    "principalId": "${person.manager}",\n    "propagate": true\n}`,
    )
    assert.equal(assigned.status, 201)
    const of = await send('GET', `/v1/roles/assignments?principalId=${person.manager}&unitId=${unit.id}`)
    assert.equal(of.results[0].roleId, roleId)
    const items = `{\n   "items": [\n     {\n        "itemId" : 0,\n        "principalId": "${account('ONE')}",\n        "propagate": false\n     },\n     {\n        "itemId" : 1,         \n        "principalId": "${account('TWO')}",\n        "propagate": true\n     },\n     {\n        "itemId" : 2,\n        "principalId": "${account('THREE')}",\n        "propagate": false\n     }\n   ]\n}`
    assert.deepEqual(await send('POST', `/v1/roles/${roleId}/assignments/batchAssign`, items), {
      status: 202,
    })
    assert.deepEqual(await send('POST', `/v1/roles/${roleId}/assignments/batchRevoke`, items), {
      status: 202,
    })
    const revoke = `/v1/roles/${roleId}/assignments?principalId=${person.manager}`
    assert.deepEqual(await send('DELETE', revoke), { status: 204 })
    assert.equal((await send('GET', `/v1/roles/${roleId}/assignments`)).results.length, 1)
  })
})

describe("Amazon's command line", () => {
  test('reads, assigns and revokes with its parameters in their order, and combines pages (row Z16)', async (t) => {
    const { call, owner: token, batch } = await startRoles(t)
    const headers = { 'asp-cli': 'v1.0.0', accept: 'application/json, text/plain, */*' }
    const get = async (url: string) => {
      const answer = await call('GET', url, { token, headers })
      assert.equal(answer.status, 200, answer.text)
      return JSON.parse(answer.text)
    }
    const both = `/v1/roles?unitId=${hotel.floor}&roleName=${unitAdmin}&targetEntityId=${hotel.floor}`
    const [{ roleId }] = (await get(both)).results
    await get(`/v1/roles/${roleId}`)
    const many = Array.from({ length: 12 }, (_, itemId) => ({ itemId, principalId: account(`P${itemId}`) }))
    await batch('batchAssign', roleId, many)
    const list = `/v1/roles/assignments?principalId=${account('P1')}&unitId=${hotel.floor}`
    assert.equal((await get(list)).results.length, 1)
    const first = await get(`/v1/roles/${roleId}/assignments`)
    const rest = await get(`/v1/roles/${roleId}/assignments?nextToken=${first.paginationContext.nextToken}`)
    assert.equal(first.results.length, 10)
    assert.equal(rest.paginationContext.nextToken, null)
    const assign = { principalId: person.manager, propagate: false }
    const path = `/v1/roles/${roleId}/assignments`
    const json = { ...headers, 'content-type': 'application/json' }
    const assigned = await call('POST', path, { token, headers: json, body: assign })
    assert.equal(assigned.status, 201)
    assert.equal(typeof JSON.parse(assigned.text), 'object')
    const revoke = `${path}?principalId=${person.manager}&propagate=false`
    assert.equal((await call('DELETE', revoke, { token, headers })).status, 204)
  })
})
