import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type LogEntry, recorded } from '../../../src/model/operations-log.ts'
import type { LogFilter, Storage } from '../../../src/model/ports/storage.ts'
import { createNewId } from '../../../src/world/new-id.ts'
import { newId, type OpenStorage, refusedWith, skillId, t0, unitId } from './records.ts'

/** What the storage takes for the IDs of the next entries. */
const nextIds: string[] = []

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

/** Records what is to be read as this entry. */
async function append(storage: Storage, { id, at, requestId, actor, ...change }: LogEntry): Promise<void> {
  nextIds.push(id)
  await storage.log.append(recorded({ now: at, requestId, actor }, change))
}

export function logConformance(openWith: OpenStorage): void {
  const open = (t: TestContext) => openWith(t, () => nextIds.shift() ?? newId())

  describe('the operations log', () => {
    test('keeps an entry as it is, the smallest and the largest', async (t) => {
      const { storage } = await open(t)
      const { log } = storage
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
      for (const entry of [smallest, largest, negative]) await append(storage, entry)
      assert.deepEqual(await log.list({}, { newest: false, limit: 10 }), [smallest, largest, negative])
    })

    test('is read in the order of the IDs, from either end, page by page', async (t) => {
      const { storage } = await open(t)
      const entries = Array.from({ length: 7 }, (_, index) => entryAt(t0 + index))
      for (const entry of entries.toReversed()) await append(storage, entry)
      for (const newest of [false, true]) {
        const expected = newest ? entries.toReversed() : entries
        for (let limit = 1; limit <= 8; limit++) {
          assert.deepEqual(await allEntries(storage, newest, limit), expected)
        }
      }
    })

    test('has the entries of a running request together, and one that came long after it in its time', async (t) => {
      const { storage } = await open(t)
      const { log } = storage
      const [early = '', request = '', later = ''] = [t0, t0 + 1, t0 + 2].map((at) => createNewId(() => at)())
      const appendAll = async (requestId: string, at: number, items: readonly number[]) => {
        for (const itemId of items) {
          nextIds.push(createNewId(() => at)())
          const change = { operation: 'enable', itemId, unitId: unitId(`R${itemId}`) } as const
          await log.append(recorded({ now: at, requestId, actor: 'client-1' }, change))
        }
      }
      await appendAll(later, t0 + 3, [4])
      await appendAll(request, t0 + 5, [1, 2, 3])
      await appendAll(early, t0 + 6, [0])
      await appendAll(early, t0 + 101, [5])
      const all = await log.list({}, { newest: false, limit: 10 })
      assert.deepEqual(
        all.map(({ itemId }) => itemId),
        [0, 1, 2, 3, 4, 5],
      )
      assert.deepEqual(
        all.map(({ requestId }) => requestId),
        [early, request, request, request, later, early],
      )
      for (const newest of [false, true]) {
        const expected = newest ? all.toReversed() : all
        for (let limit = 1; limit <= 7; limit++)
          assert.deepEqual(await allEntries(storage, newest, limit), expected)
      }
      assert.deepEqual(
        all.map(({ id }) => id),
        all.map(({ id }) => id).sort(),
      )
      const ofRequest = async (requestId: string) =>
        (await log.list({ requestId }, { newest: false, limit: 10 })).map(({ itemId }) => itemId)
      assert.deepEqual(
        [await ofRequest(request), await ofRequest(early)],
        [
          [1, 2, 3],
          [0, 5],
        ],
      )
      const since = await log.list({ since: t0 + 5 }, { newest: false, limit: 10 })
      assert.deepEqual(
        since.map(({ itemId }) => itemId),
        [0, 1, 2, 3, 5],
      )
      assert.equal(await log.forgetBefore(t0 + 101, 2), 2)
      assert.deepEqual(await log.list({}, { newest: false, limit: 10 }), all.slice(2))
    })

    test('has the entries of a unit in the order of their writes, whichever request came first', async (t) => {
      const { storage } = await openWith(t, newId)
      const requests = Array.from({ length: 6 }, () => newId())
      const written: string[] = []
      // Each request writes twice for one unit and once for another.
      for (const index of [3, 1, 5, 0, 4, 2, 3, 5, 1]) {
        const requestId = requests[index] ?? ''
        for (const name of ['R1', 'R1', 'R2']) {
          const change = { operation: 'enable', unitId: unitId(name) } as const
          await storage.log.append(recorded({ now: t0, requestId, actor: 'client-1' }, change))
        }
        written.push(requestId)
      }
      for (const [name, times] of [
        ['R1', 2],
        ['R2', 1],
      ] as const) {
        const entries = await storage.log.list({ unitId: unitId(name) }, { newest: false, limit: 100 })
        assert.deepEqual(
          entries.map(({ requestId }) => requestId),
          written.flatMap((requestId) => Array(times).fill(requestId)),
        )
      }
    })

    test('refuses a position that no page has ended with', async (t) => {
      const { storage } = await open(t)
      for (const position of ['x', newId().slice(1), `${newId()}-0000000g`, `${newId()}-80000000`]) {
        const list = storage.log.list({}, { newest: true, limit: 10, position })
        await assert.rejects(list, refusedWith('INVALID_PARAM'), position)
      }
    })

    test('is read by request, organization, unit, skill, operation, actor and outcome', async (t) => {
      const { storage } = await open(t)
      const { log } = storage
      const filters: Required<Omit<LogFilter, 'since' | 'until'>>[] = []
      for (const n of ['1', '2']) {
        for (const outcome of ['done', 'failed'] as const) {
          filters.push({
            requestId: `request-${n}`,
            organizationId: unitId(`ORG${n}`),
            unitId: unitId(`R${n}`),
            skillId: skillId(n),
            operation: n === '1' ? 'enable' : 'disable',
            actor: `client-${n}`,
            outcome,
          })
        }
      }
      const entries = filters.map((filter, index) => entryAt(t0 + index, filter))
      entries.push(entryAt(t0 + 9, { requestId: 'request-1', actor: 'client-3' }))
      for (const entry of entries) await append(storage, entry)
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
      assert.deepEqual(await found({ actor: 'client-2' }), [2, 3])
      assert.deepEqual(await found({ outcome: 'failed', unitId: unitId('R1') }), [1])
      for (const [index, filter] of filters.entries()) assert.deepEqual(await found(filter), [index])
      assert.deepEqual(await found({ requestId: 'request-1', operation: 'disable' }), [])
      const after = await log.list(
        { unitId: unitId('R1') },
        { newest: false, limit: 10, position: entries[0]!.id },
      )
      assert.deepEqual(after, [entries[1]])
    })

    test('is read by the operator, whatever his name, or by one of them', async (t) => {
      const { storage } = await open(t)
      const { log } = storage
      const actors = [
        'operator',
        'operator:ann',
        'operator:bob',
        'operator:',
        'operator;',
        'operators',
        'Operator',
      ]
      for (const actor of actors) await append(storage, entryAt(t0, { actor }))
      const found = async (actor: string) =>
        (await log.list({ actor }, { newest: false, limit: 10 })).map((entry) => entry.actor)
      assert.deepEqual(await found('operator'), actors.slice(0, 4))
      for (const actor of actors.slice(1)) assert.deepEqual(await found(actor), [actor])
    })

    test('is read from one time on and before another, in either order', async (t) => {
      const { storage } = await open(t)
      const { log } = storage
      const hourMs = 3_600_000
      // The last one was made when the clock had been set back: its ID still sorts behind.
      const times = [t0 - hourMs, t0 - 1, t0, t0 + 1, t0 + hourMs, t0 - 2 * hourMs]
      const entries = times.map((at, index) => {
        const idAt = index < 5 ? at : t0 + hourMs + 1
        return entryAt(at, { id: createNewId(() => idAt)(), detail: { index } })
      })
      for (const entry of entries) await append(storage, entry)
      const bounds = [undefined, 0, ...times, t0 + 2 * hourMs]
      for (const since of bounds) {
        for (const until of bounds) {
          const expected = entries.filter(({ at }) => at >= (since ?? 0) && at < (until ?? Infinity))
          const filter = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
          const found = await log.list(filter, { newest: false, limit: 10 })
          assert.deepEqual(found, expected, `${since} to ${until}`)
          assert.deepEqual(await log.list(filter, { newest: true, limit: 10 }), expected.toReversed())
        }
      }
    })

    test('forgets what is from before a time, the oldest first, in steps of the limit', async (t) => {
      const { storage } = await open(t)
      const { log } = storage
      const entries = Array.from({ length: 8 }, (_, index) => entryAt(t0 + index))
      for (const entry of entries) await append(storage, entry)
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
