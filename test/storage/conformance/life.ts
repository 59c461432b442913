/** The storage as a whole: what it does with more than it can take, and how it ends. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '../../../src/model/refusal.ts'
import {
  catalogEntry,
  delayMs,
  type OpenStorage,
  organization,
  record,
  refusedWith,
  skillId,
  stamp,
  t0,
} from './records.ts'

export function lifeConformance(open: OpenStorage): void {
  describe('the storage', () => {
    test('answers when it is asked whether it can', async (t) => {
      const { storage, otherNode } = await open(t)
      await storage.ping()
      await otherNode.ping()
    })

    test('refuses writes beyond what may wait, and keeps exactly those that it accepted', async (t) => {
      const { storage } = await open(t)
      const ids = Array.from({ length: 15_000 }, (_, index) => `key-${String(index).padStart(5, '0')}`)
      const ends = await Promise.allSettled(
        ids.map((id) => storage.keys.add({ id, purpose: 'sign', sealed: 'sealed', createdAt: t0 })),
      )
      const accepted = ids.filter((_, index) => ends[index]?.status === 'fulfilled')
      for (const end of ends) {
        if (end.status === 'fulfilled') continue
        assert.ok(end.reason instanceof Refusal)
        assert.equal(end.reason.code, 'SERVICE_UNAVAILABLE')
        assert.ok((end.reason.retryAfterMs ?? 0) > 0)
      }
      assert.ok(accepted.length < ids.length, 'the number of writes that wait has a limit')
      assert.ok(accepted.length >= 1000)
      const kept = await storage.keys.list()
      assert.deepEqual(
        kept.map((key) => key.id),
        accepted,
      )
      await storage.log.append(catalogEntry())
    })

    test('finishes the writes that it accepted before it closes, and takes no more', async (t) => {
      const { storage } = await open(t)
      const root = organization()
      await storage.catalog.put({ units: [root] }, catalogEntry())
      const writes = Array.from({ length: 1200 }, (_, index) =>
        storage.enablements.enable(record(root, `S${index}`), stamp(t0)),
      )
      const closed = storage.close()
      const late = storage.enablements.enable(record(root, 'late'), stamp(t0))
      await assert.rejects(late, refusedWith('SERVICE_UNAVAILABLE'))
      for (const made of await Promise.all(writes)) assert.equal(made.enabledFrom, t0 + delayMs)
      await closed
      await storage.close()
      await assert.rejects(storage.ping())
      await assert.rejects(async () => storage.enablements.find(root.id, skillId('S0')))
    })
  })
}
