import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock } from '../../src/app/clock.ts'

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
})
