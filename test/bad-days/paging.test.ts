import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital, hospitalCatalog, skill } from '../support/catalogs.ts'
import { type Hospital, startHospital } from '../support/enablements.ts'

const { room, admin } = hospital
const skillIds = Array.from({ length: 25 }, (_, index) => skill(`many-${String(index).padStart(2, '0')}`))

describe('Between two pages', () => {
  test('an access token may expire: the page token goes on with a new one', async (t) => {
    const service = await startWithMany(t)
    const first = await service.list(room)
    const { nextToken } = first.body.paginationContext
    service.clock.moveBy(3_600_000)
    const expired = await service.list(room, { nextToken })
    assert.deepEqual([expired.status, expired.body.type], [401, 'INVALID_LWA_TOKEN'])
    const second = await service.list(room, { nextToken }, await service.token(admin))
    assert.deepEqual(idsOf(second), skillIds.slice(10, 20))
  })

  test('the service may be told of new roles: a client that lost them is refused', async (t) => {
    const service = await startWithMany(t)
    const { nextToken } = (await service.list(room)).body.paginationContext
    const clients = [{ id: admin, secret: `secret of ${admin}`, roles: [] }]
    const put = await service.call('POST', '/_skillkeeper/catalog', {
      token: 'the-token-of-the-operator',
      body: { clients },
    })
    assert.equal(put.status, 200)
    assert.equal((await service.list(room, { nextToken })).status, 403)
  })

  test('all that is left may go: the last page is empty', async (t) => {
    const service = await startWithMany(t)
    const { nextToken } = (await service.list(room)).body.paginationContext
    for (const skillId of skillIds) assert.equal((await service.disable(skillId, room)).status, 204)
    const { body } = await service.list(room, { nextToken })
    assert.deepEqual(body, { items: [], paginationContext: {} })
  })

  test('records may come and go at any moment: who stays is seen once', async (t) => {
    const service = await startWithMany(t)
    const comeAndGo = skillIds.filter((_, index) => index % 3 === 0)
    const seen: string[] = []
    let query: Record<string, string> = { maxResults: '4' }
    for (;;) {
      const changes = comeAndGo.map(async (skillId) => {
        await service.disable(skillId, room)
        await service.enable(skillId, room)
      })
      const [page] = await Promise.all([service.list(room, query), ...changes])
      seen.push(...idsOf(page))
      const { nextToken } = page.body.paginationContext
      if (nextToken === undefined || seen.length > 80) break
      query = { maxResults: '4', nextToken }
      service.clock.moveBy(1)
    }
    const stayed = skillIds.filter((skillId) => !comeAndGo.includes(skillId))
    assert.deepEqual(
      seen.filter((skillId) => stayed.includes(skillId)),
      stayed,
    )
  })
})

describe('A page token', () => {
  test('with any one bit changed is refused with 400', async (t) => {
    const service = await startWithMany(t)
    const { nextToken } = (await service.list(room)).body.paginationContext
    const changes: string[] = []
    for (let index = 0; index < nextToken.length; index++) {
      for (let bit = 0; bit < 7; bit++) {
        const changed = String.fromCharCode(nextToken.charCodeAt(index) ^ (1 << bit))
        changes.push(nextToken.slice(0, index) + changed + nextToken.slice(index + 1))
      }
    }
    for (let start = 0; start < changes.length; start += 50) {
      const some = changes.slice(start, start + 50)
      for (const { status, text } of await Promise.all(
        some.map((one) => service.list(room, { nextToken: one })),
      )) {
        assert.equal(status, 400, text)
      }
    }
  })

  test('of yesterday is refused with 400, and so is one of a clock that was set back', async (t) => {
    const service = await startWithMany(t)
    const { nextToken } = (await service.list(room)).body.paginationContext
    service.clock.moveBy(24 * 3_600_000 + 1)
    const late = await service.list(room, { nextToken }, await service.token(admin))
    assert.deepEqual([late.status, late.body.message.slice(0, 21)], [400, 'nextToken has expired'])
    service.clock.moveBy(-24 * 3_600_000)
    const back = await service.list(room, { nextToken }, await service.token(admin))
    assert.equal(back.status, 200)
  })
})

function idsOf({ body }: Awaited<ReturnType<Hospital['list']>>): string[] {
  return body.items.map(({ skill: { id } }) => id)
}

async function startWithMany(t: TestContext): Promise<Hospital> {
  const skills = skillIds.map((id) => ({ id, name: id, stages: ['live'] }))
  const service = await startHospital(t, { catalog: { ...hospitalCatalog, skills } })
  for (const id of skillIds) assert.equal((await service.enable(id, room)).status, 201)
  return service
}
