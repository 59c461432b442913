import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { everywhere, everywhereCatalog, hospital, skill } from '../support/catalogs.ts'
import { startHospital } from '../support/enablements.ts'
import { type Answer, startService } from '../support/service.ts'

const { room, otherRoom, ward, foreignRoom, unknownUnit, nurseCall, roomLights, pharmacy } = hospital
const stage = 'live'
const good = { itemId: 1, unitId: room, stage }

/** What a refused batch says of its items. */
interface ItemError {
  readonly itemId?: number | string
  readonly status: number
  readonly errorCode: string
  readonly errorDescription: string
}

describe('A batch is refused as a whole', () => {
  const none = { error: /^items is missing or invalid/ }
  const tooMany = (count: number) => ({
    error: new RegExp(`${count} items, but a request can have 1 to 100`),
  })
  const manyItems = (count: number) => Array.from({ length: count }, (_, itemId) => ({ ...good, itemId }))
  const bodies: [what: string, body: unknown, expected: { error: RegExp }][] = [
    ['no body', undefined, none],
    ['an empty body', '', none],
    ['no JSON', '{"items": [', { error: /line 1, column 12/ }],
    ['JSON with comments', '{"items": [] // none\n}', { error: /line 1, column 14/ }],
    ['null', 'null', none],
    ['a list', [good], none],
    ['a text', '"items"', none],
    ['no items', {}, none],
    ['items that are null', { items: null }, none],
    ['items that are an object', { items: { 0: good, length: 1 } }, none],
    ['items that are a text', { items: 'live' }, none],
    ['items in another spelling', { Items: [good] }, none],
    ['items that nobody gave', '{"__proto__": {"items": []}}', none],
    ['an empty list', { items: [] }, tooMany(0)],
    ['101 items', { items: manyItems(101) }, tooMany(101)],
    ['10,000 items', { items: manyItems(10_000) }, tooMany(10_000)],
  ]
  test('A batch is refused when its body is not a list of 1 to 100 items (row 34)', async (t) => {
    const { call, adminToken, list } = await startHospital(t)
    for (const [what, body, { error }] of bodies) {
      const refused = await call('POST', `/v1/skills/${nurseCall}/enablements/batch`, {
        token: adminToken,
        body,
      })
      const [first, ...more] = errorsOf(refused)
      assert.equal(refused.status, 400, what)
      assert.deepEqual([first?.status, first?.errorCode, more.length], [400, 'INVALID_PARAM', 0], what)
      assert.equal(first !== undefined && 'itemId' in first, false, what)
      assert.match(first?.errorDescription ?? '', error, what)
    }
    assert.deepEqual((await list(room)).body.items, [])
  })

  test('A batch is refused when it has more items than the setting says', async (t) => {
    const { call, adminToken } = await startHospital(t, { batchItemsMax: 2 })
    const send = (count: number) =>
      call('POST', `/v1/skills/${nurseCall}/enablements/batch`, {
        token: adminToken,
        body: { items: manyItems(count) },
      })
    assert.equal((await send(2)).status, 202)
    assert.equal((await send(3)).status, 400)
  })

  test('A batch is refused when the skill ID in its path is malformed', async (t) => {
    const { call, adminToken } = await startHospital(t)
    const body = { items: [good] }
    const refused = await call('POST', '/v1/skills/nonsense/enablements/batch', { token: adminToken, body })
    assert.equal(refused.status, 400)
    assert.match(errorsOf(refused)[0]?.errorDescription ?? '', /^skillId is missing or invalid/)
  })

  test('A batch is refused in the form of a batch when its token is missing, or its client has no role', async (t) => {
    const service = await startHospital(t)
    const path = `/v1/skills/${nurseCall}/enablements/batch`
    const withoutToken = await service.call('POST', path, { body: { items: [good] } })
    assert.deepEqual([withoutToken.status, errorsOf(withoutToken)[0]?.errorCode], [401, 'INVALID_LWA_TOKEN'])
    const token = await service.token(hospital.nobody)
    const withoutRole = await service.call('POST', path, { token, body: { items: [good] } })
    const expected = { status: 403, errorCode: 'FORBIDDEN' }
    assert.equal(withoutRole.status, 403)
    assert.deepEqual(pick(errorsOf(withoutRole)[0]), expected)
  })
})

describe('An item of a batch is refused', () => {
  const id = /itemId is missing or invalid/
  const unit = /^unitId is missing or invalid/
  const items: [item: unknown, echo: unknown, error: RegExp][] = [
    [null, undefined, /: The item is missing or invalid/],
    [7, undefined, /: The item is missing or invalid/],
    ['text', undefined, /: The item is missing or invalid/],
    [[good], undefined, /is missing or invalid/],
    [{}, undefined, id],
    [{ unitId: room, stage }, undefined, id],
    [{ ...good, itemId: null }, undefined, id],
    [{ ...good, itemId: true }, undefined, id],
    [{ ...good, itemId: {} }, undefined, id],
    [{ ...good, itemId: [7] }, undefined, id],
    [{ ...good, itemId: '7' }, '7', id],
    [{ ...good, itemId: '' }, '', id],
    [{ ...good, itemId: 'x'.repeat(101) }, undefined, id],
    [{ ...good, itemId: 1.5 }, 1.5, id],
    [{ ...good, itemId: 1e300 }, undefined, id],
    [{ ...good, itemId: 2 ** 53 }, undefined, id],
    [{ itemId: 7, stage }, 7, unit],
    [{ ...good, itemId: 8, unitId: 'room' }, 8, unit],
    [{ ...good, itemId: 9, unitId: null }, 9, unit],
    [{ itemId: -10, unitId: room }, -10, /^stage is missing or invalid/],
    [{ ...good, itemId: 11, stage: 'LIVE' }, 11, /^stage is missing or invalid/],
    [{ ...good, itemId: 12, partitionName: 'Room 101' }, 12, /partitionName/],
    [{ ...good, itemId: 13, partitionName: '' }, 13, /partitionName/],
    [{ ...good, itemId: 14, partitionName: ['Room101'] }, 14, /^partitionName is missing or invalid/],
    [{ ...good, itemId: 15, accountLinkRequest: {} }, 15, /^accountLinkRequest/],
    [{ ...good, itemId: 16, unitId: unknownUnit }, 16, /^unitId is invalid: the unit .* can't be found/],
    [{ ...good, itemId: Number.MAX_SAFE_INTEGER, stage: 'certification' }, Number.MAX_SAFE_INTEGER, /stage/],
  ]

  test('Every bad item is listed in order with 400 and its ID as received, whatever that is (row 32)', async (t) => {
    const { call, adminToken, list } = await startHospital(t)
    const body = { items: [good, ...items.map(([item]) => item), { ...good, itemId: 2, unitId: ward }] }
    const refused = await call('POST', `/v1/skills/${nurseCall}/enablements/batch`, {
      token: adminToken,
      body,
    })
    assert.equal(refused.status, 400)
    const errors = errorsOf(refused)
    assert.deepEqual(
      errors.map((error) => [error.itemId, error.status, error.errorCode]),
      items.map(([, echo]) => [echo, 400, 'INVALID_PARAM']),
    )
    for (const [index, [item, , error]] of items.entries()) {
      const { errorDescription = '', itemId } = errors[index] ?? {}
      assert.match(errorDescription, error, JSON.stringify(item))
      // Without its ID, the place tells which it is; the good one stands first.
      if (itemId === undefined) assert.ok(errorDescription.startsWith(`items[${index + 1}]: `))
    }
    for (const unitId of [room, ward]) assert.deepEqual((await list(unitId)).body.items, [])
  })

  test('An item is refused without its ID when no number can hold that', async (t) => {
    const { call, adminToken } = await startHospital(t)
    const body = `{"items":[{"itemId":1e999,"unitId":"${room}","stage":"live"}]}`
    const refused = await call('POST', `/v1/skills/${nurseCall}/enablements/batch`, {
      token: adminToken,
      body,
    })
    assert.deepEqual(errorsOf(refused).map(pick), [{ status: 400, errorCode: 'INVALID_PARAM' }])
  })

  test('Of two items with one ID only the second is refused (row 35)', async (t) => {
    const { call, adminToken } = await startHospital(t)
    const items = [0, 1, 0, 1, 2, 0].map((itemId) => ({ itemId, unitId: room, stage }))
    const body = { items }
    const refused = await call('POST', `/v1/skills/${nurseCall}/enablements/batch`, {
      token: adminToken,
      body,
    })
    assert.equal(refused.status, 400)
    const errors = errorsOf(refused)
    assert.deepEqual(
      errors.map(({ itemId }) => itemId),
      [0, 1, 0],
    )
    for (const { errorDescription } of errors) assert.match(errorDescription, /unique within the request/)
  })

  test('An item is 400 when its skill is unknown, not in that stage, or needs a code that it does not bring', async (t) => {
    const { call, adminToken } = await startHospital(t)
    const refusals = [
      [hospital.unknownSkill, 'live', /can't be found/],
      [roomLights, 'development', /stage|can't be found/],
      [pharmacy, 'live', /^accountLinkRequest is missing/],
    ] as const
    for (const [skillId, stage, error] of refusals) {
      const body = { items: [{ ...good, stage }] }
      const refused = await call('POST', `/v1/skills/${skillId}/enablements/batch`, {
        token: adminToken,
        body,
      })
      assert.equal(refused.status, 400)
      const [first] = errorsOf(refused)
      assert.deepEqual(pick(first), { itemId: 1, status: 400, errorCode: 'INVALID_PARAM' })
      assert.match(first?.errorDescription ?? '', error)
    }
  })

  test('An item is 403 for a unit without a role; the whole is 403 if all are, else 400 (row 33)', async (t) => {
    const { call, adminToken, list } = await startHospital(t)
    const send = (items: readonly object[]) =>
      call('POST', `/v1/skills/${nurseCall}/enablements/batch`, { token: adminToken, body: { items } })
    const forbidden = { itemId: 2, unitId: foreignRoom, stage }
    const bad = { itemId: 3, unitId: unknownUnit, stage }
    const onlyForbidden = await send([good, forbidden])
    assert.equal(onlyForbidden.status, 403)
    assert.deepEqual(errorsOf(onlyForbidden).map(pick), [{ itemId: 2, status: 403, errorCode: 'FORBIDDEN' }])
    const mixed = await send([forbidden, good, bad])
    assert.equal(mixed.status, 400)
    assert.deepEqual(errorsOf(mixed).map(pick), [
      { itemId: 2, status: 403, errorCode: 'FORBIDDEN' },
      { itemId: 3, status: 400, errorCode: 'INVALID_PARAM' },
    ])
    assert.deepEqual((await list(room)).body.items, [])
  })

  test('An item is 403 where the page does not offer the operation', async (t) => {
    const service = await startService(t, { catalog: everywhereCatalog })
    const token = await service.token(everywhere.admin)
    const units = [
      everywhere.organizationIn('hospitality', 'UK'),
      everywhere.organizationIn('hospitality', 'US'),
    ]
    const items = units.map((unitId, itemId) => ({ itemId, unitId, stage }))
    const refused = await service.call('POST', `/v1/skills/${everywhere.skill}/enablements/batch`, {
      token,
      body: { items },
    })
    assert.equal(refused.status, 403)
    const [first, ...more] = errorsOf(refused)
    assert.deepEqual([first?.itemId, more], [0, []])
    assert.match(first?.errorDescription ?? '', /hospitality in the country UK/)
  })
})

describe('One bad item of a batch', () => {
  test('keeps all others from being stored, from the log, and from being changed (row 32)', async (t) => {
    const { call, adminToken, enable, get, settled } = await startHospital(t)
    await enable(nurseCall, room, { stage: 'development' })
    await settled()
    const before = (await get(nurseCall, room)).body
    const many = Array.from({ length: 99 }, (_, itemId) => ({
      itemId,
      unitId: [room, otherRoom, ward][itemId % 3],
      stage,
    }))
    const body = { items: [...many, { itemId: 99, unitId: unknownUnit, stage }] }
    const refused = await call('POST', `/v1/skills/${nurseCall}/enablements/batch`, {
      token: adminToken,
      body,
    })
    assert.deepEqual(errorsOf(refused).map(pick), [{ itemId: 99, status: 400, errorCode: 'INVALID_PARAM' }])
    await settled()
    assert.deepEqual((await get(nurseCall, room)).body, before)
    for (const unitId of [otherRoom, ward]) assert.equal((await get(nurseCall, unitId)).status, 404)
    assert.equal((await get(skill('menu'), room)).status, 404)
  })
})

function errorsOf({ body }: Answer): readonly ItemError[] {
  return body.errors as unknown as ItemError[]
}

function pick(error: ItemError | undefined) {
  const { errorDescription: _, ...rest } = error ?? { errorDescription: '' }
  return rest
}
