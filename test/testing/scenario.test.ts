import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital, startTestService } from '../../src/testing/index.ts'

describe('A hospital', () => {
  test('names its units, skills and clients, and is a catalog', async () => {
    const scenario = hospital({ wards: 3, roomsPerWard: 2 })
      .withSkill('nurseCall', { stages: ['live'] })
      .withLinkedSkill('lights', { skipOnEnablement: true })
      .withClient('desk')
      .withClient('ward2', { manages: 'ward2', secret: 'a secret', redirectUris: ['http://127.0.0.1/cb'] })
      .withClient('nobody', { manages: 'nothing' })
    assert.equal(scenario.rooms.length, 6)
    assert.equal(scenario.rooms[3], scenario.room(2, 2))
    await using service = await startTestService()
    await using world = await service.world({ catalog: scenario })
    const { client, skill } = scenario
    const request = { skillId: skill.nurseCall, stage: 'live' } as const
    await world.client().enableMany(scenario.rooms, request)
    const statusOf = async (as: string, unitId: string) => {
      const called = world.client({ as }).get({ skillId: skill.nurseCall, unitId })
      return called.then(
        () => 200,
        ({ status }) => status,
      )
    }
    assert.equal(await statusOf(client.desk, scenario.room(3, 1)), 200)
    assert.equal(await statusOf(client.ward2, scenario.room(2, 1)), 200)
    assert.equal(await statusOf(client.ward2, scenario.room(1, 1)), 403)
    assert.equal(await statusOf(client.nobody, scenario.room(1, 1)), 403)
    await world.client().enable({ skillId: skill.lights, unitId: scenario.room(1, 1), stage: 'live' })
  })

  test('does not change when something is added', () => {
    const small = hospital()
    const more = small.withSkill('nurseCall')
    assert.deepEqual(Object.keys(small.skill), [])
    assert.deepEqual(Object.keys(more.skill), ['nurseCall'])
  })

  test('rejects what cannot be', () => {
    const scenario = hospital({ wards: 1, roomsPerWard: 1 }).withSkill('a').withClient('a')
    const wrong = [
      () => hospital({ wards: -1 }),
      () => hospital({ roomsPerWard: 1.5 }),
      () => hospital({ wards: 1001 }),
      () => scenario.ward(0),
      () => scenario.ward(2),
      () => scenario.room(1, 2),
      () => scenario.withSkill('a'),
      () => scenario.withLinkedSkill('a'),
      () => scenario.withClient('a'),
      () => scenario.withSkill('nurse call'),
      () => scenario.withSkill(''),
      () => scenario.withClient('b', { manages: 'ward2' }),
    ]
    for (const build of wrong) assert.throws(build, RangeError)
  })
})
