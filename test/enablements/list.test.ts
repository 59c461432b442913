import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital, hospitalCatalog, skill } from '../support/catalogs.ts'
import { type Hospital, recordOf, startHospital } from '../support/enablements.ts'
import type { Answer } from '../support/service.ts'

const { nurseCall, room, otherRoom, foreignRoom } = hospital
const manySkills = Array.from({ length: 25 }, (_, index) => skill(`many-${String(index).padStart(2, '0')}`))
const catalog = {
  ...hospitalCatalog,
  skills: [
    ...hospitalCatalog.skills,
    ...manySkills.map((id) => ({ id, name: id, stages: ['development', 'live'] })),
  ],
}
const idsOf = ({ body }: Answer) => body.items.map((item) => item.skill.id)

/** All pages from the first one on. */
async function readPages(service: Hospital, unitId: string, maxResults?: number): Promise<string[][]> {
  const pages: string[][] = []
  let query: Record<string, string> = maxResults === undefined ? {} : { maxResults: String(maxResults) }
  for (;;) {
    const page = await service.list(unitId, query)
    assert.equal(page.status, 200)
    pages.push(idsOf(page))
    const { nextToken } = page.body.paginationContext
    if (nextToken === undefined) return pages
    query = { ...query, nextToken }
  }
}

describe('List', () => {
  test('The list of a unit where nothing is enabled is an empty page (row 29)', async (t) => {
    const service = await startHospital(t)
    const { status, headers, body } = await service.list(room)
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.deepEqual(body, { paginationContext: {}, items: [] })
  })

  test('shows the records of the unit itself, and not those below or elsewhere (row 23)', async (t) => {
    const service = await startHospital(t)
    await service.enable(nurseCall, room)
    await service.enable(hospital.menu, hospital.ward)
    await service.enable(hospital.roomLights, otherRoom)
    const { body } = await service.list(room)
    assert.deepEqual(body, { paginationContext: {}, items: [recordOf(nurseCall, room, 'ENABLING')] })
  })

  test('gives ten records a page unless it is asked for fewer', async (t) => {
    const service = await startHospital(t, { catalog })
    for (const id of manySkills) await service.enable(id, room)
    const sizes = async (maxResults?: number) =>
      (await readPages(service, room, maxResults)).map((page) => page.length)
    assert.deepEqual(await sizes(), [10, 10, 5])
    assert.deepEqual(await sizes(10), [10, 10, 5])
    assert.deepEqual(await sizes(5), [5, 5, 5, 5, 5])
    assert.deepEqual(await sizes(7), [7, 7, 7, 4])
    assert.deepEqual((await sizes(1)).length, 25)
  })

  test('takes a maxResults from 1 to 10, and 400 for any other (row 5)', async (t) => {
    const service = await startHospital(t)
    for (const maxResults of ['1', '2', '9', '10']) {
      assert.equal((await service.list(room, { maxResults })).status, 200, maxResults)
    }
    const wrong = [
      '0',
      '11',
      '-1',
      '1.5',
      '010',
      ' ',
      'ten',
      '1e1',
      '0x1',
      '1 ',
      '9999999999999999999',
      'NaN',
      'null',
    ]
    for (const maxResults of wrong) {
      const { status, body } = await service.list(room, { maxResults })
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], maxResults)
      assert.match(body.message, /^maxResults is missing or invalid/)
    }
  })

  test('is in the order of creation, then of the skill ID (row 28)', async (t) => {
    const service = await startHospital(t, { catalog })
    const [a = '', b = '', c = '', d = ''] = manySkills
    await service.enable(c, room)
    await service.enable(b, room)
    service.clock.moveBy(1000)
    await service.enable(a, room)
    await service.enable(d, room)
    assert.deepEqual(await readPages(service, room), [[b, c, a, d]])
    service.clock.moveBy(1000)
    await service.enable(b, room, { stage: 'development' })
    await service.settled()
    assert.deepEqual(await readPages(service, room, 2), [
      [b, c],
      [a, d],
    ])
  })

  test('goes on at the same place while records come and go (row 28)', async (t) => {
    const service = await startHospital(t, { catalog })
    for (const id of manySkills.slice(0, 12)) {
      await service.enable(id, room)
      service.clock.moveBy(10)
    }
    const first = await service.list(room)
    const { nextToken } = first.body.paginationContext
    // What was shown goes, the last one of the page with it; something new comes at the end.
    for (const id of manySkills.slice(5, 10)) await service.disable(id, room)
    await service.disable(manySkills[10]!, room)
    await service.enable(manySkills[20]!, room)
    const second = await service.list(room, { nextToken })
    assert.deepEqual(idsOf(first), manySkills.slice(0, 10))
    assert.deepEqual(idsOf(second), [manySkills[11], manySkills[20]])
    assert.deepEqual(idsOf(await service.list(room, { nextToken })), idsOf(second))
  })

  test('has no nextToken on the last page, also when that is full (row 29)', async (t) => {
    const service = await startHospital(t, { catalog })
    for (const id of manySkills.slice(0, 10)) await service.enable(id, room)
    const { body } = await service.list(room)
    assert.deepEqual([body.items.length, body.paginationContext], [10, {}])
  })
})

describe('A page token', () => {
  async function startWithToken(t: Parameters<typeof startHospital>[0]) {
    const service = await startHospital(t, { catalog })
    for (const id of manySkills.slice(0, 12)) await service.enable(id, room)
    const { nextToken } = (await service.list(room)).body.paginationContext
    return { service, nextToken }
  }
  const isRefused = ({ status, body }: Answer) => {
    assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
    assert.match(body.message, /^nextToken /)
  }

  test('needs no encoding in a URL (row 30)', async (t) => {
    const { nextToken } = await startWithToken(t)
    assert.match(nextToken, /^[A-Za-z0-9._~-]{20,2048}$/)
  })

  test('is of use with another maxResults, and to another client of the unit', async (t) => {
    const { service, nextToken } = await startWithToken(t)
    assert.equal((await service.list(room, { nextToken, maxResults: '1' })).body.items.length, 1)
    const roomAdmin = await service.token(hospital.roomAdmin)
    assert.equal((await service.list(room, { nextToken }, roomAdmin)).body.items.length, 2)
  })

  test('A page token of another unit is 400 (row 30)', async (t) => {
    const { service, nextToken } = await startWithToken(t)
    isRefused(await service.list(otherRoom, { nextToken }))
    const stranger = await service.token(hospital.stranger)
    isRefused(await service.list(foreignRoom, { nextToken }, stranger))
  })

  test('is of no use to a client without a role on the unit (row 30)', async (t) => {
    const { service, nextToken } = await startWithToken(t)
    const stranger = await service.token(hospital.stranger)
    assert.equal((await service.list(room, { nextToken }, stranger)).status, 403)
  })

  test('A page token that was changed by as much as a character is 400 (row 30)', async (t) => {
    const { service, nextToken } = await startWithToken(t)
    for (let index = 0; index < nextToken.length; index += 1) {
      const other = nextToken[index] === 'A' ? 'B' : 'A'
      const changed = nextToken.slice(0, index) + other + nextToken.slice(index + 1)
      isRefused(await service.list(room, { nextToken: changed }))
    }
    const wrong = [
      '%20',
      'nonsense',
      nextToken.slice(1),
      nextToken.slice(0, -1),
      `${nextToken}A`,
      '%00',
      'amzn1.ask.skill.tokenUUID',
    ]
    for (const nonsense of wrong) isRefused(await service.list(room, { nextToken: nonsense }))
  })

  test('is good for 24 hours (row 30)', async (t) => {
    const { service, nextToken } = await startWithToken(t)
    service.clock.moveBy(24 * 3_600_000 - 1)
    const token = await service.token(hospital.admin)
    assert.equal((await service.list(room, { nextToken }, token)).status, 200)
    service.clock.moveBy(1)
    isRefused(await service.list(room, { nextToken }, token))
  })

  test('A page token of another service is 400 (row 30)', async (t) => {
    const { nextToken } = await startWithToken(t)
    const other = await startHospital(t, { catalog })
    isRefused(await other.list(room, { nextToken }))
  })
})
