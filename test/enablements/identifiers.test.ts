import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { startHospital } from '../support/enablements.ts'

const { nurseCall, room } = hospital
/** 104 characters of base32, as real units have. */
const longId = `A${'BCDEFGHIJKLMNOPQRSTUVWXYZ234567'.repeat(4)}`.slice(0, 104)

describe('A skill ID', () => {
  test('may begin with amzn1.ask.skill or with amzn1.alexa.skill, and comes back as it was given (row 1)', async (t) => {
    const ids = ['amzn1.ask.skill.one', 'amzn1.alexa.skill.other', 'amzn1.ask.skill.a_B-9']
    const skills = ids.map((id) => ({ id, name: id, stages: ['live'] }))
    const service = await startHospital(t, { catalog: { ...hospitalCatalog, skills } })
    for (const id of ids) {
      const { status, body } = await service.enable(id, room)
      assert.equal(status, 201, id)
      assert.deepEqual(Object(body).skill, { stage: 'live', id })
    }
    const { body } = await service.list(room)
    assert.deepEqual(
      body.items.map(({ skill }) => skill.id),
      ids.toSorted(),
    )
  })

  test('A skill ID of any other form is 400 (row 1)', async (t) => {
    const service = await startHospital(t)
    const wrong = [
      'healthcare',
      'amzn1.ask.skill.',
      'amzn1.ask.skill',
      'amzn1.ask.skills.x',
      'AMZN1.ASK.SKILL.X',
      `${nurseCall}.x`,
      ` ${nurseCall}`,
      `${nurseCall}\n`,
      room,
      `amzn1.ask.skill.${'x'.repeat(300)}`,
    ]
    for (const id of wrong) {
      const { status, body } = await service.enable(encodeURIComponent(id), room)
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], id)
      assert.match(body.message, /^skillId is missing or invalid: Skill ID, in the format/)
    }
  })
})

describe('A unit ID', () => {
  test('may have did. or not, and comes back as it was given (row 2)', async (t) => {
    const ids = ['amzn1.alexa.unit.did.X', 'amzn1.alexa.unit.X', `amzn1.alexa.unit.did.${longId}`]
    const [hospitalItself] = hospitalCatalog.organizations
    const units = ids.map((id) => ({ id, name: id }))
    const catalog = {
      ...hospitalCatalog,
      organizations: [{ ...hospitalItself, units }],
      clients: [hospitalCatalog.clients[0]],
    }
    const service = await startHospital(t, { catalog })
    for (const id of ids) {
      const { status, body } = await service.enable(nurseCall, id)
      assert.equal(status, 201, id)
      assert.deepEqual(Object(body).unit, { id })
      assert.equal((await service.list(id)).body.items.length, 1)
    }
  })

  test('A unit ID of any other form is 400 (row 2)', async (t) => {
    const service = await startHospital(t)
    for (const id of [
      '',
      'R101',
      'amzn1.alexa.unit.',
      'amzn1.alexa.unit.did.',
      'amzn1.alexa.org.did.X',
      nurseCall,
    ]) {
      const answers = [
        await service.get(nurseCall, id),
        await service.list(id),
        await service.enable(nurseCall, id),
        await service.disable(nurseCall, id),
      ]
      for (const { status, body } of answers) {
        assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], id)
        assert.match(body.message, /^unitId is missing or invalid: Unit ID, in the format/)
      }
    }
  })

  test('A unit ID that is no text is 400', async (t) => {
    const service = await startHospital(t)
    for (const unitId of [null, 7, [room], { id: room }, undefined]) {
      const { status, body } = await service.enable(nurseCall, room, { unitId })
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
    }
  })
})

describe('The path /v1/skills/enablements', () => {
  test('is always the list, and never a skill of that name (row 8)', async (t) => {
    const service = await startHospital(t)
    const { status, body } = await service.list(room)
    assert.deepEqual([status, body], [200, { paginationContext: {}, items: [] }])
    const asSkill = await service.get('enablements', room)
    assert.deepEqual([asSkill.status, asSkill.body.type], [400, 'INVALID_PARAM'])
  })
})

describe('partitionName', () => {
  test('is one name or several with commas between, and spaces around a comma (row 4)', async (t) => {
    const service = await startHospital(t)
    const right = [
      'Room-101',
      'Room101, Room202',
      'a,b,c',
      '10-101',
      'a , b',
      'A1',
      '-',
      'a,a',
      'x'.repeat(255),
    ]
    for (const partitionName of right) {
      assert.equal((await service.enable(nurseCall, room, { partitionName })).status, 201, partitionName)
    }
  })

  test('A partitionName that is empty, has a space inside or names nothing between commas is 400 (row 4)', async (t) => {
    const service = await startHospital(t)
    const wrong = [
      '',
      ' ',
      'Room 101',
      'Room101, ,Room202',
      'a,',
      ',a',
      'a,,b',
      'a_b',
      'Zimmer-ä',
      'a\tb',
      'a,\tb',
      'a;b',
    ]
    for (const partitionName of wrong) {
      const { status, body } = await service.enable(nurseCall, room, { partitionName })
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], JSON.stringify(partitionName))
      assert.match(body.message, /^partitionName is/)
    }
    for (const partitionName of [7, ['a'], 'x'.repeat(256)]) {
      assert.equal((await service.enable(nurseCall, room, { partitionName })).status, 400)
    }
    assert.deepEqual((await service.list(room)).body.items, [])
  })
})
