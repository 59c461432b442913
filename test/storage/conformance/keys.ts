import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KeyRecord } from '../../../src/model/ports/storage.ts'
import { type OpenStorage, t0 } from './records.ts'

export function keysConformance(open: OpenStorage): void {
  describe('the keys of the service', () => {
    test('are listed as they were added, the oldest first', async (t) => {
      const { storage, otherNode } = await open(t)
      assert.deepEqual(await storage.keys.list(), [])
      const keys: KeyRecord[] = [
        { id: 'b', purpose: 'sign', sealed: 'sealed b', createdAt: t0 },
        { id: 'c', purpose: 'hash', sealed: 'sealed c', createdAt: t0 },
        { id: 'a', purpose: 'sign', sealed: 'sealed a', createdAt: t0 + 1 },
      ]
      for (const key of keys.toReversed()) await storage.keys.add(key)
      assert.deepEqual(await storage.keys.list(), keys)
      assert.deepEqual(await otherNode.keys.list(), keys)
    })

    test('that nodes make at the same time are one: the one that is kept', async (t) => {
      const { storage, otherNode } = await open(t)
      const made = (name: string): KeyRecord => ({
        id: 'first',
        purpose: 'hash',
        sealed: `sealed by ${name}`,
        createdAt: t0,
      })
      await Promise.all([
        storage.keys.add(made('one')),
        otherNode.keys.add(made('two')),
        storage.keys.add(made('three')),
      ])
      const kept = await storage.keys.list()
      assert.equal(kept.length, 1)
      await storage.keys.add(made('late'))
      assert.deepEqual(await otherNode.keys.list(), kept)
    })
  })
}
