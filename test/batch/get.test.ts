import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital, hospitalCatalog, skill, unit } from '../support/catalogs.ts'
import { type Hospital, recordOf, startHospital } from '../support/enablements.ts'
import type { Answer } from '../support/service.ts'

const { room, otherRoom, ward, foreignRoom, unknownUnit, nurseCall, menu, roomLights } = hospital
const path = '/v1/skills/enablements/batchGet'

describe('Get for many units', () => {
  test('answers 200 with the records of each item, in the order of the items (row T4)', async (t) => {
    const { getBatch, enable, settled } = await start(t)
    await enable(nurseCall, room)
    await enable(menu, room, { stage: 'development' })
    await settled()
    await enable(menu, ward)
    const { status, body } = await getBatch([item(ward, 7), item(otherRoom, 8), item(room, -9)])
    assert.equal(status, 200)
    assert.deepEqual(body, {
      paginationContext: {},
      results: [
        { itemId: 7, unitId: ward, enablements: [recordOf(menu, ward, 'ENABLING')] },
        {
          itemId: -9,
          unitId: room,
          enablements: [recordOf(menu, room, 'ENABLED', 'development'), recordOf(nurseCall, room, 'ENABLED')],
        },
      ],
    })
  })

  test('leaves out units where nothing is enabled (row T4)', async (t) => {
    const { getBatch, enable, disable } = await start(t)
    assert.deepEqual((await getBatch([item(room)])).body, { paginationContext: {}, results: [] })
    await enable(menu, room)
    assert.equal(resultsOf(await getBatch([item(room)])).length, 1)
    await disable(menu, room)
    assert.deepEqual(resultsOf(await getBatch([item(room)])), [])
  })

  test('answers each of two items with the same unit (row T4)', async (t) => {
    const { getBatch, enable } = await start(t)
    await enable(menu, room)
    const results = resultsOf(await getBatch([item(room, 0), item(ward, 1), item(room, 2)]))
    const enablements = [recordOf(menu, room, 'ENABLING')]
    assert.deepEqual(results, [
      { itemId: 0, unitId: room, enablements },
      { itemId: 2, unitId: room, enablements },
    ])
  })

  test('takes 1 to 1,000 items, each with an ID of its own (row T4)', async (t) => {
    const { getBatch, enable } = await start(t)
    await enable(menu, otherRoom)
    const items = Array.from({ length: 1000 }, (_, itemId) => item(itemId === 998 ? otherRoom : room, itemId))
    assert.deepEqual(
      resultsOf(await getBatch(items)).map(({ itemId }) => itemId),
      [998],
    )
    for (const bad of [[], [...items, item(room, 1000)]]) {
      const { status, body } = await getBatch(bad)
      assert.equal(status, 400)
      assert.match(body.errors[0]?.errorDescription ?? '', /items, but a request can have 1 to 1000/)
    }
  })

  test('refuses all when an item is bad, and lists every bad one (row T4)', async (t) => {
    const { getBatch, enable } = await start(t)
    await enable(menu, room)
    const bad = [
      { itemId: '1', unitId: room },
      item('room', 2),
      item(unknownUnit, 3),
      item(foreignRoom, 4),
      item(room, 0),
    ]
    const refused = await getBatch([item(room), ...bad])
    assert.equal(refused.status, 400)
    const errors = refused.body.errors as unknown as { itemId: unknown; status: number }[]
    assert.deepEqual(
      errors.map(({ itemId, status }) => [itemId, status]),
      [
        ['1', 400],
        [2, 400],
        [3, 400],
        [4, 403],
        [0, 400],
      ],
    )
    assert.equal((await getBatch([item(room), item(foreignRoom, 4)])).status, 403)
  })

  test('refuses a body of another form, and names what is wrong', async (t) => {
    const { call, adminToken: token } = await start(t)
    const items = [item(room)]
    const bodies: [body: unknown, error: RegExp][] = [
      [undefined, /^items is missing/],
      [items, /^items is missing/],
      [{ items, paginationContext: 7 }, /^paginationContext is missing or invalid/],
      [{ items, paginationContext: { maxResults: 0 } }, /^paginationContext.maxResults .* from 1 to 10/],
      [{ items, paginationContext: { maxResults: 11 } }, /^paginationContext.maxResults/],
      [{ items, paginationContext: { maxResults: '5' } }, /^paginationContext.maxResults/],
      [{ items, paginationContext: { nextToken: 'nonsense' } }, /^nextToken is invalid/],
      [{ items, paginationContext: { nextToken: 7 } }, /^paginationContext.nextToken/],
      [{ items, expand: 'nameFreeInvocation' }, /^expand is missing or invalid/],
      [{ items, expand: ['everything'] }, /^expand\[0\] .* nameFreeInvocation/],
    ]
    for (const [body, error] of bodies) {
      const { status, body: answer } = await call('POST', path, { token, body })
      assert.deepEqual([status, answer.errors.length], [400, 1], JSON.stringify(body))
      assert.match(answer.errors[0]?.errorDescription ?? '', error)
    }
  })

  test('is a path of its own, and never a skill of that name', async (t) => {
    const { call, adminToken: token } = await start(t)
    assert.equal((await call('GET', `${path}?unitId=${room}`, { token })).status, 405)
    assert.equal((await call('POST', `${path}/`, { token, body: { items: [item(room)] } })).status, 200)
  })
})

describe('A page of get for many units', () => {
  const rooms = Array.from({ length: 130 }, (_, index) => unit(`P-${index}`))
  const items = rooms.map((unitId, itemId) => item(unitId, itemId))

  test('counts units with records, ten unless fewer are asked for (row T4)', async (t) => {
    const { pages, enableMany } = await startLarge(t)
    const enabled = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 31, 90, 119, 120, 121, 122, 123, 124, 129]
    await enableMany(menu, enabled)
    await enableMany(nurseCall, [3, 129])
    for (const maxResults of [undefined, 10, 7, 3, 1]) {
      const size = maxResults ?? 10
      const found = await pages(items, maxResults === undefined ? {} : { maxResults })
      assert.equal(found.length, Math.ceil(enabled.length / size))
      assert.ok(found.slice(0, -1).every((results) => results.length === size))
      assert.deepEqual(
        found.flat().map(({ itemId, enablements }) => [itemId, enablements.length]),
        enabled.map((index) => [index, index === 3 || index === 129 ? 2 : 1]),
      )
    }
  })

  test('has no nextToken when it is the last, also when it is full', async (t) => {
    const { pages, enableMany } = await startLarge(t)
    await enableMany(
      menu,
      Array.from({ length: 20 }, (_, index) => index * 6),
    )
    assert.deepEqual(
      (await pages(items)).map((results) => results.length),
      [10, 10],
    )
  })

  test('goes on at the same place while records come and go', async (t) => {
    const { getBatch, enableMany, disable, tokenOf } = await startLarge(t)
    await enableMany(menu, [1, 3, 5, 7])
    const first = await getBatch(items, { paginationContext: { maxResults: 2 } })
    await enableMany(menu, [2, 6])
    await disable(menu, rooms[3] ?? '')
    const nextToken = tokenOf(first)
    const second = await getBatch(items, { paginationContext: { nextToken } })
    assert.deepEqual(
      resultsOf(second).map(({ itemId }) => itemId),
      [5, 6, 7],
    )
  })

  test('has at most 100 records of a unit, which goes on in the next page (row T4)', async (t) => {
    const skills = Array.from({ length: 230 }, (_, index) => skill(`s-${String(index).padStart(3, '0')}`))
    const { pages, enable } = await startLarge(t, skills)
    await enable(menu, rooms[1] ?? '')
    for (const skillId of skills) await enable(skillId, rooms[2] ?? '')
    await enable(menu, rooms[3] ?? '')
    const found = await pages([1, 2, 3].map((index) => item(rooms[index] ?? '', index)))
    assert.deepEqual(
      found.map((page) => page.map(({ itemId, enablements }) => `${itemId}: ${enablements.length}`)),
      [['1: 1', '2: 100'], ['2: 100'], ['2: 30', '3: 1']],
    )
    const ids = found.flat().flatMap(({ enablements }) => enablements.map(({ skill: { id } }) => id))
    assert.deepEqual(ids.slice(1, -1), skills)
  })
})

describe('A page token of get for many units', () => {
  test('is bound to the units of its request, and signed (row T4)', async (t) => {
    const { getBatch, tokenOf, enable, adminToken, call } = await start(t)
    for (const unitId of [room, otherRoom, ward]) await enable(menu, unitId)
    const items = [item(room), item(otherRoom, 1), item(ward, 2)]
    const one = { maxResults: 1 }
    const nextToken = tokenOf(await getBatch(items, { paginationContext: one }))
    assert.match(nextToken, /^[A-Za-z0-9._~-]+$/)
    const goOn = (with_: object[], token = nextToken) =>
      getBatch(with_, { paginationContext: { ...one, nextToken: token } })
    assert.equal(resultsOf(await goOn(items))[0]?.itemId, 1)
    const others = [items.slice(0, 2), items.toReversed(), [...items, item(room, 3)]]
    for (const other of others) assert.equal((await goOn(other)).status, 400)
    for (const at of [0, Math.floor(nextToken.length / 2), nextToken.length - 1]) {
      const changed = nextToken.slice(0, at) + (nextToken[at] === 'A' ? 'B' : 'A') + nextToken.slice(at + 1)
      assert.equal((await goOn(items, changed)).status, 400)
    }
    const query = new URLSearchParams({ unitId: room, nextToken })
    const list = await call('GET', `/v1/skills/enablements?${query}`, { token: adminToken })
    assert.equal(list.status, 400)
  })

  test('is of no use to a client without a role on the units, nor after 24 hours (row T4)', async (t) => {
    const service = await start(t)
    const { getBatch, tokenOf, enable, clock } = service
    for (const unitId of [room, otherRoom]) await enable(menu, unitId)
    const items = [item(room), item(otherRoom, 1)]
    const nextToken = tokenOf(await getBatch(items, { paginationContext: { maxResults: 1 } }))
    const stranger = await service.token(hospital.stranger)
    const goOn = (token: string) => getBatch(items, { paginationContext: { nextToken } }, token)
    assert.equal((await goOn(stranger)).status, 403)
    clock.moveBy(24 * 3_600_000 - 1)
    assert.equal((await goOn(await service.token(hospital.admin))).status, 200)
    clock.moveBy(1)
    const expired = await goOn(await service.token(hospital.admin))
    assert.equal(expired.status, 400)
    assert.match(expired.body.errors[0]?.errorDescription ?? '', /expired/)
  })

  test('A page token is good for another page size and other item IDs', async (t) => {
    const { getBatch, tokenOf, enable } = await start(t)
    for (const unitId of [room, otherRoom, ward])
      for (const id of [menu, roomLights]) await enable(id, unitId)
    const units = [room, otherRoom, ward]
    const request = (first: number) => units.map((unitId, index) => item(unitId, first + index))
    const first = await getBatch(request(0), { paginationContext: { maxResults: 1 } })
    const second = await getBatch(request(5), {
      paginationContext: { maxResults: 2, nextToken: tokenOf(first) },
    })
    assert.deepEqual(
      resultsOf(second).map(({ itemId }) => itemId),
      [6, 7],
    )
  })
})

function item(unitId: string, itemId = 0) {
  return { itemId, unitId }
}

interface Result {
  readonly itemId: number
  readonly unitId: string
  readonly enablements: readonly { readonly skill: { readonly id: string } }[]
}

function resultsOf({ status, body, text }: Answer): readonly Result[] {
  assert.equal(status, 200, text)
  return (body as unknown as { results: Result[] }).results
}

interface BatchHospital extends Hospital {
  getBatch(items: readonly object[], more?: object, token?: string): Promise<Answer>
  /** The results of each page, from the first to the last. */
  pages(items: readonly object[], paginationContext?: object): Promise<readonly (readonly Result[])[]>
  /** Of an answer that is not the last page. */
  tokenOf(answer: Answer): string
}

async function start(
  t: TestContext,
  options: Parameters<typeof startHospital>[1] = {},
): Promise<BatchHospital> {
  const service = await startHospital(t, options)
  const getBatch: BatchHospital['getBatch'] = (items, more = {}, token = service.adminToken) =>
    service.call('POST', path, { token, body: { items, ...more } })
  return {
    ...service,
    getBatch,
    tokenOf: ({ body }) => {
      assert.ok(body.paginationContext.nextToken)
      return body.paginationContext.nextToken
    },
    async pages(items, paginationContext = {}) {
      const found: (readonly Result[])[] = []
      let page = await getBatch(items, { paginationContext })
      for (let pages = 0; pages < 200; pages += 1) {
        found.push(resultsOf(page))
        const { nextToken } = page.body.paginationContext
        if (nextToken === undefined) return found
        page = await getBatch(items, { paginationContext: { ...paginationContext, nextToken } })
      }
      return assert.fail('The pages do not end.')
    },
  }
}

/** With 130 rooms more. */
async function startLarge(t: TestContext, skills: readonly string[] = []) {
  const [organization, ...others] = hospitalCatalog.organizations
  const rooms = Array.from({ length: 130 }, (_, index) => unit(`P-${index}`))
  const service = await start(t, {
    catalog: {
      organizations: [{ ...organization, units: rooms.map((id) => ({ id, name: id })) }, ...others],
      skills: [...hospitalCatalog.skills, ...skills.map((id) => ({ id, name: id, stages: ['live'] }))],
      clients: [hospitalCatalog.clients[0]],
    },
  })
  async function enableMany(skillId: string, indexes: readonly number[]): Promise<void> {
    const items = indexes.map((index) => ({ itemId: index, unitId: rooms[index], stage: 'live' }))
    const { status } = await service.call('POST', `/v1/skills/${skillId}/enablements/batch`, {
      token: service.adminToken,
      body: { items },
    })
    assert.equal(status, 202)
  }
  return { ...service, enableMany }
}
