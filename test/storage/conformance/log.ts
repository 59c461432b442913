import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LogEntry } from '../../../src/model/operations-log.ts'
import type { LogFilter, Storage } from '../../../src/model/storage.ts'
import { newId, type OpenStorage, skillId, t0, unitId } from './records.ts'

function entryAt(at: number, more: Partial<LogEntry> = {}): LogEntry {
  return {
    id: newId(),
    at,
    requestId: 'request-1',
    actor: 'client-1',
    operation: 'enable',
    outcome: 'done',
    ...more,
  }
}

export function logConformance(open: OpenStorage): void {
  describe('the operations log', () => {
    test('keeps an entry as it is, the smallest and the largest', async (t) => {
      const { log } = (await open(t)).storage
      assert.deepEqual(await log.list({}, { newest: false, limit: 10 }), [])
      const smallest = entryAt(t0)
      const largest = entryAt(t0 + 1, {
        organizationId: unitId('ORG1'),
        unitId: unitId('R101'),
        skillId: skillId('A'),
        itemId: Number.MAX_SAFE_INTEGER,
        outcome: 'failed',
        detail: { reason: 'Ünïcode "quoted" \n 東京', nested: { list: [1, null, true] }, empty: {} },
      })
      const negative = entryAt(t0 + 2, { itemId: Number.MIN_SAFE_INTEGER })
      for (const entry of [smallest, largest, negative]) await log.append(entry)
      assert.deepEqual(await log.list({}, { newest: false, limit: 10 }), [smallest, largest, negative])
    })

    test('is read in the order of the IDs, from either end, page by page', async (t) => {
      const { storage } = await open(t)
      const entries = Array.from({ length: 7 }, (_, index) => entryAt(t0 + index))
      for (const entry of entries.toReversed()) await storage.log.append(entry)
      for (const newest of [false, true]) {
        const expected = newest ? entries.toReversed() : entries
        for (let limit = 1; limit <= 8; limit++) {
          assert.deepEqual(await allEntries(storage, newest, limit), expected)
        }
      }
    })

    test('is read by request, organization, unit, skill, operation and outcome', async (t) => {
      const { log } = (await open(t)).storage
      const filters: Required<LogFilter>[] = []
      for (const n of ['1', '2']) {
        for (const outcome of ['done', 'failed'] as const) {
          filters.push({
            requestId: `request-${n}`,
            organizationId: unitId(`ORG${n}`),
            unitId: unitId(`R${n}`),
            skillId: skillId(n),
            operation: n === '1' ? 'enable' : 'disable',
            outcome,
          })
        }
      }
      const entries = filters.map((filter, index) => entryAt(t0 + index, filter))
      entries.push(entryAt(t0 + 9, { requestId: 'request-1' }))
      for (const entry of entries) await log.append(entry)
      const found = async (filter: LogFilter) =>
        (await log.list(filter, { newest: false, limit: 10 })).map((entry) =>
          entries.findIndex((one) => one.id === entry.id),
        )
      assert.deepEqual(await found({ requestId: 'request-1' }), [0, 1, 4])
      assert.deepEqual(await found({ organizationId: unitId('ORG2') }), [2, 3])
      assert.deepEqual(await found({ unitId: unitId('R1') }), [0, 1])
      assert.deepEqual(await found({ skillId: skillId('2') }), [2, 3])
      assert.deepEqual(await found({ operation: 'disable' }), [2, 3])
      assert.deepEqual(await found({ outcome: 'failed' }), [1, 3])
      assert.deepEqual(await found({ outcome: 'failed', unitId: unitId('R1') }), [1])
      for (const [index, filter] of filters.entries()) assert.deepEqual(await found(filter), [index])
      assert.deepEqual(await found({ requestId: 'request-1', operation: 'disable' }), [])
      const after = await log.list(
        { unitId: unitId('R1') },
        { newest: false, limit: 10, position: entries[0]!.id },
      )
      assert.deepEqual(after, [entries[1]])
    })

    test('forgets what is from before a time, the oldest first, in steps of the limit', async (t) => {
      const { log } = (await open(t)).storage
      const entries = Array.from({ length: 8 }, (_, index) => entryAt(t0 + index))
      for (const entry of entries) await log.append(entry)
      assert.equal(await log.forgetBefore(t0, 10), 0)
      assert.equal(await log.forgetBefore(t0 + 5, 3), 3)
      assert.deepEqual(await log.list({}, { newest: false, limit: 10 }), entries.slice(3))
      assert.equal(await log.forgetBefore(t0 + 5, 3), 2)
      assert.equal(await log.forgetBefore(t0 + 5, 3), 0)
      assert.deepEqual(await log.list({}, { newest: false, limit: 10 }), entries.slice(5))
    })
  })
}

async function allEntries(storage: Storage, newest: boolean, limit: number): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  for (let pages = 0; pages < 10; pages++) {
    const position = entries.at(-1)?.id
    const page = { newest, limit, ...(position === undefined ? {} : { position }) }
    const found = await storage.log.list({}, page)
    assert.ok(found.length <= limit)
    entries.push(...found)
    if (found.length < limit) return entries
  }
  throw new Error('The log does not end.')
}
