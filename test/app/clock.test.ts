import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { createClock, systemClock } from '../../src/app/clock.ts'

describe("The machine's clock", () => {
  test('sleeps until the time has come', async () => {
    // Something has to hold the process: a sleeper does not.
    const holder = new MessageChannel()
    holder.port1.ref()
    const at = systemClock.now() + 20
    await systemClock.sleepUntil(at)
    holder.port1.close()
    assert.ok(systemClock.now() >= at)
  })

  test('does not sleep when the time has passed', async () => {
    await systemClock.sleepUntil(systemClock.now() - 1)
  })

  test('wakes when it is told to, from a sleep of any length', async () => {
    const stopping = new AbortController()
    const slept = systemClock.sleepUntil(systemClock.now() + 365 * 24 * 3_600_000, stopping.signal)
    stopping.abort()
    await slept
    await systemClock.sleepUntil(systemClock.now() + 10_000, stopping.signal)
  })

  test('is followed forward at once, is never followed back, and is caught up with in the end', () => {
    const hourMs = 3_600_000
    const steps = fc.array(
      fc.record({
        passesMs: fc.integer({ min: 0, max: hourMs }),
        /** The machine's clock is set by so much, or the machine slept. */
        setMs: fc.constantFrom(0, 0, 0, 1, -1, 500, hourMs, -hourMs, 365 * 24 * hourMs, -365 * 24 * hourMs),
      }),
    )
    fc.assert(
      fc.property(steps, (all) => {
        let [wall, elapsed] = [1_700_000_000_000, 5.25]
        const clock = createClock({ wall: () => wall, elapsed: () => elapsed })
        let last = clock.now()
        for (const { passesMs, setMs } of all) {
          const before = last
          wall += passesMs + setMs
          elapsed += passesMs
          last = clock.now()
          assert.ok(last >= before, 'never back')
          assert.ok(last >= Math.floor(wall), 'never behind')
          if (passesMs > 100 && last > wall + 1)
            assert.ok(last - before >= passesMs * 0.9 - 1, 'never at rest')
        }
        const aheadMs = last - wall
        wall += aheadMs * 10 + 1
        elapsed += aheadMs * 10 + 1
        assert.ok(clock.now() - wall <= 1, 'caught up')
      }),
    )
  })

  test('wakes a sleeper soon when it is set forward', async () => {
    const holder = new MessageChannel()
    holder.port1.ref()
    let wall = 0
    const clock = createClock({ wall: () => wall, elapsed: () => 0 })
    const slept = clock.sleepUntil(365 * 24 * 3_600_000)
    wall = 400 * 24 * 3_600_000
    await slept
    holder.port1.close()
  })
})

test('A process stays for work that only sleeps, and ends with it', async () => {
  const clock = new URL('../../src/app/clock.ts', import.meta.url).href
  const program = `
    import { stayAwakeFor, systemClock } from ${JSON.stringify(clock)}
    const nap = () => systemClock.sleepUntil(systemClock.now() + 30)
    await stayAwakeFor(nap())
    await stayAwakeFor(nap().then(() => Promise.reject(new Error('over')))).catch(({ message }) => console.log(message))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(stdout, 'over\n')
})
