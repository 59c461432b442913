import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { controlError, enableRequest, newYear, openWorld, target } from '../support/test-worlds.ts'

const at = (time: string) => `2027-01-01T${time}.000Z`

describe('The clock of a world', () => {
  test('is frozen, moves by durations of both forms and to times, and says what is due', async (t) => {
    const { clock, client } = await openWorld(t)
    assert.equal((await clock.now()).toISOString(), newYear)
    await client().enable(enableRequest)
    const before = await clock.state()
    assert.equal(before.mode, 'frozen')
    assert.deepEqual(before.nextDue, { at: '2027-01-01T00:00:00.200Z', what: 'activate' })
    assert.equal((await clock.toNextDue()).now, '2027-01-01T00:00:00.200Z')
    assert.equal((await client().get(target)).status, 'ENABLED')
    assert.equal((await clock.advanceTo('2027-01-01T01:00:00Z')).now, at('01:00:00'))
    assert.equal((await clock.advance('PT30M')).now, at('01:30:00'))
    assert.equal((await clock.advance({ hours: 1, minutes: 2, seconds: 3 })).now, at('02:32:03'))
    assert.equal((await clock.advance({ milliseconds: 0.4 })).now, at('02:32:03'))
    assert.equal((await clock.advance({ days: 400 })).now, '2028-02-05T02:32:03.000Z')
  })

  test('runs on from later, and freezes', async (t) => {
    const { clock } = await openWorld(t)
    await clock.run({ offset: 'P1D', rate: 2 })
    const running = await clock.state()
    assert.deepEqual([running.mode, running.rate], ['running', 2])
    assert.ok(running.now >= '2027-01-02')
    await clock.freeze('2027-02-01T00:00:00Z')
    assert.equal((await clock.now()).toISOString(), '2027-02-01T00:00:00.000Z')
  })

  test('rejects what is no duration and no date, and never runs backwards', async (t) => {
    const { clock } = await openWorld(t)
    const wrong: unknown[] = [
      -1,
      { hours: -1 },
      { weeks: 1 },
      { hours: '1' },
      { seconds: Number.NaN },
      { seconds: Number.POSITIVE_INFINITY },
      null,
    ]
    for (const by of wrong) {
      const error = await controlError(clock.advance(by as never))
      assert.match(error.message, /^A clock moves by 'PT1H' or \{ days: 1, /)
    }
    for (const by of ['1h', '-PT1H', 'PT', ''])
      assert.equal((await controlError(clock.advance(by))).status, 400, by)
    assert.match((await controlError(clock.advanceTo('soon'))).message, /not a date: soon/)
    assert.match((await controlError(clock.advanceTo('2026-12-31'))).message, /never runs backwards/)
    assert.match((await controlError(clock.freeze(new Date(0)))).message, /never runs backwards/)
    assert.equal((await clock.now()).toISOString(), newYear)
  })

  test('is moved by a client that sleeps by advancing it', async (t) => {
    const { client, clock, faults, journal } = await openWorld(t)
    const effect = { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 3600 } as const
    await faults.add({ match: { operation: 'enable' }, when: { times: 1 }, effect, enforceRetryAfter: true })
    await client({ sleep: 'advance' }).enable(enableRequest, { timeoutMs: 7_200_000 })
    assert.ok((await clock.now()).toISOString() >= at('01:00:00'))
    await journal.expect({ operation: 'enable', status: 201 }).times(1)
    assert.equal((await client({ sleep: 'advance' }).waitUntilEnabled(target)).status, 'ENABLED')
  })

  test('counts what a client sleeps on it as time of the client', async (t) => {
    const { client, faults, journal } = await openWorld(t)
    const effect = { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 40 } as const
    await faults.add({ match: { operation: 'enable' }, effect })
    // Within the 60 s of a call there is room for one pause.
    await assert.rejects(client({ sleep: 'advance' }).enable(enableRequest), { status: 429, attempts: 2 })
    await journal.expect({ operation: 'enable', status: 429 }).times(2)
  })

  test('is waited for by a client, until somebody moves it', async (t) => {
    const { client, clock, faults, journal } = await openWorld(t)
    const effect = { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 10 } as const
    await faults.add({ match: { operation: 'enable' }, when: { times: 1 }, effect })
    let isDone = false
    const enabled = client()
      .enable(enableRequest)
      .finally(() => {
        isDone = true
      })
    await journal.waitFor({ operation: 'enable', status: 429 })
    // The pause begins when the client has the response. However many times it takes: time passes in small steps.
    while (!isDone) await clock.advance({ seconds: 1 })
    await enabled
    assert.ok((await clock.now()).toISOString() >= at('00:00:10'))
  })

  test('lets a call be called off while it waits for the clock', async (t) => {
    const { client, faults, journal } = await openWorld(t)
    const effect = { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 10 } as const
    await faults.add({ match: { operation: 'enable' }, effect })
    const controller = new AbortController()
    const enabled = client().enable(enableRequest, { signal: controller.signal })
    await journal.waitFor({ operation: 'enable' })
    controller.abort()
    await assert.rejects(enabled, { name: 'AbortError' })
  })

  test('lets a client that waits for it go on when its world is removed', async (t) => {
    const world = await openWorld(t)
    const effect = { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 10 } as const
    await world.faults.add({ match: { operation: 'enable' }, effect })
    const enabled = world.client().enable(enableRequest)
    await world.journal.waitFor({ operation: 'enable' })
    await Promise.all([assert.rejects(enabled, { status: 404 }), world.remove()])
  })

  test('has no part in a client that sleeps in real time', async (t) => {
    const { client, clock, faults, journal } = await openWorld(t)
    await faults.add({
      match: { operation: 'enable' },
      when: { times: 2 },
      effect: { error: 'TOO_MANY_REQUESTS' },
    })
    await client({ sleep: 'real' }).enable(enableRequest, { retry: { delayMs: 1 } })
    await journal.expect({ operation: 'enable' }).times(3)
    assert.equal((await clock.now()).toISOString(), newYear)
  })

  test('activates on demand', async (t) => {
    const world = await openWorld(t)
    const { activation } = world
    const client = world.client()
    const status = async () => (await client.get(target)).status
    assert.deepEqual(await activation.get(), { kind: 'delay', ms: 200 })
    await activation.set({ kind: 'held' })
    await client.enable(enableRequest)
    await world.clock.advance({ days: 30 })
    assert.equal(await status(), 'ENABLING')
    assert.equal(await activation.release({ unitId: target.unitId }), 1)
    assert.equal(await status(), 'ENABLED')
    await client.disable(target)
    await activation.set({ kind: 'reads', count: 2 })
    await client.enable(enableRequest)
    assert.deepEqual([await status(), await status(), await status()], ['ENABLING', 'ENABLING', 'ENABLED'])
    assert.equal((await controlError(activation.set({ kind: 'reads', count: 0 }))).status, 400)
  })
})
