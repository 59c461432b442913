import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { startDuty } from '../../src/worker/duty.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'

const pauseMs = 20
const restMs = 60_000

/** A duty that says when it ran, from the start on in milliseconds, and does what the test tells it. */
interface Watched {
  readonly clock: HandClock
  readonly ranAt: number[]
  readonly errors: unknown[]
  /** When something is due, from the start on; `undefined` for nothing. */
  dueAt: number | undefined
  /** What a run does, beside telling that it ran. */
  step: (signal: AbortSignal) => Promise<void>
  wake(at: number): void
  settled(): Promise<void>
  stop(): Promise<void>
  /** Moves the clock and lets what it woke run. */
  move(ms: number): Promise<void>
}

async function watch(t: TestContext, step: Watched['step'] = async () => {}): Promise<Watched> {
  const clock = createHandClock()
  const start = clock.now()
  const ranAt: number[] = []
  const errors: unknown[] = []
  const log = { info() {}, warn() {}, error: (fields: object) => errors.push(fields) }
  const context = { now: clock.now, sleepUntil: clock.sleepUntil, log }
  const watched: Watched = {
    clock,
    ranAt,
    errors,
    dueAt: undefined,
    step,
    wake: (at) => duty.wake(start + at),
    settled: () => duty.settled(),
    stop: () => duty.stop(),
    async move(ms) {
      clock.moveBy(ms)
      await turns()
    },
  }
  const duty = startDuty(context, {
    name: 'watched',
    run: async (signal) => {
      ranAt.push(clock.now() - start)
      await watched.step(signal)
    },
    nextDueAt: async () => (watched.dueAt === undefined ? undefined : start + watched.dueAt),
    restMs,
    pauseMs,
  })
  t.after(() => watched.stop())
  await turns()
  return watched
}

/** Lets all go on that does not wait for the clock. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await turn()
}

describe('Background duties:', () => {
  test('A background duty runs at the next wake-up when the clock has jumped over the one that it sleeps for', async (t) => {
    // The sleeper of a real clock sees a jump only when its timer ends.
    const clock = createHandClock()
    let jumpMs = 0
    let runs = 0
    const duty = startDuty(
      {
        now: () => clock.now() + jumpMs,
        sleepUntil: clock.sleepUntil,
        log: { info() {}, warn() {}, error: assert.fail },
      },
      { name: 'jumped', run: async () => (runs += 1), nextDueAt: async () => undefined, restMs, pauseMs },
    )
    t.after(() => duty.stop())
    await turns()
    assert.equal(runs, 1)
    jumpMs = 2 * restMs
    duty.wake(clock.now() + jumpMs + 200)
    await turns()
    assert.equal(runs, 2)
  })

  test('A background duty runs at the start, and then when something is due', async (t) => {
    const duty = await watch(t)
    assert.deepEqual(duty.ranAt, [0])
    duty.dueAt = 300
    duty.wake(200)
    await duty.move(199)
    assert.deepEqual(duty.ranAt, [0])
    await duty.move(1)
    assert.deepEqual(duty.ranAt, [0, 200])
    duty.dueAt = undefined
    await duty.move(100)
    assert.deepEqual(duty.ranAt, [0, 200, 300])
    await duty.move(restMs - 1)
    assert.deepEqual(duty.ranAt, [0, 200, 300])
  })

  test('A background duty runs after its longest rest without a wake-up', async (t) => {
    const duty = await watch(t)
    await duty.move(restMs)
    await duty.move(restMs)
    assert.deepEqual(duty.ranAt, [0, restMs, 2 * restMs])
  })

  test('A background duty sleeps until the earliest of several wake-ups', async (t) => {
    const duty = await watch(t)
    for (const at of [500, 300, 400]) duty.wake(at)
    await duty.move(300)
    assert.deepEqual(duty.ranAt, [0, 300])
  })

  test('A background duty runs again after a wake-up during a run', async (t) => {
    const duty = await watch(t)
    duty.step = async () => {
      duty.wake(150)
      duty.step = async () => {}
    }
    duty.wake(100)
    await duty.move(100)
    assert.deepEqual(duty.ranAt, [0, 100])
    await duty.move(50)
    assert.deepEqual(duty.ranAt, [0, 100, 150])
  })

  test('A background duty pauses between two runs, however often it is woken', async (t) => {
    const duty = await watch(t)
    await duty.move(pauseMs)
    duty.wake(0)
    await turns()
    assert.deepEqual(duty.ranAt, [0, pauseMs])
    for (let ms = 1; ms <= 2 * pauseMs; ms++) {
      duty.wake(pauseMs + ms - 1)
      await duty.move(1)
    }
    assert.deepEqual(duty.ranAt, [0, pauseMs, 2 * pauseMs, 3 * pauseMs])
  })

  test('A background duty that fails is logged and retried after growing pauses, however often it is woken', async (t) => {
    const duty = await watch(t, async () => {
      throw new Error('the disk is full')
    })
    for (let second = 0; second < 100; second++) {
      duty.wake(second * 1000)
      await duty.move(1000)
    }
    assert.deepEqual(
      duty.ranAt.map((at) => at / 1000),
      [0, 1, 3, 7, 15, 31, 61, 91],
    )
    assert.equal(duty.errors.length, duty.ranAt.length)
    assert.match(String(duty.errors[0] && Object.values(duty.errors[0])), /the disk is full/)

    duty.step = async () => {}
    await duty.move(21_000)
    duty.wake(121_100)
    await duty.move(100)
    assert.deepEqual(duty.ranAt.slice(-2), [121_000, 121_100])
  })

  test('A background duty does not rest longer when the clock is set back', async (t) => {
    const duty = await watch(t)
    await duty.move(-3_600_000)
    duty.wake(-3_600_000)
    await turns()
    assert.deepEqual(duty.ranAt, [0, -3_600_000])
  })

  test('A background duty that is stopped during a run aborts its signal and ends after the run', async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let seen: AbortSignal | undefined
    const duty = await watch(t, async (signal) => {
      seen = signal
      await promise
    })
    let hasStopped = false
    const stopped = duty.stop().then(() => {
      hasStopped = true
    })
    await turns()
    assert.deepEqual([seen?.aborted, hasStopped], [true, false])
    resolve()
    await stopped
    duty.wake(0)
    await duty.move(restMs)
    assert.deepEqual(duty.ranAt, [0])
  })

  test('A background duty that is stopped while it sleeps ends at once', async (t) => {
    const duty = await watch(t)
    await duty.stop()
    await duty.move(restMs)
    assert.deepEqual(duty.ranAt, [0])
  })

  test('A background duty makes no pauses while something waits for it to settle, until nothing is due', async (t) => {
    const duty = await watch(t)
    let left = 3
    duty.step = async () => {
      left -= 1
      duty.dueAt = left > 0 ? 0 : 500
    }
    duty.wake(0)
    await turns()
    assert.deepEqual(duty.ranAt, [0])
    await duty.settled()
    assert.deepEqual([left, duty.ranAt], [0, [0, 0, 0, 0]])
    await duty.settled()
    assert.equal(duty.ranAt.length, 4)
    // It pauses again.
    duty.wake(0)
    await turns()
    assert.equal(duty.ranAt.length, 4)
    await duty.move(pauseMs)
    assert.deepEqual(duty.ranAt.at(-1), pauseMs)
  })

  test('A background duty that sleeps notices that the clock has moved before it is settled', async (t) => {
    const clock = createHandClock()
    let jumpMs = 0
    let runs = 0
    const duty = startDuty(
      {
        now: () => clock.now() + jumpMs,
        sleepUntil: clock.sleepUntil,
        log: { info() {}, warn() {}, error: assert.fail },
      },
      { name: 'jumped', run: async () => (runs += 1), nextDueAt: async () => undefined, restMs, pauseMs },
    )
    t.after(() => duty.stop())
    await duty.settled()
    assert.equal(runs, 1)
    jumpMs = restMs
    await duty.settled()
    assert.equal(runs, 2)
  })

  test('A background duty that failed is settled while it waits for its next attempt', async (t) => {
    const duty = await watch(t, async () => {
      throw new Error('the disk is full')
    })
    duty.wake(0)
    await duty.settled()
    await duty.settled()
    assert.deepEqual(duty.ranAt, [0])
    duty.clock.moveBy(1000)
    await duty.settled()
    assert.deepEqual(duty.ranAt, [0, 1000])
  })

  test('A background duty that has stopped is settled, also for those that waited before', async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const duty = await watch(t, () => promise)
    const waiting = duty.settled()
    const stopped = duty.stop()
    resolve()
    await Promise.all([waiting, stopped])
    await duty.settled()
    assert.deepEqual(duty.ranAt, [0])
  })
})
