import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BatchError, TokenError } from '../../src/client/index.ts'
import type { FaultRule } from '../../src/testing/index.ts'
import {
  controlError,
  enableRequest,
  openWorld,
  otherRoom,
  room,
  scenario,
  target,
} from '../support/test-worlds.ts'

const once = { times: 1 } as const

describe('The faults of a world', () => {
  test('strike as often as they say, and count it', async (t) => {
    const world = await openWorld(t)
    const fault = await world.faults.add({
      id: 'twice',
      match: { operation: 'enable', unitId: room },
      when: { after: 1, times: 2 },
      effect: { error: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 3, message: 'Not now.' },
    })
    assert.deepEqual([fault.id, fault.warning], ['twice', undefined])
    const client = world.client({ sleep: 'advance' })
    await client.enable(enableRequest)
    assert.equal(await fault.struck(), 0)
    await client.enable(enableRequest)
    assert.equal(await fault.struck(), 2)
    await world.journal.expect({ operation: 'enable', status: 503, fault: 'twice' }).times(2)
    await world.journal.expect({ operation: 'enable', status: 201, fault: null }).times(2)
  })

  test('can be switched off and on, are removed, and are over when disposed of', async (t) => {
    const { faults, client } = await openWorld(t)
    const enable = () => client({ sleep: 'real' }).enable(enableRequest)
    {
      await using fault = await faults.add({ effect: { error: 'FORBIDDEN' } })
      await assert.rejects(enable, { status: 403 })
      await fault.setEnabled(false)
      await enable()
      await fault.setEnabled(true)
      await assert.rejects(enable, { status: 403 })
    }
    await enable()
    const fault = await faults.add({ effect: { error: 'FORBIDDEN' } })
    await fault.remove()
    await fault.remove()
    await enable()
    await faults.add({ effect: { error: 'FORBIDDEN' } })
    await faults.clear()
    await enable()
    assert.equal((await controlError(fault.struck())).status, 404)
  })

  test('come as presets, whose rules are one handle', async (t) => {
    const { faults, client } = await openWorld(t)
    const names = ['flaky', 'slow', 'throttled', 'token-server-down', 'dying-proxy', 'amazon-like'] as const
    for (const name of names) {
      await using preset = await faults.preset(name, { seed: 7 })
      assert.equal(preset.id, name)
      assert.equal(await preset.struck(), 0)
    }
    await using throttled = await faults.preset('throttled')
    for (let calls = 0; calls < 4; calls += 1) await client({ sleep: 'advance' }).enable(enableRequest)
    assert.equal(await throttled.struck(), 1)
    await throttled.setEnabled(false)
    const unknown = await controlError(faults.preset('flakey' as never))
    assert.match(unknown.message, /Did you mean flaky/)
  })

  test('refuse items of a batch, and the request for a token', async (t) => {
    const { faults, client, url } = await openWorld(t)
    await faults.add({ effect: { items: { error: 'FORBIDDEN', ids: [7] } } })
    const items = [room, otherRoom].map((unitId, index) => ({
      itemId: 6 + index,
      unitId,
      stage: 'live' as const,
    }))
    const refused = await client()
      .batchEnable({ skillId: scenario.skill.nurseCall, items })
      .catch((error) => error)
    assert.ok(refused instanceof BatchError)
    assert.deepEqual(
      refused.items.map(({ itemId, errorCode }) => [itemId, errorCode]),
      [[7, 'FORBIDDEN']],
    )
    await faults.add({ match: { operation: 'token' }, effect: { error: 'invalid_grant' } })
    const { SkillsClient } = await import('../../src/client/index.ts')
    const credentials = { clientId: scenario.client.desk, clientSecret: 'secret of desk' }
    await assert.rejects(new SkillsClient({ endpoint: url, credentials }).get(target), TokenError)
  })

  test('lose an answer after the work is done', async (t) => {
    const world = await openWorld(t)
    const fault = await world.faults.add({
      match: { operation: 'enable' },
      when: once,
      at: 'after',
      effect: { connection: 'reset' },
    })
    const client = world.client({ sleep: 'real' })
    await assert.rejects(client.enable(enableRequest, { retry: { attemptsMax: 1 } }), {
      name: 'TransportError',
    })
    assert.ok(await world.enablement(room, scenario.skill.nurseCall))
    assert.equal(await fault.struck(), 1)
    await client.enable(enableRequest)
    await world.journal.expect({ operation: 'enable' }).times(2)
  })

  test('say why they cannot strike, or are rejected with the nearest name', async (t) => {
    const { faults } = await openWorld(t)
    const idle = await faults.add({
      match: { operation: 'list', skillId: target.skillId },
      effect: { error: 'FORBIDDEN' },
    })
    assert.match(idle.warning ?? '', /never strikes: a request for list has no skillId/)
    const wrong: [object, RegExp][] = [
      [{ match: { operation: 'enabel' }, effect: { error: 'FORBIDDEN' } }, /Did you mean enable/],
      [{ effect: { error: 'FORBIDEN' } }, /Did you mean FORBIDDEN/],
      [{ effect: { status: 200 } }, /effect\.status/],
      [{ effect: { error: 'FORBIDDEN', connection: 'reset' } }, /only one of them/],
      [{ effect: {} }, /effect/],
      [{ id: idle.id, effect: { error: 'FORBIDDEN' } }, new RegExp(idle.id)],
    ]
    for (const [rule, reason] of wrong) {
      const error = await controlError(faults.add(rule as FaultRule))
      assert.deepEqual([error.status, error.code], [400, 'INVALID_PARAM'])
      assert.match(error.message, reason)
    }
  })
})
