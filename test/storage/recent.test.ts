// A map that forgets: what was used of late is there, and it never grows beyond twice its size.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Recent } from '../../src/storage/ids/recent.ts'

const size = 4

test('A map of what was used of late has the last entries that were set or read', () => {
  const key = fc.nat(12)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key }),
    fc.record({ kind: fc.constant('get' as const), key }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const recent = new Recent<number, string>(size)
      /** The keys in the order of their last use, the newest behind. */
      let used: number[] = []
      for (const { kind, key } of steps) {
        const found = recent.get(key)
        assert.ok(found === undefined || found === `value ${key}`)
        if (used.slice(-size).includes(key)) assert.equal(found, `value ${key}`)
        if (kind === 'set') recent.set(key, `value ${key}`)
        if (kind === 'set' || found !== undefined) used = [...used.filter((one) => one !== key), key]
      }
      const kept = Array.from({ length: 13 }, (_, key) => recent.get(key)).filter(
        (value) => value !== undefined,
      )
      assert.ok(kept.length <= 2 * size)
    }),
  )
})
