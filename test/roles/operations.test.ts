// The eight operations of the Role API as their clients see them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, orgAdmin, person, rolesCatalog, startRoles, unitAdmin } from '../support/roles.ts'
import { operatorToken } from '../support/service.ts'
import { hotel } from '../support/units.ts'

describe('The roles of a unit', () => {
  test('are A4H.OrgAdmin, A4P.UnitAdmin and viewer on an organization, and the last two on any other unit (row Z1)', async (t) => {
    const { call, owner } = await startRoles(t)
    for (const [unitId, names] of [
      [hotel.organization, [orgAdmin, unitAdmin, 'viewer']],
      [hotel.room, [unitAdmin, 'viewer']],
    ] as const) {
      for (const parameter of ['unitId', 'targetEntityId']) {
        const { status, body, headers } = await call('GET', `/v1/roles?${parameter}=${unitId}`, {
          token: owner,
        })
        assert.equal(status, 200)
        assert.match(headers.get('x-amzn-requestid') ?? '', /./)
        const roles = body.results as unknown as { roleId: string; roleName: string; unitId: string }[]
        assert.deepEqual(
          roles.map((role) => [role.roleName, role.unitId]),
          names.map((name) => [name, unitId]),
        )
        assert.ok(roles.every(({ roleId }) => /^amzn1\.alexa\.role\.did\.[A-Za-z0-9_-]+$/.test(roleId)))
        assert.deepEqual(body.paginationContext, { nextToken: null })
      }
    }
  })

  test('are there as soon as the unit is, and its creator has A4P.UnitAdmin (rows Z1 and Z2)', async (t) => {
    const { build, roleOf, holders, assignmentsOf } = await startRoles(t)
    const room = await build('Suite', hotel.floor)
    const [creator] = await holders(await roleOf(room))
    assert.match(creator ?? '', /^amzn1\.account\./)
    assert.deepEqual(await assignmentsOf(creator ?? '', room), [
      {
        roleId: await roleOf(room),
        roleName: unitAdmin,
        unitId: room,
        principalId: creator,
        propagate: true,
      },
    ])
  })

  test('may be filtered by name and come in pages (row Z4)', async (t) => {
    const { call, owner: token } = await startRoles(t)
    const list = `/v1/roles?unitId=${hotel.organization}`
    const named = await call('GET', `${list}&roleName=${unitAdmin}`, { token })
    assert.equal(named.body.results.length, 1)
    const unknown = await call('GET', `${list}&roleName=A4R.HomeAdmin`, { token })
    assert.deepEqual(unknown.body.results, [])
    const names: unknown[] = []
    let next = ''
    for (let pages = 0; pages < 3; pages += 1) {
      const { body } = await call('GET', `${list}&maxResults=1${next}`, { token })
      names.push(...(body.results as unknown as { roleName: string }[]).map(({ roleName }) => roleName))
      next = `&nextToken=${body.paginationContext.nextToken}`
    }
    assert.deepEqual(names, [orgAdmin, unitAdmin, 'viewer'])
    assert.equal(next, '&nextToken=null')
  })

  test('are each got by ID (row Z4)', async (t) => {
    const { call, owner: token, roleOf } = await startRoles(t)
    for (const [unitId, roleName] of [
      [hotel.organization, orgAdmin],
      [hotel.room, unitAdmin],
      [hotel.room, 'viewer'],
    ] as const) {
      const roleId = await roleOf(unitId, roleName)
      const { status, text } = await call('GET', `/v1/roles/${roleId}`, { token })
      assert.deepEqual([status, JSON.parse(text)], [200, { roleId, roleName, unitId }])
    }
  })
})

describe('A role that is assigned', () => {
  test('is answered 201 with the assignment, and listed with the role and with its principal (row Z5)', async (t) => {
    const { roleOf, assign, holders, assignmentsOf, clock } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const expiresAt = new Date(clock.now() + 3_600_000).toISOString()
    const wanted = { principalId: person.manager, propagate: true, expiresAt }
    const { status, text } = await assign(roleId, wanted)
    const assignment = { roleId, roleName: unitAdmin, unitId: hotel.floor, ...wanted }
    assert.deepEqual([status, JSON.parse(text)], [201, assignment])
    assert.ok((await holders(roleId)).includes(person.manager))
    assert.deepEqual(await assignmentsOf(person.manager, hotel.floor), [assignment])
    // The list is of the unit alone.
    assert.deepEqual(await assignmentsOf(person.manager, hotel.room), [])
  })

  test('covers its unit alone unless it propagates (row Z5)', async (t) => {
    const { roleOf, assign, assignmentsOf } = await startRoles(t)
    assert.equal((await assign(await roleOf(hotel.floor), { principalId: person.manager })).status, 201)
    assert.equal((await assignmentsOf(person.manager, hotel.floor))[0]?.propagate, false)
  })

  test('may be that of a principal that nobody knows (row Z6)', async (t) => {
    const { roleOf, assign, holders } = await startRoles(t)
    const roleId = await roleOf(hotel.hillside)
    const elsewhere = account('MINTED-ELSEWHERE')
    assert.equal((await assign(roleId, { principalId: elsewhere, propagate: true })).status, 201)
    assert.ok((await holders(roleId)).includes(elsewhere))
  })

  test('is assigned once: 400, also with another reach, until it is revoked or over (row Z7)', async (t) => {
    const { roleOf, assign, revoke, clock } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const principalId = person.manager
    const expiresAt = new Date(clock.now() + 60_000).toISOString()
    assert.equal((await assign(roleId, { principalId, expiresAt })).status, 201)
    for (const again of [
      { principalId, expiresAt },
      { principalId, propagate: true },
    ]) {
      const { status, body } = await assign(roleId, again)
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
      assert.match(body.message, /has the role already/)
    }
    clock.moveBy(60_000)
    assert.equal((await assign(roleId, { principalId })).status, 201)
    assert.equal((await revoke(roleId, principalId)).status, 204)
    assert.equal((await assign(roleId, { principalId, propagate: true })).status, 201)
  })

  test('at once from many sides is assigned once (row Z7)', async (t) => {
    const { roleOf, assign } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => assign(roleId, { principalId: person.manager })),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(400)])
  })

  test('is logged with who gave what to whom, and so is its end (row Z11)', async (t) => {
    const { roleOf, assign, revoke, call } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const assigned = await assign(roleId, { principalId: person.manager, propagate: true })
    const revoked = await revoke(roleId, person.manager)
    for (const [operation, { headers }, propagate] of [
      ['assign_role', assigned, true],
      ['revoke_role', revoked, false],
    ] as const) {
      const requestId = headers.get('x-amzn-requestid')
      const { text } = await call('GET', `/_skillkeeper/operations?requestId=${requestId}`, {
        token: operatorToken,
      })
      const [{ id, at, ...entry }] = JSON.parse(text).items
      assert.deepEqual(entry, {
        requestId,
        actor: person.owner,
        actorName: 'Olga Owner',
        operation,
        outcome: 'done',
        organizationId: hotel.organization,
        unitId: hotel.floor,
        detail: { roleName: unitAdmin, principalId: person.manager, propagate },
      })
    }
  })
})

describe('A role that is revoked', () => {
  test('is answered 204 without a body, and counts no more (row Z9)', async (t) => {
    const { roleOf, assign, revoke, holders, tokenOf, enables } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const token = await tokenOf(person.manager)
    await assign(roleId, { principalId: person.manager, propagate: true })
    assert.equal(await enables(hotel.room, token), 201)
    const { status, text } = await revoke(roleId, person.manager)
    assert.deepEqual([status, text], [204, ''])
    assert.equal(await enables(hotel.room, token), 403)
    assert.ok(!(await holders(roleId)).includes(person.manager))
  })

  test('that is not there is 404, also the second time (row Z9)', async (t) => {
    const { roleOf, assign, revoke } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    assert.equal((await revoke(roleId, person.manager)).status, 404)
    await assign(roleId, { principalId: person.manager })
    assert.equal((await revoke(roleId, person.manager)).status, 204)
    const { status, body } = await revoke(roleId, person.manager)
    assert.deepEqual([status, body.type], [404, 'NOT_FOUND'])
  })

  test('after its end is not there any more, on the unit and below, alone and in a batch (row Z9)', async (t) => {
    const { roleOf, assign, revoke, batch, call, clock } = await startRoles(t)
    const floor = await roleOf(hotel.floor)
    const principalId = person.manager
    for (const [unitId, propagate] of [
      [hotel.floor, 'false'],
      [hotel.floor, 'true'],
      [hotel.room, 'true'],
    ] as const) {
      const give = async () => {
        const expiresAt = new Date(clock.now() + 1000).toISOString()
        assert.equal((await assign(await roleOf(unitId), { principalId, expiresAt })).status, 201)
      }
      await give()
      clock.moveBy(999)
      assert.equal((await revoke(floor, principalId, { propagate })).status, 204)
      await give()
      clock.moveBy(1000)
      assert.equal((await revoke(floor, principalId, { propagate })).status, 404)
      await give()
      clock.moveBy(1000)
      const items = [{ itemId: 1, principalId, propagate: propagate === 'true' }]
      const { status, headers } = await batch('batchRevoke', floor, items)
      assert.equal(status, 202)
      const path = `/_skillkeeper/operations?requestId=${headers.get('x-amzn-requestid')}`
      const { text } = await call('GET', path, { token: operatorToken })
      assert.deepEqual(JSON.parse(text).items, [])
    }
  })

  test('stays on the units below unless propagate says otherwise (row Z9)', async (t) => {
    const { roleOf, assign, revoke, create, tokenOf, enables } = await startRoles(t)
    const roleId = await roleOf(hotel.floor)
    const token = await tokenOf(person.manager)
    await assign(roleId, { principalId: person.manager, propagate: true })
    const { body: built } = await create('Suite', hotel.floor, token)
    assert.equal((await revoke(roleId, person.manager, { propagate: 'false' })).status, 204)
    assert.equal(await enables(hotel.room, token), 403)
    assert.equal(await enables(built.id, token), 201)
    assert.equal((await revoke(roleId, person.manager, { propagate: 'true' })).status, 204)
    assert.equal(await enables(built.id, token), 403)
  })

  test('ends with propagate also on what its holder has built, whatever its name (row Z9)', async (t) => {
    const { roleOf, assign, revoke, batch, create, tokenOf, enables, reads } = await startRoles(t)
    const principalId = person.manager
    const token = await tokenOf(principalId)
    await assign(await roleOf(hotel.otherRoom, 'viewer'), { principalId })
    for (const [unitId, name] of [
      [hotel.organization, orgAdmin],
      [hotel.organization, unitAdmin],
      [hotel.floor, unitAdmin],
    ] as const) {
      const roleId = await roleOf(unitId, name)
      for (const end of [
        () => revoke(roleId, principalId, { propagate: 'true' }),
        () => batch('batchRevoke', roleId, [{ itemId: 1, principalId, propagate: true }]),
      ]) {
        assert.equal((await assign(roleId, { principalId, propagate: true })).status, 201)
        const { body: built } = await create('Built', unitId, token)
        assert.equal(await enables(built.id, token), 201)
        const { status } = await end()
        assert.ok(status === 204 || status === 202, `${status}`)
        assert.equal(await enables(built.id, token), 403, `${name} of ${unitId}`)
        // Another role stays.
        assert.equal(await reads(hotel.otherRoom, token), 200)
      }
    }
  })

  test('is never the last A4H.OrgAdmin, and one that ends by itself replaces none that stays (row Z12)', async (t) => {
    const { roleOf, assign, revoke, holders, tokenOf, clock } = await startRoles(t)
    const roleId = await roleOf(hotel.organization, orgAdmin)
    const refused = await revoke(roleId, person.owner)
    assert.deepEqual([refused.status, refused.body.type], [400, 'INVALID_PARAM'])
    const expiresAt = new Date(clock.now() + 60_000).toISOString()
    await assign(roleId, { principalId: person.guest, propagate: true, expiresAt })
    assert.equal((await revoke(roleId, person.owner)).status, 400)
    await assign(roleId, { principalId: person.manager, propagate: true })
    assert.equal((await revoke(roleId, person.owner)).status, 204)
    assert.deepEqual(await holders(roleId, await tokenOf(person.manager)), [person.guest, person.manager])
  })
})

describe('The last A4H.OrgAdmin', () => {
  test('is replaced by one who stays as long and covers as much, and by no other (row Z12)', async (t) => {
    const whole = { propagate: true }
    const alone = { propagate: false }
    const cases: readonly [given: object, other: object, expected: number][] = [
      [whole, alone, 400],
      [whole, whole, 204],
      [alone, alone, 204],
      [alone, whole, 204],
      [{ ...alone, isShort: true }, alone, 204],
      [{ ...whole, isShort: true }, alone, 400],
      [{ ...whole, isShort: true }, { ...whole, isShort: true }, 204],
      [alone, { ...whole, isShort: true }, 400],
    ]
    const [owner, ...others] = rolesCatalog.people
    const roles = [{ unitId: hotel.organization, role: unitAdmin }]
    const catalog = { ...rolesCatalog, people: [{ ...owner, roles }, ...others] }
    for (const [given, other, expected] of cases) {
      const { roleOf, assign, revoke, batch, holders, clock } = await startRoles(t, { catalog })
      const roleId = await roleOf(hotel.organization, orgAdmin)
      const expiresAt = new Date(clock.now() + 60_000).toISOString()
      const bodyOf = ({ isShort = false, ...reach }) => ({ ...reach, ...(isShort && { expiresAt }) })
      await assign(roleId, { principalId: person.manager, ...bodyOf(given) })
      await assign(roleId, { principalId: person.guest, ...bodyOf(other) })
      const both = [person.manager, person.guest].map((principalId, itemId) => ({ itemId, principalId }))
      const label = JSON.stringify([given, other])
      assert.equal((await batch('batchRevoke', roleId, both)).status, 400, label)
      assert.equal((await revoke(roleId, person.manager)).status, expected, label)
      const left = expected === 204 ? [person.guest] : [person.guest, person.manager]
      assert.deepEqual(await holders(roleId), left, label)
    }
  })
})

describe('A batch of roles', () => {
  const three = [
    { itemId: 0, principalId: account('ONE'), propagate: false },
    { itemId: 1, principalId: account('TWO'), propagate: true },
    { itemId: 2, principalId: account('THREE') },
  ]

  test('is answered 202 without a body, and assigned whole or revoked whole (row Z10)', async (t) => {
    const { roleOf, batch, holders } = await startRoles(t)
    const roleId = await roleOf(hotel.hillside)
    const before = await holders(roleId)
    for (const [kind, expected] of [
      ['batchAssign', three.map(({ principalId }) => principalId)],
      ['batchRevoke', []],
      // Again: what is as asked needs no change.
      ['batchRevoke', []],
    ] as const) {
      const { status, text } = await batch(kind, roleId, three)
      assert.deepEqual([status, text], [202, ''])
      assert.deepEqual((await holders(roleId)).sort(), [...before, ...expected].sort())
    }
  })

  test('with a bad item changes nothing, and each bad item is listed (row Z10)', async (t) => {
    const { roleOf, batch, assign, holders, clock } = await startRoles(t)
    const roleId = await roleOf(hotel.hillside)
    await assign(roleId, { principalId: account('HOLDER') })
    const before = await holders(roleId)
    const past = new Date(clock.now()).toISOString()
    const items = [
      ...three,
      { itemId: 3, principalId: account('HOLDER') },
      { itemId: 4, principalId: account('ONE') },
      { itemId: 5, principalId: 'nobody' },
      { itemId: 6, principalId: account('LATE'), expiresAt: past },
      { itemId: 6, principalId: account('FOUR') },
    ]
    const { status, text } = await batch('batchAssign', roleId, items)
    assert.equal(status, 400)
    const { errors } = JSON.parse(text)
    assert.deepEqual(
      errors.map((error: { itemId: number; errorCode: string }) => [error.itemId, error.errorCode]),
      [3, 4, 5, 6, 6].map((itemId) => [itemId, 'INVALID_PARAM']),
    )
    assert.deepEqual(await holders(roleId), before)
  })

  test('takes 1 to 50 items (row Z10)', async (t) => {
    const { roleOf, batch, holders } = await startRoles(t)
    const roleId = await roleOf(hotel.hillside)
    const items = (count: number) =>
      Array.from({ length: count }, (_, itemId) => ({ itemId, principalId: account(`P${itemId}`) }))
    for (const kind of ['batchAssign', 'batchRevoke'] as const)
      for (const count of [0, 51]) {
        const { status, body } = await batch(kind, roleId, items(count))
        assert.equal(status, 400)
        assert.match(body.errors[0]?.errorDescription ?? '', /can have 1 to 50/)
      }
    assert.equal((await batch('batchAssign', roleId, items(50))).status, 202)
    assert.equal((await holders(roleId)).filter((id) => /\.P\d+$/.test(id)).length, 50)
    assert.equal((await batch('batchRevoke', roleId, items(50))).status, 202)
  })

  test('that takes the last A4H.OrgAdmin is 400, and nobody loses the role (row Z12)', async (t) => {
    const { roleOf, batch, assign, holders } = await startRoles(t)
    const roleId = await roleOf(hotel.organization, orgAdmin)
    await assign(roleId, { principalId: person.manager, propagate: true })
    const both = [person.owner, person.manager].map((principalId, itemId) => ({ itemId, principalId }))
    assert.equal((await batch('batchRevoke', roleId, both)).status, 400)
    assert.deepEqual(await holders(roleId), [person.manager, person.owner])
    assert.equal((await batch('batchRevoke', roleId, both.slice(0, 1))).status, 202)
  })

  test('has an entry of the operations log for each principal that it changes (row Z11)', async (t) => {
    const { roleOf, batch, call } = await startRoles(t)
    const roleId = await roleOf(hotel.hillside)
    await batch('batchAssign', roleId, three.slice(0, 2))
    const { headers } = await batch('batchRevoke', roleId, three)
    const path = `/_skillkeeper/operations?order=oldest&requestId=${headers.get('x-amzn-requestid')}`
    const { text } = await call('GET', path, { token: operatorToken })
    assert.deepEqual(
      JSON.parse(text).items.map((entry: { operation: string; itemId: number }) => [
        entry.operation,
        entry.itemId,
      ]),
      [
        ['batch_revoke_role', 0],
        ['batch_revoke_role', 1],
      ],
    )
  })
})

describe('A list of assignments', () => {
  test('comes in pages of 1 to 10, by principal ID, whatever comes and goes (row Z4)', async (t) => {
    const { roleOf, batch, revoke, call, owner: token } = await startRoles(t)
    const roleId = await roleOf(hotel.hillside, 'viewer')
    const ids = Array.from({ length: 25 }, (_, index) => account(`P${index + 10}`))
    await batch(
      'batchAssign',
      roleId,
      ids.map((principalId, itemId) => ({ itemId, principalId })),
    )
    const page = async (query: string) => {
      const { status, body } = await call('GET', `/v1/roles/${roleId}/assignments?${query}`, { token })
      assert.equal(status, 200)
      const results = body.results as unknown as { principalId: string }[]
      return { ids: results.map(({ principalId }) => principalId), next: body.paginationContext.nextToken }
    }
    const first = await page('')
    assert.deepEqual(first.ids, ids.slice(0, 10))
    await revoke(roleId, ids[9] ?? '')
    await revoke(roleId, ids[10] ?? '')
    const second = await page(`nextToken=${first.next}`)
    assert.deepEqual(second.ids, ids.slice(11, 21))
    assert.match(second.next, /^[A-Za-z0-9._-]+$/)
    const last = await page(`nextToken=${second.next}&maxResults=4`)
    assert.deepEqual([last.ids, last.next], [ids.slice(21), null])
    for (const query of ['maxResults=0', 'maxResults=11', 'nextToken=forged']) {
      const path = `/v1/roles/${roleId}/assignments?${query}`
      assert.equal((await call('GET', path, { token })).status, 400)
    }
  })

  test('of a principal needs a unit, but for the caller’s own roles (row Z4)', async (t) => {
    const { call, tokenOf, roleOf, assign } = await startRoles(t)
    const token = await tokenOf(person.manager)
    for (const unitId of [hotel.hillside, hotel.floor, hotel.room])
      await assign(await roleOf(unitId, 'viewer'), { principalId: person.manager })
    const own = `/v1/roles/assignments?principalId=${person.manager}&maxResults=2`
    const first = await call('GET', own, { token })
    const second = await call('GET', `${own}&nextToken=${first.body.paginationContext.nextToken}`, { token })
    const units = [first, second].flatMap(({ body }) =>
      (body.results as unknown as { unitId: string }[]).map(({ unitId }) => unitId),
    )
    assert.deepEqual(units, [hotel.hillside, hotel.floor, hotel.room])
    assert.equal(second.body.paginationContext.nextToken, null)
    const others = await call('GET', `/v1/roles/assignments?principalId=${person.owner}`, { token })
    assert.deepEqual([others.status, others.body.type], [400, 'INVALID_PARAM'])
  })

  test('leaves out what is over (row Z8)', async (t) => {
    const { roleOf, assign, holders, assignmentsOf, clock } = await startRoles(t)
    const roleId = await roleOf(hotel.hillside, 'viewer')
    const expiresAt = new Date(clock.now() + 60_000).toISOString()
    await assign(roleId, { principalId: person.guest, expiresAt })
    clock.moveBy(59_999)
    assert.deepEqual(await holders(roleId), [person.guest])
    clock.moveBy(1)
    assert.deepEqual(await holders(roleId), [])
    assert.deepEqual(await assignmentsOf(person.guest, hotel.hillside), [])
  })
})
