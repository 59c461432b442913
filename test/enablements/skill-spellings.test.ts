// A skill has one ID in two spellings, amzn1.ask.skill.… and amzn1.alexa.skill.… (ledger, row 1): each operation finds
// under the one what was done under the other, and a single answer has the spelling of its request.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { operatorToken, startService } from '../support/service.ts'

const spellings = [hospital.menu, hospital.menu.replace('.ask.', '.alexa.')] as const
const pathOf = (skillId: string) => `/v1/skills/${skillId}/enablements`

describe('A skill under its two spellings', () => {
  for (const [stored, other] of [spellings, [...spellings].reverse() as [string, string]]) {
    test(`is one skill, where the catalog has ${stored}`, async (t) => {
      const skills = hospitalCatalog.skills.map((skill) =>
        skill.id === hospital.menu ? { ...skill, id: stored } : skill,
      )
      const service = await startService(t, { catalog: { ...hospitalCatalog, skills } })
      const token = await service.token(hospital.admin)
      const call = (method: string, path: string, body?: object) =>
        service.call(method, path, { token, ...(body && { body }) })
      const target = { unitId: hospital.room, stage: 'live' }
      const idIn = (answer: { body: unknown }) => (answer.body as { skill: { id: string } }).skill.id

      const enabled = await call('POST', pathOf(other), target)
      assert.deepEqual([enabled.status, idIn(enabled)], [201, other])
      for (const spelt of [stored, other]) {
        const got = await call('GET', `${pathOf(spelt)}?unitId=${hospital.room}`)
        assert.deepEqual([got.status, idIn(got)], [200, spelt])
      }
      const listed = await call('GET', `/v1/skills/enablements?unitId=${hospital.room}`)
      assert.deepEqual(
        listed.body.items.map(({ skill }) => skill.id),
        [stored],
      )
      const items = [{ itemId: 1, unitId: hospital.room, stage: 'development' }]
      assert.equal((await call('POST', `${pathOf(other)}/batch`, { items })).status, 202)
      assert.equal((await call('GET', `/v1/skills/enablements?unitId=${hospital.room}`)).body.items.length, 1)
      for (const spelt of [stored, other]) {
        const log = await service.call('GET', `/_skillkeeper/operations?skillId=${spelt}`, {
          token: operatorToken,
        })
        assert.ok(log.body.items.length >= 2, spelt)
      }
      const disabled = { items: [{ itemId: 1, unitId: hospital.room }] }
      assert.equal((await call('POST', `${pathOf(stored)}/batchDelete`, disabled)).status, 202)
      assert.equal((await call('POST', pathOf(stored), target)).status, 201)
      assert.equal((await call('DELETE', `${pathOf(other)}?unitId=${hospital.room}`)).status, 204)
      assert.equal((await call('GET', `${pathOf(stored)}?unitId=${hospital.room}`)).status, 404)
    })
  }

  test('stands once in a catalog, and the other spelling is refused, in one file and beside what is stored', async (t) => {
    const service = await startService(t)
    const [, other] = spellings
    const skill = { id: other, name: 'Menu', stages: ['live'] }
    const load = (skills: object[]) =>
      service.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body: { skills } })
    const beside = await load([skill])
    assert.equal(beside.status, 400)
    assert.match(
      beside.body.message,
      /skills\[0\]\.id amzn1\.alexa\.skill\.menu is the skill amzn1\.ask\.skill\.menu in another spelling/,
    )
    const both = await load([
      { ...skill, id: 'amzn1.ask.skill.new' },
      { ...skill, id: 'amzn1.alexa.skill.new' },
    ])
    assert.equal(both.status, 400)
    assert.match(both.body.message, /is the skill at skills\[0\] in another spelling/)
  })
})
