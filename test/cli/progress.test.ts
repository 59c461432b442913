import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import { startProgress } from '../../src/cli/terminal/progress.ts'
import { ApiError, type AttemptEvent } from '../../src/client/index.ts'
import { createHandClock } from '../support/hand-clock.ts'

describe('Progress', () => {
  test('is told every five seconds where there is no terminal, also while nothing comes, with what is waited for', async (t) => {
    const { progress, clock, lines } = start(t, false)
    const reached = { noun: 'units accepted', done: 0, total: 4020 }
    progress.show(reached)
    const second = async () => {
      await clock.asleep(1)
      clock.moveBy(1000)
      await clock.asleep(1)
    }
    for (let seconds = 0; seconds < 5; seconds += 1) await second()
    assert.deepEqual(lines(), ['0 of 4,020 units accepted  waiting 5 s for a response'])
    progress.show({ ...reached, done: 500, otherwise: 20, beside: '20 refused' })
    progress.attempted(refusal(429, 'Too many requests.', 7000))
    for (let seconds = 0; seconds < 5; seconds += 1) await second()
    assert.equal(
      lines().at(-1),
      '500 of 4,020 units accepted  20 refused  waiting 2 s: 429 Too many requests.',
    )
    progress.attempted({ ...refusal(429, '', undefined), error: undefined, status: 202 })
    progress.show({ ...reached, done: 1000, otherwise: 20, beside: '20 refused' })
    for (let seconds = 0; seconds < 5; seconds += 1) {
      await second()
      progress.show({ ...reached, done: 1020, otherwise: 20, beside: '20 refused' })
    }
    // 1,040 in fifteen seconds, and 2,980 are left.
    assert.equal(lines().at(-1), '1,020 of 4,020 units accepted  20 refused  69 a second, 43 s left')
    progress.show({ ...reached, done: 4020, pauseMaxMs: 60_000 })
    for (let seconds = 0; seconds < 5; seconds += 1) await second()
    assert.match(lines().at(-1) ?? '', /^4,020 of 4,020 units accepted {2}\d+ a second$/)
  })

  test('is a bar at a terminal, of what is as it should be, without a rate or a time that are not known', (t) => {
    const { progress, clock, text } = start(t, true)
    progress.show({ noun: 'units accepted', done: 0, total: 4020 })
    assert.match(text(), /░{16} 0% {2}0 of 4,020 units accepted(?! {2})/)
    clock.moveBy(1000)
    progress.show({ noun: 'units accepted', done: 0, otherwise: 4020, total: 4020, beside: '4020 refused' })
    progress.end()
    assert.match(text(), /░{16} 0% {2}0 of 4,020 units accepted {2}4020 refused/)
    assert.doesNotMatch(text(), /100%|█|0 s left/)
  })
})

function start(t: TestContext, isTTY: boolean) {
  let written = ''
  const stream = Object.assign(
    new Writable({
      write(chunk, _, done) {
        written += chunk
        done()
      },
    }),
    { isTTY, columns: 80, cursorTo() {}, clearLine() {}, moveCursor() {} },
  )
  const clock = createHandClock()
  const progress = startProgress(stream, clock)
  t.after(() => progress.end())
  return { progress, clock, text: () => written, lines: () => written.trim().split('\n') }
}

function refusal(status: number, message: string, retryInMs: number | undefined): AttemptEvent {
  const error = new ApiError(
    message,
    { status, code: undefined, retryAfterMs: undefined },
    { operation: 'batchEnable' },
  )
  return {
    operation: 'batchEnable',
    method: 'POST',
    url: 'http://127.0.0.1/',
    attempt: 1,
    durationMs: 1,
    status,
    requestId: undefined,
    error,
    retryInMs,
  }
}
