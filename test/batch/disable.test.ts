import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { type Hospital, startHospital } from '../support/enablements.ts'
import { type Answer, operatorToken } from '../support/service.ts'

const { room, otherRoom, ward, foreignRoom, unknownUnit, nurseCall, menu, pharmacy } = hospital

describe('A batch that disables', () => {
  test('is answered 202 without a body, and its units have the skill no more (row T3)', async (t) => {
    const { disableBatch, enable, get, list } = await start(t)
    for (const unitId of [room, otherRoom, ward]) await enable(nurseCall, unitId)
    await enable(menu, room)
    const accepted = await disableBatch(nurseCall, [item(room), { ...item(otherRoom, 1), stage: 'live' }])
    assert.deepEqual([accepted.status, accepted.text], [202, ''])
    for (const unitId of [room, otherRoom]) assert.equal((await get(nurseCall, unitId)).status, 404)
    assert.equal((await get(nurseCall, ward)).status, 200)
    assert.deepEqual(
      (await list(room)).body.items.map(({ skill }) => skill.id),
      [menu],
    )
  })

  test('finds as asked what is not enabled, or not in the stage of the item (row T3)', async (t) => {
    const { disableBatch, enable, get } = await start(t)
    await enable(nurseCall, room, { stage: 'development' })
    const items = [{ ...item(room), stage: 'live' }, item(otherRoom, 1)]
    assert.equal((await disableBatch(nurseCall, items)).status, 202)
    assert.equal((await get(nurseCall, room)).status, 200)
    const again = [{ ...item(room), stage: 'development' }, item(otherRoom, 1)]
    assert.equal((await disableBatch(nurseCall, again)).status, 202)
    assert.equal((await disableBatch(nurseCall, again)).status, 202)
    assert.equal((await get(nurseCall, room)).status, 404)
  })

  test('may name a unit twice, with or without a stage', async (t) => {
    const { disableBatch, enable, get } = await start(t)
    await enable(nurseCall, room)
    const items = [{ ...item(room, -5), stage: 'development' }, item(room, 0), item(room, 1)]
    assert.equal((await disableBatch(nurseCall, items)).status, 202)
    assert.equal((await get(nurseCall, room)).status, 404)
  })

  test('tells in the operations log of each item that changed something, under its request', async (t) => {
    const { disableBatch, enable, operations } = await start(t)
    await enable(nurseCall, room)
    const accepted = await disableBatch(nurseCall, [item(otherRoom, 3), item(room, 4)])
    assert.deepEqual(await operations(accepted), [['batch_disable', 'done', room, 4, hospital.admin]])
  })
})

describe('A batch that disables is refused', () => {
  test('A batch that disables is refused with every bad item in order, and nothing is disabled (row T3)', async (t) => {
    const { disableBatch, enable, get } = await start(t)
    await enable(nurseCall, room)
    const items: [item: unknown, echo: unknown, status: number, error: RegExp][] = [
      [null, undefined, 400, /^items\[1\]: The item is missing or invalid/],
      [{ unitId: room }, undefined, 400, /^items\[2\]: itemId is missing or invalid.* an integer/],
      [{ itemId: 'a', unitId: room }, 'a', 400, /^itemId is missing or invalid.* an integer/],
      [{ itemId: 2 }, 2, 400, /^unitId is missing or invalid/],
      [item('room', 3), 3, 400, /^unitId is missing or invalid/],
      [{ ...item(room, 4), stage: 'LIVE' }, 4, 400, /^stage is missing or invalid/],
      [item(unknownUnit, 5), 5, 400, /the unit .* can't be found/],
      [item(foreignRoom, 6), 6, 403, /right permission/],
      [{ ...item(room, 7), stage: 'certification' }, 7, 400, /doesn't exist in the stage certification/],
      [item(otherRoom, 0), 0, 400, /unique within the request/],
    ]
    const refused = await disableBatch(nurseCall, [item(room), ...items.map(([bad]) => bad)])
    assert.equal(refused.status, 400)
    assert.deepEqual(
      errorsOf(refused).map(({ itemId, status }) => [itemId, status]),
      items.map(([, echo, status]) => [echo, status]),
    )
    for (const [index, [, , , error]] of items.entries()) {
      assert.match(errorsOf(refused)[index]?.errorDescription ?? '', error)
    }
    assert.equal((await get(nurseCall, room)).status, 200)
  })

  test('A batch that disables is refused when its skill is unknown or its items are too many or none', async (t) => {
    const { call, disableBatch, adminToken: token } = await start(t, { batchItemsMax: 2 })
    const unknown = await disableBatch(hospital.unknownSkill, [item(room)])
    assert.deepEqual([unknown.status, errorsOf(unknown)[0]?.itemId], [400, 0])
    for (const items of [[], [item(room), item(room, 1), item(room, 2)]]) {
      const { status, body } = await disableBatch(nurseCall, items)
      assert.deepEqual([status, body.errors.length], [400, 1])
      assert.match(body.errors[0]?.errorDescription ?? '', /items, but a request can have 1 to 2/)
    }
    const path = `/v1/skills/${nurseCall}/enablements/batchDelete`
    assert.equal((await call('POST', path, { token })).status, 400)
    assert.equal((await call('POST', path, { token, body: '{"items":[],}' })).status, 400)
    assert.equal((await call('POST', '/v1/skills/x/enablements/batchDelete', { token })).status, 400)
  })

  test('A batch that disables is refused with 403 if none of its items is worse', async (t) => {
    const { disableBatch } = await start(t)
    assert.equal((await disableBatch(pharmacy, [item(room), item(foreignRoom, 1)])).status, 403)
  })
})

function item(unitId: string, itemId = 0) {
  return { itemId, unitId }
}

interface ItemError {
  readonly itemId?: number | string
  readonly status: number
  readonly errorDescription: string
}

function errorsOf({ body }: Answer): readonly ItemError[] {
  return body.errors as unknown as ItemError[]
}

interface Entry {
  readonly operation: string
  readonly outcome: string
  readonly actor: string
  readonly unitId: string
  readonly itemId: number
}

interface BatchHospital extends Hospital {
  disableBatch(skillId: string, items: readonly unknown[]): Promise<Answer>
  /** What the log tells of the request. */
  operations(answer: Answer): Promise<unknown[][]>
}

async function start(
  t: TestContext,
  options: Parameters<typeof startHospital>[1] = {},
): Promise<BatchHospital> {
  const service = await startHospital(t, options)
  return {
    ...service,
    disableBatch: (skillId, items) =>
      service.call('POST', `/v1/skills/${skillId}/enablements/batchDelete`, {
        token: service.adminToken,
        body: { items },
      }),
    async operations({ headers }) {
      const path = `/_skillkeeper/operations?requestId=${headers.get('x-amzn-requestid')}`
      const { body } = await service.call('GET', path, { token: operatorToken })
      const entries = body.items as unknown as Entry[]
      return entries.map((entry) => [entry.operation, entry.outcome, entry.unitId, entry.itemId, entry.actor])
    },
  }
}
