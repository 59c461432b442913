import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { AnswerError, ApiError, BatchError, SkillsClient, TransportError } from '../../src/client/index.ts'
import { secretOf } from '../support/catalogs.ts'
import { failure, startClientWorld } from '../support/clients.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'
import { account, person, rolesCatalog, unitAdmin } from '../support/roles.ts'
import { hotel } from '../support/units.ts'

describe('Roles', () => {
  test('are listed, assigned, listed again and revoked', async (t) => {
    const { roles, clock } = await start(t)
    const listed = await Array.fromAsync(roles.list({ unitId: hotel.floor, maxResults: 1 }))
    assert.deepEqual(
      listed.map(({ roleName, unitId }) => [roleName, unitId]),
      [
        [unitAdmin, hotel.floor],
        ['viewer', hotel.floor],
      ],
    )
    const [role] = await Array.fromAsync(roles.list({ unitId: hotel.floor, roleName: unitAdmin }))
    const roleId = role?.roleId ?? ''
    const { requestId, ...got } = await roles.get(roleId)
    assert.deepEqual([got, typeof requestId], [role, 'string'])
    const expiresAt = new Date(clock.now() + 86_400_000)
    const assigned = await roles.assign({ roleId, principalId: person.manager, propagate: true, expiresAt })
    assert.ok(assigned.requestId)
    const assignment = {
      ...role,
      principalId: person.manager,
      propagate: true,
      expiresAt: expiresAt.toISOString(),
    }
    const found = await Array.fromAsync(roles.listAssignments({ roleId }))
    assert.deepEqual(
      found.filter(({ principalId }) => principalId === person.manager),
      [assignment],
    )
    const asked = { principalId: person.manager, unitId: hotel.floor }
    assert.deepEqual((await roles.listPrincipalAssignments(asked)).assignments, [assignment])
    const again = await failure(roles.assign({ roleId, principalId: person.manager }))
    assert.ok(again instanceof ApiError)
    assert.deepEqual([again.status, again.operation], [400, 'assignRole'])
    await roles.revoke({ roleId, principalId: person.manager, propagate: true })
    const gone = await failure(roles.revoke({ roleId, principalId: person.manager }))
    assert.ok(gone instanceof ApiError && gone.status === 404)
  })

  test('are assigned and revoked in batches, and a bad item is told', async (t) => {
    const { roles } = await start(t)
    const [role] = (await roles.list({ unitId: hotel.hillside, roleName: unitAdmin })).roles
    const roleId = role?.roleId ?? ''
    const items = ['A', 'B'].map((name, itemId) => ({ itemId, principalId: account(name), propagate: true }))
    await roles.batchAssign({ roleId, items })
    const error = await failure(roles.batchAssign({ roleId, items }))
    assert.ok(error instanceof BatchError)
    assert.deepEqual(
      error.items.map(({ itemId }) => itemId),
      [0, 1],
    )
    await roles.batchRevoke({ roleId, items })
    await roles.batchRevoke({ roleId, items })
  })

  test('are not assigned twice on a bad line, and a lost revocation is no failure', async (t) => {
    const { roles, proxy } = await start(t)
    const [role] = (await roles.list({ unitId: hotel.hillside, roleName: unitAdmin })).roles
    const wanted = { roleId: role?.roleId ?? '', principalId: person.guest }
    proxy.plan('lose')
    const lost = await failure(roles.assign(wanted))
    assert.ok(lost instanceof TransportError)
    assert.equal(lost.attempts, 1)
    proxy.plan('lose')
    await roles.revoke(wanted)
  })

  test('that a service answers in another form are an error', async (t) => {
    const odd = answer(200, { results: [1] })
    const server = await startHostileServer({
      '/v1/roles': odd,
      '/v1/roles/x': odd,
      '/v1/roles/x/assignments': odd,
    })
    t.after(() => server.stop())
    const { roles } = new SkillsClient({ endpoint: server.url, credentials: 'Atza|token' })
    for (const call of [
      () => roles.list({ unitId: 'x' }),
      () => roles.get('x'),
      () => roles.listAssignments({ roleId: 'x' }),
    ])
      assert.ok((await failure(call())) instanceof AnswerError)
  })

  test('are understood as Amazon may answer: with nothing but principals', async (t) => {
    const results = [{ principalId: person.guest }]
    const server = await startHostileServer({ '/v1/roles/x/assignments': answer(200, { results }) })
    t.after(() => server.stop())
    const { roles } = new SkillsClient({ endpoint: server.url, credentials: 'Atza|token' })
    const [one] = (await roles.listAssignments({ roleId: 'x' })).assignments
    assert.deepEqual([one?.principalId, one?.roleId], [person.guest, undefined])
  })
})

async function start(t: TestContext) {
  const world = await startClientWorld(t, { catalog: rolesCatalog })
  const credentials = { clientId: hotel.admin, clientSecret: secretOf(hotel.admin) }
  return { ...world, clock: world.service.clock, roles: world.newClient({ credentials }).roles }
}
