import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { linkingCatalog, linkingSkills } from '../support/linking.ts'
import { skillRedirectUri, startSkillTokenServer } from '../support/skill-token-server.ts'
import { skillPath, testWorlds } from '../support/test-world.ts'

const { room, otherRoom } = hospital
const { blinds, lamps } = linkingSkills
const openWorld = await testWorlds()

async function openLinked(t: TestContext) {
  const server = await startSkillTokenServer()
  t.after(() => server.stop())
  const asking = await openWorld(t, {
    catalog: linkingCatalog(server, server.url),
    clock: { frozenAt: '2027-01-01T00:00:00Z' },
  })
  const request = async () => ({
    redirectUri: skillRedirectUri,
    authCode: await server.newCode(server.basicClient.clientId),
    type: 'AUTH_CODE',
  })
  return {
    ...asking,
    request,
    link: async (unitId: string = room, skillId: string = blinds) =>
      asking.ask('POST', skillPath(skillId), { unitId, stage: 'live', accountLinkRequest: await request() }),
  }
}

describe('A token server', () => {
  test('that refuses is 400, one that cannot be reached is 503, and nothing is stored', async (t) => {
    const { world, link } = await openLinked(t)
    const refused = await world.faults.add({ when: { times: 1 }, effect: { link: 'refused' } })
    const answer = await link()
    assert.deepEqual([answer.status, answer.body.type], [400, 'INVALID_PARAM'])
    assert.match(answer.body.message, /^Account linking failed: .*invalid_grant$/)
    assert.equal(await refused.struck(), 1)
    const down = await world.faults.add({ match: { operation: 'enable' }, effect: { link: 'unreachable' } })
    const other = await link()
    assert.deepEqual([other.status, other.headers.get('retry-after')], [503, '2'])
    assert.equal(await world.enablement(room, blinds), undefined)
    const entries = await world.journal.entries({ operation: 'enable' })
    assert.deepEqual(
      entries.map(({ fault, why }) => [fault, why.at(-1)?.step]),
      [
        ['fault-1', 'link'],
        ['fault-2', 'link'],
      ],
    )
    await down.remove()
    assert.equal((await link()).status, 201)
    assert.equal((await world.enablement(room, blinds))?.accountLink, 'LINKED')
  })

  test('is the one of a skill', async (t) => {
    const { world, link } = await openLinked(t)
    await world.faults.add({ match: { skillId: lamps }, effect: { link: 'unreachable' } })
    assert.equal((await link(room, blinds)).status, 201)
    assert.equal((await link(room, lamps)).status, 503)
  })

  test('fails in the background too, where a batch exchanges its codes', async (t) => {
    const { world, ask, request } = await openLinked(t)
    const fault = await world.faults.add({
      match: { skillId: blinds },
      when: { times: 1 },
      effect: { link: 'unreachable' },
    })
    const items = [{ itemId: 1, unitId: otherRoom, stage: 'live', accountLinkRequest: await request() }]
    assert.equal((await ask('POST', `${skillPath(blinds)}/batch`, { items })).status, 202)
    await world.clock.advance({ milliseconds: 500 })
    assert.deepEqual(
      [await fault.struck(), (await world.enablement(otherRoom, blinds))?.accountLink],
      [1, 'NOT_LINKED'],
    )
    // The background tries again.
    await world.clock.advance({ minutes: 1 })
    assert.equal((await world.enablement(otherRoom, blinds))?.accountLink, 'LINKED')
  })

  test('is slow', async (t) => {
    const { world, link } = await openLinked(t)
    const fault = await world.faults.add({ match: { operation: 'token_server' }, effect: { latencyMs: 20 } })
    assert.equal((await link()).status, 201)
    assert.equal(await fault.struck(), 1)
  })
})
