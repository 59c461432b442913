import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createWorldClock } from '../../src/test-controls/worlds/world-clock.ts'
import { createHandClock } from '../support/hand-clock.ts'

const noon = Date.parse('2027-01-01T12:00:00Z')
const soon = () => new Promise<'asleep'>((resolve) => setImmediate(() => resolve('asleep')))
const woke = (sleep: Promise<void>) => Promise.race([sleep.then(() => 'awake'), soon().then(soon)])

describe('The clock of a world', () => {
  test('stands still while it is frozen, whatever the machine does', async () => {
    const machine = createHandClock()
    const clock = createWorldClock(machine, { now: noon })
    const sleep = clock.sleepUntil(noon + 1000)
    machine.moveBy(3_600_000)
    assert.equal(clock.now(), noon)
    assert.equal(await woke(sleep), 'asleep')
    assert.deepEqual(machine.wakeTimes(), [], 'A frozen clock has no timer.')
    clock.moveTo(noon + 1000)
    assert.equal(await woke(sleep), 'awake')
  })

  test('wakes who sleeps until the time that it is moved to, and nobody else', async () => {
    const clock = createWorldClock(createHandClock(), { now: noon })
    const [first, second] = [clock.sleepUntil(noon + 1000), clock.sleepUntil(noon + 1001)]
    assert.equal(clock.nextWakeAt(), noon + 1000)
    clock.moveTo(noon + 1000)
    assert.equal(await woke(first), 'awake')
    assert.equal(await woke(second), 'asleep')
    assert.equal(clock.nextWakeAt(), noon + 1001)
  })

  test('runs with the machine at its rate, from the time that it had', async () => {
    const machine = createHandClock()
    const clock = createWorldClock(machine, { now: noon })
    clock.run({ rate: 60 })
    machine.moveBy(1000)
    assert.equal(clock.now(), noon + 60_000)
    const sleep = clock.sleepUntil(noon + 120_000)
    machine.moveBy(999)
    assert.equal(await woke(sleep), 'asleep')
    machine.moveBy(1)
    assert.equal(await woke(sleep), 'awake')
    clock.freeze()
    machine.moveBy(1000)
    assert.deepEqual(clock.state(), { now: noon + 120_000, rate: undefined })
  })

  test('starts with the time of the machine', () => {
    const machine = createHandClock()
    const clock = createWorldClock(machine)
    machine.moveBy(5)
    assert.deepEqual(clock.state(), { now: machine.now(), rate: 1 })
  })

  test('runs from a later time with an offset, and keeps those asleep who sleep longer', async () => {
    const machine = createHandClock()
    const clock = createWorldClock(machine, { now: noon })
    const sleep = clock.sleepUntil(noon + 90_000)
    clock.run({ offsetMs: 60_000 })
    assert.equal(clock.now(), noon + 60_000)
    assert.equal(await woke(sleep), 'asleep')
    machine.moveBy(30_000)
    assert.equal(await woke(sleep), 'awake')
  })

  test('never runs backwards, except when a snapshot is restored', () => {
    const clock = createWorldClock(createHandClock(), { now: noon })
    for (const back of [() => clock.freeze(noon - 1), () => clock.moveTo(noon - 1)])
      assert.throws(back, { code: 'INVALID_PARAM', message: /2027-01-01T12:00:00.000Z, and the clock never/ })
    assert.throws(() => clock.moveTo(Number.MAX_SAFE_INTEGER), { code: 'INVALID_PARAM' })
    clock.restore({ now: noon - 1, rate: undefined })
    assert.equal(clock.now(), noon - 1)
  })

  test('forgets who is cancelled, and leaves no timer of the machine', async () => {
    const machine = createHandClock()
    const clock = createWorldClock(machine)
    const cancelled = new AbortController()
    const sleep = clock.sleepUntil(machine.now() + 5000, cancelled.signal)
    assert.equal(machine.wakeTimes().length, 1)
    cancelled.abort()
    assert.equal(await woke(sleep), 'awake')
    assert.deepEqual(machine.wakeTimes(), [])
    await clock.sleepUntil(machine.now() + 5000, cancelled.signal)
    assert.equal(clock.nextWakeAt(), undefined)
  })

  test('sleeps without a timer until a time that never comes', async () => {
    const machine = createHandClock()
    const clock = createWorldClock(machine)
    const stopped = new AbortController()
    const sleep = clock.sleepUntil(Number.POSITIVE_INFINITY, stopped.signal)
    assert.deepEqual(machine.wakeTimes(), [])
    stopped.abort()
    await sleep
  })
})
