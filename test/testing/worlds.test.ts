import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from '../../src/client/index.ts'
import { startTestService } from '../../src/testing/index.ts'
import {
  controlError,
  enableRequest,
  newYear,
  openWorld,
  otherRoom,
  room,
  scenario,
  startDouble,
  target,
} from '../support/test-worlds.ts'

describe('A world of skillkeeper/testing', () => {
  test('is a base URL with a state of its own, and is gone when it is disposed of', async (t) => {
    const service = await startDouble(t)
    let gone = ''
    {
      await using one = await service.world({ id: 'one' })
      await using other = await service.world()
      assert.equal(one.url, `${service.url}/_world/one`)
      await one.client().enable(enableRequest)
      assert.equal((await one.enablement(room, scenario.skill.nurseCall))?.stage, 'live')
      assert.equal(await other.enablement(room, scenario.skill.nurseCall), undefined)
      gone = other.url
    }
    assert.equal((await fetch(`${gone}/v1/skills/enablements?unitId=${room}`)).status, 404)
    await using again = await service.world({ id: 'one' })
    assert.equal(await again.enablement(room, scenario.skill.nurseCall), undefined)
  })

  test('has the catalog, the settings and the clock that it is created with', async (t) => {
    const service = await startTestService()
    t.after(() => service.stop())
    await using world = await service.world({
      catalog: scenario,
      settings: { activationDelayMs: 5000, batchItemsMax: 1 },
      clock: { frozenAt: new Date(newYear) },
    })
    const client = world.client()
    await client.enable(enableRequest)
    const items = [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId }))
    await assert.rejects(client.batchDisable({ skillId: scenario.skill.nurseCall, items }), { status: 400 })
    assert.deepEqual(await world.enablement(room, scenario.skill.nurseCall), {
      unitId: room,
      skillId: scenario.skill.nurseCall,
      stage: 'live',
      status: 'ENABLING',
      accountLink: 'NOT_LINKED',
      enabledFrom: '2027-01-01T00:00:05.000Z',
      createdAt: newYear,
      partitionNames: [],
      nameFreeLocales: [],
    })
    await using plain = await service.world({ catalog: scenario.catalog })
    await plain.client().enable(enableRequest)
  })

  test('is a copy of another world, with its clock, and both go on by themselves', async (t) => {
    const service = await startDouble(t)
    await using world = await service.world({ clock: { frozenAt: newYear } })
    await world.client().enable(enableRequest)
    await using copy = await service.world({ from: world })
    assert.equal((await copy.clock.now()).toISOString(), newYear)
    await copy.client().disable(target)
    assert.ok(await world.enablement(room, scenario.skill.nurseCall))
    assert.equal(await copy.enablement(room, scenario.skill.nurseCall), undefined)
  })

  test('listens at a port of its own', async (t) => {
    const service = await startDouble(t)
    await using world = await service.world({ port: 0 })
    const token = await world.accessToken()
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${world.portUrl}/v1/skills/enablements?unitId=${room}`, { headers })
    assert.equal(answer.status, 200)
    const taken = await controlError(service.world({ port: Number(new URL(world.portUrl ?? '').port) }))
    assert.deepEqual([taken.status, taken.code], [400, 'INVALID_PARAM'])
  })

  test('issues tokens to any client of its catalog, also expired ones and with other scopes', async (t) => {
    const world = await openWorld(t)
    const status = async (token: string, unitId: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${world.url}/v1/skills/enablements?unitId=${unitId}`, { headers })).status
    }
    const ward = { as: scenario.client.ward }
    assert.equal(await status(await world.accessToken(ward), scenario.room(1, 1)), 200)
    assert.equal(await status(await world.accessToken(ward), scenario.room(2, 1)), 403)
    assert.equal(await status(await world.accessToken({ expired: true }), room), 401)
    assert.equal(await status(await world.accessToken({ scopes: ['profile'] }), room), 403)
    await assert.rejects(world.client(ward).list({ unitId: scenario.room(2, 1) }), { status: 403 })
    const unknown = await controlError(world.accessToken({ as: 'amzn1.application-oa2-client.nobody' }))
    assert.match(unknown.message, /There is no client amzn1\.application-oa2-client\.nobody/)
  })

  test('rejects the token of another world', async (t) => {
    const service = await startDouble(t)
    const [one, other] = await Promise.all([service.world(), service.world()])
    const headers = { authorization: `Bearer ${await other.accessToken()}` }
    const answer = await fetch(`${one.url}/v1/skills/enablements?unitId=${room}`, { headers })
    assert.equal(answer.status, 401)
    assert.equal(((await answer.json()) as { type: string }).type, 'INVALID_LWA_TOKEN')
  })

  test('gets a new token for its client when the old one has expired', async (t) => {
    const world = await openWorld(t)
    const client = world.client()
    await client.enable(enableRequest)
    await world.clock.advance({ hours: 2 })
    assert.equal((await client.get(target)).status, 'ENABLED')
    await world.journal.expect({ operation: 'get', status: 401 }).times(1)
  })

  test('links accounts at its own token issuer', async (t) => {
    const world = await openWorld(t)
    const accountLinkRequest = await world.accountLink(scenario.account.lights)
    await world.journal.expectNothingElse()
    const skillId = scenario.skill.lights
    await world.client().enable({ skillId, unitId: room, stage: 'live', accountLinkRequest })
    assert.equal((await world.enablement(room, skillId))?.accountLink, 'LINKED')
    const stranger = await controlError(world.accountLink({ clientId: 'nobody', redirectUri: 'http://x' }))
    assert.match(stranger.message, /no authorization code for nobody at http:\/\/x/)
  })

  test('rejects what it cannot be created with, and says why', async (t) => {
    const service = await startDouble(t)
    await using world = await service.world({ id: 'taken' })
    const reasons: [object, RegExp][] = [
      [{ id: 'taken' }, /There is a world taken already/],
      [{ id: 'Not An ID' }, /id is missing or invalid/],
      [{ catalog: { skills: [{}] } }, /skills\[0\]/],
      [{ catalog: scenario, from: world }, /catalog and from exclude each other/],
      [{ clock: { frozenAt: 'tomorrow' } }, /This is not a date: tomorrow/],
      [{ settings: { rateLimt: 3 } as object }, /settings has an unknown property|Did you mean|unknown/],
      [{ from: { id: 'none' } }, /There is no snapshot none/],
    ]
    for (const [options, reason] of reasons) {
      const error = await controlError(service.world(options))
      assert.match(error.message, reason)
    }
  })

  test('that was removed while in use reports that it is gone, and is disposed of in peace', async (t) => {
    const service = await startDouble(t)
    const world = await service.world({ id: 'gone' })
    const client = world.client()
    await client.enable(enableRequest)
    const rule = await world.faults.add({ effect: { error: 'FORBIDDEN' } })
    const snapshot = await world.snapshot()
    await world.remove()
    const calls = [
      () => world.clock.now(),
      () => world.faults.add({ effect: { error: 'FORBIDDEN' } }),
      () => world.journal.entries(),
      () => world.journal.expect({}).never(),
      () => world.snapshot(),
      () => world.restore(snapshot),
      () => world.reset(),
      () => world.accessToken(),
      () => world.activation.get(),
      () => world.enablement(room, scenario.skill.nurseCall),
      () => rule.struck(),
    ]
    for (const call of calls) {
      const error = await controlError(call())
      assert.equal(error.status, 404)
      assert.match(error.message, /There is no world gone/)
    }
    await assert.rejects(client.get(target), ApiError)
    await world.remove()
    await world[Symbol.asyncDispose]()
    await rule[Symbol.asyncDispose]()
  })

  test('that outlives its service is disposed of in peace, and reports that nothing answers', async () => {
    const service = await startTestService()
    const world = await service.world()
    await service.stop()
    const error = await controlError(world.clock.now())
    assert.equal(error.status, undefined)
    assert.match(error.message, /GET http:\S+\/clock got no response: /)
    await world[Symbol.asyncDispose]()
  })
})

describe('A service of skillkeeper/testing', () => {
  test('keeps the token that it is given, also the first of several with names', async () => {
    for (const [operatorToken, token] of [
      ['a-token-of-this-test-1', 'a-token-of-this-test-1'],
      ['anna:a-token-of-this-test-2,ben:a-token-of-this-test-3', 'a-token-of-this-test-2'],
    ] as const) {
      await using service = await startTestService({ operatorToken })
      assert.equal(service.token, token)
      await using world = await service.world()
      assert.ok(world.id)
    }
  })

  test('is one of many in a process, each with a token of its own', async () => {
    await using one = await startTestService()
    await using other = await startTestService()
    assert.notEqual(one.token, other.token)
    const headers = { authorization: `Bearer ${one.token}` }
    assert.equal((await fetch(`${other.url}/_skillkeeper/test/worlds`, { headers })).status, 401)
  })
})
