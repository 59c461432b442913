import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createNewId } from '../../src/world/new-id.ts'

describe('An ID', () => {
  test('is a UUID of version 7 that carries the time of the clock', () => {
    const at = Date.UTC(2026, 5, 1, 12, 30)
    const id = createNewId(() => at)()
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), at)
  })

  test('sorts behind those made before it, also within a millisecond and when the clock is set back', () => {
    let now = 1_700_000_000_000
    const newId = createNewId(() => now)
    const ids = Array.from({ length: 20_000 }, (_, index) => {
      if (index % 7000 === 0) now += index % 2 === 0 ? 1 : -1000
      return newId()
    })
    assert.deepEqual(ids, [...ids].sort())
    assert.equal(new Set(ids).size, ids.length)
  })

  test('sorts behind one that a clock made that was ahead, once it is told of it', () => {
    for (const aheadMs of [-1000, 0, 1, 3_600_000, 365 * 24 * 3_600_000]) {
      const now = 1_700_000_000_000
      const before = createNewId(() => now + aheadMs)
      const made = Array.from({ length: 5000 }, () => before())
      const newId = createNewId(() => now)
      newId.startBehind(made.at(-1) ?? '')
      const ids = [...made, ...Array.from({ length: 5000 }, () => newId())]
      assert.equal(new Set(ids).size, ids.length)
      assert.ok(ids.slice(4999).every((id, index, all) => index === 0 || (all[index - 1] ?? '') < id))
    }
  })
})
