// The steps of an advance, on a world of which only the clock and the work are there.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { advance, type Moved } from '../../src/test-controls/worlds/advance.ts'
import { createWorldClock } from '../../src/test-controls/worlds/world-clock.ts'
import { createHandClock } from '../support/hand-clock.ts'

const noon = Date.parse('2027-01-01T12:00:00Z')
const hourMs = 3_600_000

/** Work that comes again and again after `everyMs`. */
function repeating(everyMs: number) {
  const machine = createHandClock()
  const clock = createWorldClock(machine, { now: noon })
  const done: number[] = []
  let upkeep = 0
  const stop = new AbortController()
  async function work(): Promise<void> {
    for (;;) {
      await clock.sleepUntil(clock.now() + everyMs, stop.signal)
      if (stop.signal.aborted) return
      done.push(clock.now())
    }
  }
  void work()
  const moved: Moved = {
    clock,
    machine,
    ending: new AbortController().signal,
    world: {
      // The work has no more to do in a turn than to go to sleep again.
      settled: () => new Promise((resolve) => setImmediate(resolve)),
      async upkeep() {
        upkeep += 1
      },
    },
  }
  return { moved, clock, machine, done, stop, upkeep: () => upkeep }
}

describe('An advance', () => {
  test('stops at each time at which something is due, in order, and not beyond the target', async () => {
    const { moved, clock, done, stop } = repeating(1000)
    const target = noon + 4500
    assert.deepEqual(await advance(moved, target), { now: '2027-01-01T12:00:04.500Z', steps: 4 })
    assert.deepEqual(
      done.map((at) => at - noon),
      [1000, 2000, 3000, 4000],
    )
    assert.equal(clock.now(), target)
    stop.abort()
  })

  test('ends after ten thousand stops, where it got to, and says so', async () => {
    const { moved, clock, done, stop } = repeating(1)
    await assert.rejects(advance(moved, noon + hourMs), {
      code: 'INVALID_PARAM',
      message: /stopped 10000 times .* It is at 2027-01-01T12:00:10.000Z: advance in smaller steps\.$/,
    })
    assert.deepEqual([done.length, clock.now()], [10_000, noon + 10_000])
    await advance(moved, noon + 10_500)
    assert.equal(clock.now(), noon + 10_500)
    stop.abort()
  })

  test('does the upkeep whenever an hour is over, however short the steps', async () => {
    const { moved, stop, upkeep, machine } = repeating(10 * hourMs)
    for (const [minutes, count] of [
      [30, 0],
      [59, 0],
      [60, 1],
      [61, 1],
      [300, 2],
    ] as const) {
      await advance(moved, noon + minutes * 60_000)
      assert.equal(upkeep(), count, `${minutes} minutes`)
    }
    assert.deepEqual(machine.wakeTimes(), [], 'Nothing still waits.')
    stop.abort()
  })
})
