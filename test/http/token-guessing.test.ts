// The limit on wrong secrets by itself. How each secret that can be guessed is counted: oauth/guessing.test.ts.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createClientAddress } from '../../src/http/gate/client-address.ts'
import { createGuessLimit } from '../../src/world/guess-limit.ts'

const minuteMs = 60_000

/** A request as the limit sees it. */
const from = (remoteAddress: string, forwarded?: string): IncomingMessage => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage
}

function start(perMinute: number, trustedProxies?: string) {
  let now = Date.UTC(2026, 0, 1)
  const addressOf = createClientAddress(trustedProxies)
  const limit = createGuessLimit(() => now, perMinute)
  return {
    counted: () => limit.counted(),
    moveBy(ms: number) {
      now += ms
    },
    /** Whether the guess was judged at all; if not, after how many milliseconds it is worth another. */
    guess(request: IncomingMessage, secret: string, isRight = false): true | number {
      try {
        limit.judge(addressOf(request), secret, isRight)
        return true
      } catch (error) {
        const { code, retryAfterMs } = error as { code: string; retryAfterMs: number }
        assert.equal(code, 'TOO_MANY_REQUESTS')
        return retryAfterMs
      }
    },
  }
}

describe('The limit on wrong secrets', () => {
  test('lets a caller show so many of a secret a minute, and then one each time that one has gone by', () => {
    for (const perMinute of [1, 2, 7, 30, 59, 6000]) {
      const { guess, moveBy } = start(perMinute)
      const address = from('192.0.2.1')
      for (let shown = 0; shown < perMinute; shown += 1) assert.equal(guess(address, 'a'), true)
      const step = Math.floor(minuteMs / perMinute)
      assert.equal(guess(address, 'a'), step)
      // The right one is not told from a wrong one.
      assert.equal(guess(address, 'a', true), step)
      moveBy(step - 1)
      assert.equal(guess(address, 'a'), 1)
      moveBy(1)
      assert.equal(guess(address, 'a'), true)
      assert.equal(guess(address, 'a'), step)
      moveBy(minuteMs)
      for (let shown = 0; shown < perMinute; shown += 1) assert.equal(guess(address, 'a'), true)
    }
  })

  test('lets a caller show ten times as many of all secrets together', () => {
    const { guess } = start(3)
    const address = from('192.0.2.1')
    const judged = Array.from({ length: 100 }, (_, index) => guess(address, `secret ${index}`))
    assert.equal(judged.filter((answer) => answer === true).length, 30)
    assert.equal(guess(from('192.0.2.2'), 'secret 99'), true)
  })

  test('goes on to judge a caller that has shown the right one, whatever else is shown from its address', () => {
    const { guess, moveBy } = start(3)
    const address = from('192.0.2.1')
    assert.equal(guess(address, 'mine', true), true)
    for (let shown = 0; shown < 100; shown += 1) guess(address, `secret ${shown}`)
    assert.equal(guess(address, 'mine', true), true)
    assert.notEqual(guess(address, 'another', true), true)
    for (let shown = 0; shown < 3; shown += 1) assert.equal(guess(address, 'mine'), true)
    assert.notEqual(guess(address, 'mine', true), true)
    moveBy(24 * 3_600_000)
    for (let shown = 0; shown < 100; shown += 1) guess(address, `secret ${shown}`)
    assert.notEqual(guess(address, 'mine', true), true)
  })

  test('lets each caller show one wrong one a minute of a secret at which many guess, and any right one', () => {
    const { guess, moveBy } = start(3)
    const stranger = (index: number) => from(`198.51.${Math.floor(index / 250)}.${index % 250}`)
    for (let index = 0; index < 1000; index += 1) assert.equal(guess(stranger(index), 'a'), true)
    const [known, late] = [from('192.0.2.1'), from('192.0.2.2')]
    assert.equal(guess(known, 'a', true), true)
    assert.equal(guess(late, 'a'), true)
    assert.equal(guess(late, 'a'), minuteMs)
    assert.equal(guess(late, 'b'), true)
    for (let shown = 0; shown < 3; shown += 1) assert.equal(guess(known, 'a'), true)
    moveBy(minuteMs)
    assert.equal(guess(late, 'a', true), true)
  })

  test('counts an address of IPv6 by its network, in every spelling, and an address of IPv4 in IPv6 as itself', () => {
    for (const [one, same] of [
      ['2001:db8::1', '2001:db8:0:0:ffff:ffff:ffff:ffff'],
      ['2001:db8:1:2:3:4:5:6', '2001:0DB8:0001:0002::'],
      ['::1', '0:0:0:0:0:0:0:1'],
      ['1::', '1:0:0:0:9::'],
      ['fe80::1%eth0', 'fe80::2'],
      ['192.0.2.1', '::ffff:192.0.2.1'],
    ] as const) {
      const { guess } = start(1)
      assert.equal(guess(from(one), 'a'), true)
      assert.notEqual(guess(from(same), 'a'), true, `${one} ${same}`)
    }
    for (const [one, other] of [
      ['2001:db8:0:1::1', '2001:db8:0:2::1'],
      ['::1', '::ffff:127.0.0.1'],
      ['192.0.2.1', '192.0.2.2'],
    ] as const) {
      const { guess } = start(1)
      assert.equal(guess(from(one), 'a'), true)
      assert.equal(guess(from(other), 'a'), true, `${one} ${other}`)
    }
  })

  test('believes what trusted proxies have seen, and nothing that stands before it', () => {
    const trusted = '10.0.0.0/8, 192.0.2.7,2001:db8::/32'
    for (const [connection, forwarded, told] of [
      ['10.1.2.3', '203.0.113.1', '203.0.113.1'],
      ['::ffff:10.1.2.3', 'made up, 203.0.113.1', '203.0.113.1'],
      ['10.1.2.3', '198.51.100.9, 203.0.113.1, 192.0.2.7', '203.0.113.1'],
      ['2001:db8::5', '203.0.113.1:4711, [2001:db8::9]:80', '203.0.113.1'],
      ['10.1.2.3', '203.0.113.1, unknown', '10.1.2.3'],
      ['10.1.2.3', '10.9.9.9', '10.9.9.9'],
      ['10.1.2.3', '', '10.1.2.3'],
      ['10.1.2.3', undefined, '10.1.2.3'],
      ['203.0.113.5', '198.51.100.9', '203.0.113.5'],
      ['127.0.0.1', '198.51.100.9', '127.0.0.1'],
    ] as const)
      assert.equal(
        createClientAddress(trusted)(from(connection, forwarded)),
        told,
        `${connection} ${forwarded}`,
      )
    assert.equal(createClientAddress(undefined)(from('10.1.2.3', '203.0.113.1')), '10.1.2.3')
  })

  test('lets everything through at 0', () => {
    const { guess, counted } = start(0)
    for (let shown = 0; shown < 1000; shown += 1) assert.equal(guess(from('192.0.2.1'), 'a'), true)
    assert.equal(counted(), 0)
  })

  test('whatever is shown: judges a first and right one, tells when to come back, and is back at nothing after a minute', () => {
    const step = fc.record({
      address: fc.integer({ min: 1, max: 5 }),
      secret: fc.oneof(fc.constantFrom('a', 'b'), fc.string()),
      isRight: fc.boolean(),
      waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90_000 })),
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 300 }), (perMinute, steps) => {
        const { guess, moveBy, counted } = start(perMinute)
        for (const { address, secret, isRight, waitMs } of steps) {
          moveBy(waitMs)
          const answer = guess(from(`192.0.2.${address}`), secret, isRight)
          if (answer === true) continue
          assert.ok(answer > 0 && answer <= minuteMs, String(answer))
          moveBy(answer)
          assert.equal(guess(from(`192.0.2.${address}`), secret, isRight), true)
        }
        // From elsewhere: not yet seen.
        for (const secret of ['a', 'b']) assert.equal(guess(from('203.0.113.1'), secret, true), true)
        moveBy(minuteMs)
        assert.equal(counted(), 0)
      }),
    )
  })

  test('waits no longer than a minute when the clock is set back', () => {
    for (const backMs of [1, 1000, minuteMs, 3_600_000, 365 * 24 * 3_600_000]) {
      const { guess, counted, moveBy } = start(3)
      const address = from('192.0.2.1')
      for (let shown = 0; shown < 10; shown += 1) guess(address, 'a')
      moveBy(-backMs)
      assert.ok(counted() > 0)
      moveBy(minuteMs)
      assert.equal(guess(address, 'a'), true, String(backMs))
    }
  })

  test('counts no more than it has room for, however many guess', () => {
    const { guess, counted, moveBy } = start(30)
    for (let index = 0; index < 30_000; index += 1)
      guess(from(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`), 'x'.repeat(index % 5000))
    assert.ok(counted() > 0 && counted() <= 40_000, String(counted()))
    moveBy(minuteMs)
    assert.equal(counted(), 0)
  })
})
