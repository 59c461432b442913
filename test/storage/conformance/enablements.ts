import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Enablement, statusAt } from '../../../src/model/enablement.ts'
import type { ListPosition, Storage } from '../../../src/model/ports/storage.ts'
import type { Stage } from '../../../src/protocol/enablement.ts'
import type { UnitId } from '../../../src/protocol/identifiers.ts'
import {
  catalogEntry,
  delayMs,
  logOf,
  type OpenStorage,
  onPending,
  organization,
  putRoom,
  putRooms,
  record,
  refusedWith,
  skill,
  skillId,
  stamp,
  t0,
  unitBelow,
  unitId,
  withoutId,
} from './records.ts'

export function enablementsConformance(open: OpenStorage): void {
  describe('an enablement', () => {
    test('that was never made is not found', async (t) => {
      const { enablements } = (await open(t)).storage
      assert.equal(await enablements.find(unitId('R101'), skillId('A')), undefined)
      assert.deepEqual(await enablements.list(unitId('R101'), undefined, 10), [])
      assert.equal(await enablements.hasten({ dueAfter: 0, now: t0, limit: 10 }), 0)
      assert.equal(await enablements.disable(unitId('R101'), skillId('A'), undefined, stamp(t0)), false)
    })

    test('begins as ENABLING and is answered, found and listed the same', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const partitionNames = ['Room101', 'Room-102']
      const made = await storage.enablements.enable(record(room, 'A', { partitionNames }), stamp(t0))
      const expected: Enablement = {
        unitId: room.id,
        skillId: skillId('A'),
        organizationId: room.organizationId,
        stage: 'live',
        partitionNames,
        nameFreeLocales: [],
        enabledFrom: t0 + delayMs,
        linkName: undefined,
        isLinked: false,
        createdAt: t0,
      }
      assert.deepEqual(made, expected)
      assert.deepEqual(await storage.enablements.find(room.id, skillId('A')), expected)
      assert.deepEqual(await storage.enablements.list(room.id, undefined, 10), [expected])
      assert.equal(statusAt(made, t0), 'ENABLING')
    })

    test('for a unit that is gone is refused, and nothing is kept of it', async (t) => {
      const { storage } = await open(t)
      const stranger = unitBelow(organization(), 'R101')
      const enable = storage.enablements.enable(record(stranger, 'A'), stamp(t0))
      await assert.rejects(enable, refusedWith('NOT_FOUND'))
      assert.equal(await storage.enablements.find(stranger.id, skillId('A')), undefined)
      assert.deepEqual(await logOf(storage), [])
    })

    test('enabled again in the same stage stays as far as it was', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      const first = await enablements.enable(record(room, 'A'), stamp(t0))
      assert.equal(first.enabledFrom, t0 + delayMs)
      for (const later of [0, 100, delayMs - 1, delayMs, 300, 1_000_000])
        assert.deepEqual(await enablements.enable(record(room, 'A'), stamp(t0 + later)), first)
      assert.deepEqual(await enablements.find(room.id, skillId('A')), first)
    })

    test('enabled in another stage switches and is ENABLING again, wherever it was', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      const enable = (stage: Stage, now: number) =>
        enablements.enable(record(room, 'A', { stage }), stamp(now))
      const first = await enable('development', t0)
      const second = await enable('live', t0 + 50)
      assert.deepEqual(second, { ...first, stage: 'live', enabledFrom: t0 + 50 + delayMs })

      assert.equal(statusAt(second, t0 + 2000), 'ENABLED')
      const third = await enable('certification', t0 + 2000)
      assert.deepEqual(third, { ...first, stage: 'certification', enabledFrom: t0 + 2000 + delayMs })
      assert.equal(statusAt(third, t0 + 2000), 'ENABLING')
      assert.deepEqual(await enablements.list(room.id, undefined, 10), [third])
    })

    test('enabled again has the partition names of the last request, or none', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      for (const partitionNames of [['Room101'], ['Room102', 'Room103'], [], ['Room101']]) {
        const made = await storage.enablements.enable(record(room, 'A', { partitionNames }), stamp(t0))
        assert.deepEqual(made.partitionNames, partitionNames)
      }
    })

    test('is disabled once, and only in the stage that is enabled', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      const disable = (stage?: Stage) => enablements.disable(room.id, skillId('A'), stage, stamp(t0 + 5))
      const first = await enablements.enable(record(room, 'A'), stamp(t0))
      assert.equal(await disable('development'), false)
      assert.deepEqual(await enablements.find(room.id, skillId('A')), first)
      assert.equal(await disable('live'), true)
      assert.equal(await enablements.find(room.id, skillId('A')), undefined)
      assert.equal(await disable('live'), false)
      assert.equal(await disable(), false)

      await enablements.enable(record(room, 'A'), stamp(t0 + 10))
      assert.equal((await enablements.find(room.id, skillId('A')))?.createdAt, t0 + 10)
      assert.equal(await disable(), true)
    })

    test('of one unit and skill is no other', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const { enablements } = storage
      for (const room of rooms) {
        for (const name of ['A', 'B']) await enablements.enable(record(room, name), stamp(t0))
      }
      assert.equal(await enablements.disable(rooms[0]!.id, skillId('A'), undefined, stamp(t0)), true)
      assert.deepEqual(await skillsOf(storage, rooms[0]!.id), ['B'])
      assert.deepEqual(await skillsOf(storage, rooms[1]!.id), ['A', 'B'])
    })
  })

  describe('a batch', () => {
    test('enables all of its items', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 1000)
      const records = rooms.map((room, itemId) =>
        record(room, 'A', { itemId, partitionNames: [`P${itemId}`] }),
      )
      await storage.enablements.enableMany(records, stamp(t0))
      for (const index of [0, 1, 500, 999]) {
        const stored = await storage.enablements.find(rooms[index]!.id, skillId('A'))
        assert.deepEqual(stored?.partitionNames, [`P${index}`])
      }
      const all = await Promise.all(rooms.map(({ id }) => storage.enablements.find(id, skillId('A'))))
      assert.ok(all.every((one) => one?.enabledFrom === t0 + delayMs))
    })

    test('applies its items in order, so that of two for one unit the last holds', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const items = [
        record(room, 'A', { stage: 'development', partitionNames: ['First'], itemId: 0 }),
        record(room, 'A', { stage: 'live', partitionNames: ['Second'], itemId: 1 }),
        record(room, 'A', { stage: 'live', partitionNames: ['Third'], itemId: 2 }),
      ]
      await storage.enablements.enableMany(items, stamp(t0))
      const stored = await storage.enablements.find(room.id, skillId('A'))
      assert.deepEqual([stored?.stage, stored?.partitionNames], ['live', ['Third']])
      assert.equal(stored?.enabledFrom, t0 + delayMs)
      assert.equal((await storage.enablements.list(room.id, undefined, 10)).length, 1)
    })

    test('follows the rules of a single enable for what is there already', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const { enablements } = storage
      const before = rooms.map((room) => record(room, 'A'))
      await enablements.enableMany(before, stamp(t0))
      const after = [before[0]!, { ...before[1]!, stage: 'development' } as const]
      await enablements.enableMany(after, stamp(t0 + 500))
      const found = await Promise.all(rooms.map((room) => enablements.find(room.id, skillId('A'))))
      assert.deepEqual(
        found.map((one) => one?.enabledFrom),
        [t0 + delayMs, t0 + 500 + delayMs],
      )
    })

    test('with one bad item changes nothing', async (t) => {
      const { storage } = await open(t)
      const { root, rooms } = await putRooms(storage, 3)
      const { enablements } = storage
      await enablements.enable(record(rooms[0]!, 'A', { stage: 'development' }), stamp(t0))
      const before = await Promise.all([enablements.find(rooms[0]!.id, skillId('A')), logOf(storage)])
      const good = rooms.map((room, itemId) => record(room, 'A', { itemId }))
      const strange = record(unitBelow(root, 'unknown'), 'A', { itemId: 3 })
      const unlinked = record(rooms[2]!, 'B', { itemId: 4, needsExistingLink: true })
      for (const [bad, code] of [
        [strange, 'NOT_FOUND'],
        [unlinked, 'INVALID_PARAM'],
      ] as const) {
        for (const items of [
          [bad, ...good],
          [good[0]!, bad, good[1]!],
          [...good, bad],
        ]) {
          await assert.rejects(enablements.enableMany(items, stamp(t0 + 1)), refusedWith(code))
        }
      }
      const after = await Promise.all([enablements.find(rooms[0]!.id, skillId('A')), logOf(storage)])
      assert.deepEqual(after, before)
      for (const room of rooms.slice(1)) {
        assert.deepEqual(await enablements.list(room.id, undefined, 10), [])
      }
    })

    test('without items changes nothing', async (t) => {
      const { storage } = await open(t)
      await storage.enablements.enableMany([], stamp(t0))
      assert.deepEqual(await logOf(storage), [])
    })
  })

  describe('the status', () => {
    test('becomes ENABLED at its time and not before, at each node', async (t) => {
      const { storage, otherNode } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      await storage.enablements.enable(record(rooms[0]!, 'A'), stamp(t0))
      await otherNode.enablements.enable(record(rooms[1]!, 'A'), stamp(t0 + 1))
      for (const { enablements } of [storage, otherNode]) {
        const statuses = async (now: number) => {
          const found = await Promise.all(rooms.map((room) => enablements.find(room.id, skillId('A'))))
          return found.map((one) => one && statusAt(one, now))
        }
        assert.deepEqual(await statuses(t0 + delayMs - 1), ['ENABLING', 'ENABLING'])
        assert.deepEqual(await statuses(t0 + delayMs), ['ENABLED', 'ENABLING'])
        assert.deepEqual(await statuses(t0 + delayMs + 1), ['ENABLED', 'ENABLED'])
        assert.deepEqual(await statuses(t0 + 365 * 86_400_000), ['ENABLED', 'ENABLED'])
      }
    })

    test('needs no write: nothing is added to the log when the time has come', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      await storage.enablements.enable(record(room, 'A'), stamp(t0))
      const found = await storage.enablements.find(room.id, skillId('A'))
      assert.equal(found && statusAt(found, t0 + delayMs), 'ENABLED')
      assert.deepEqual(
        (await logOf(storage)).map(({ operation }) => operation),
        ['enable'],
      )
    })

    test('begins anew when it was disabled and is enabled again', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      await enablements.enable(record(room, 'A'), stamp(t0))
      await enablements.disable(room.id, skillId('A'), undefined, stamp(t0 + 1000))
      const made = await enablements.enable(record(room, 'A'), stamp(t0 + 1000))
      assert.equal(made.enabledFrom, t0 + 1000 + delayMs)
      assert.equal(statusAt(made, t0 + 1000), 'ENABLING')
    })

    test('that a wrong clock put far off is brought to now, in steps of the limit', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 8)
      const { enablements } = storage
      const latest = t0 + 500_000
      const far = rooms.slice(0, 5)
      for (const room of far) await enablements.enable(record(room, 'A'), stamp(t0 + 365 * 86_400_000))
      const near = [
        await enablements.enable(record(rooms[5]!, 'A'), stamp(t0)),
        await enablements.enable(record(rooms[6]!, 'A'), stamp(latest - delayMs)),
        await enablements.enable(record(rooms[7]!, 'A', { link: onPending('code-1') }), stamp(t0)),
      ]
      const hastened = async () => {
        const found = await Promise.all(far.map((room) => enablements.find(room.id, skillId('A'))))
        return found.filter((one) => one?.enabledFrom === t0 + 7).length
      }
      for (const [taken, inAll] of [
        [2, 2],
        [2, 4],
        [1, 5],
        [0, 5],
      ]) {
        assert.equal(await enablements.hasten({ dueAfter: latest, now: t0 + 7, limit: 2 }), taken)
        assert.equal(await hastened(), inAll)
      }
      // The others are as they were: the one that is not far off, the one at the limit, the one that waits for its link.
      const found = rooms.slice(5).map((room) => enablements.find(room.id, skillId('A')))
      assert.deepEqual(await Promise.all(found), near)
    })
  })

  describe('a list', () => {
    /** Of which the order by bytes is no other alphabet's. */
    const names = ['-', '0', 'A', 'Z', '_', 'a', 'b']

    test('is ordered by time of creation, then by skill ID, byte by byte, where the skills came with one catalog', async (t) => {
      const { storage } = await open(t)
      await storage.catalog.put({ skills: names.toReversed().map((name) => skill(name)) }, catalogEntry())
      const { rooms } = await putRooms(storage, 2)
      for (const name of names.toReversed()) {
        await storage.enablements.enable(record(rooms[0]!, name), stamp(t0 + 1))
        await storage.enablements.enable(record(rooms[1]!, name), stamp(t0))
      }
      await storage.enablements.enable(record(rooms[0]!, 'zz'), stamp(t0))
      await storage.enablements.enable(record(rooms[0]!, '00'), stamp(t0 + 2))
      assert.deepEqual(await skillsOf(storage, rooms[0]!.id), ['zz', ...names, '00'])
    })

    test('has each skill under its own ID, also where a write that was refused had named it first', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      for (const name of ['X', 'Y']) {
        const refused = storage.enablements.enable(record(room, name, { needsExistingLink: true }), stamp(t0))
        await assert.rejects(refused, refusedWith('INVALID_PARAM'))
      }
      for (const [index, name] of ['Z', 'Y', 'X'].entries())
        await storage.enablements.enable(record(room, name), stamp(t0 + index))
      assert.deepEqual(await skillsOf(storage, room.id), ['Z', 'Y', 'X'])
      for (const name of ['X', 'Y', 'Z'])
        assert.equal((await storage.enablements.find(room.id, skillId(name)))?.skillId, skillId(name))
    })

    test('is ordered by time of creation, then as the skills came to be known', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const known = ['b', '-', 'Z', 'a']
      for (const name of known) await storage.enablements.enable(record(rooms[0]!, name), stamp(t0))
      for (const name of known.toReversed())
        await storage.enablements.enable(record(rooms[1]!, name), stamp(t0))
      for (const room of rooms) assert.deepEqual(await skillsOf(storage, room.id), known)
    })

    test('is read in pages of every size', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      for (const [index, name] of names.entries()) {
        await storage.enablements.enable(record(room, name), stamp(t0 + Math.floor(index / 3)))
      }
      for (let size = 1; size <= names.length + 1; size++) {
        const seen: string[] = []
        let after: ListPosition | undefined
        for (;;) {
          const page: Enablement[] = await storage.enablements.list(room.id, after, size)
          assert.equal(page.length, Math.min(size, names.length - seen.length))
          seen.push(...page.map(nameOf))
          after = page.at(-1)
          if (after === undefined) break
        }
        assert.deepEqual(seen, names)
      }
    })

    test('goes on behind the place where a page ended, while records come and go', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      const enable = (name: string, now: number) => enablements.enable(record(room, name), stamp(now))
      for (const [index, name] of ['A', 'B', 'C', 'D', 'E', 'F'].entries()) await enable(name, t0 + index)
      const first = await enablements.list(room.id, undefined, 3)
      assert.deepEqual(first.map(nameOf), ['A', 'B', 'C'])

      // The last of the page goes, one before it and one behind it too; one comes, and one comes again.
      for (const name of ['A', 'C', 'E']) {
        await enablements.disable(room.id, skillId(name), undefined, stamp(t0 + 10))
      }
      await enable('G', t0 + 11)
      await enable('A', t0 + 12)
      // Only touched: it keeps its place.
      await enablements.enable(record(room, 'D', { stage: 'development' }), stamp(t0 + 13))
      const rest = await enablements.list(room.id, first.at(-1), 10)
      assert.deepEqual(rest.map(nameOf), ['D', 'F', 'G', 'A'])
    })
  })

  describe('the log of enablements', () => {
    const common = { actor: 'client-1', organizationId: unitId('ORG1'), unitId: unitId('R101') }
    const entry = { ...common, skillId: skillId('A') }

    test('tells what was asked for, by whom and when, and what came of it', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      await enablements.enable(record(room, 'A'), stamp(t0, 'first'))
      await enablements.enable(record(room, 'A'), stamp(t0 + 500, 'second'))
      await enablements.disable(room.id, skillId('A'), 'development', stamp(t0 + 600, 'no'))
      await enablements.disable(room.id, skillId('A'), undefined, stamp(t0 + 700, 'third'))
      await enablements.disable(room.id, skillId('A'), undefined, stamp(t0 + 800, 'no'))
      const detail = { stage: 'live' }
      assert.deepEqual((await logOf(storage)).map(withoutId), [
        {
          ...entry,
          at: t0,
          requestId: 'first',
          operation: 'enable',
          outcome: 'accepted',
          effectiveAt: t0 + delayMs,
          detail,
        },
        { ...entry, at: t0 + 500, requestId: 'second', operation: 'enable', outcome: 'done', detail },
        { ...entry, at: t0 + 700, requestId: 'third', operation: 'disable', outcome: 'done', detail },
      ])
    })

    test('tells of each item of a batch, and from when it is ENABLED', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const records = rooms.map((room, index) => record(room, 'A', { itemId: 20 + index }))
      await storage.enablements.enableMany(records, stamp(t0, 'batch'))
      await storage.enablements.enableMany(records, stamp(t0 + delayMs, 'again'))
      const told = (await logOf(storage)).map(({ operation, requestId, unitId, itemId, ...entry }) =>
        [operation, requestId, unitId, itemId, entry.outcome, (entry.effectiveAt ?? t0) - t0].join(' '),
      )
      assert.deepEqual(told, [
        `batch_enable batch ${rooms[0]!.id} 20 accepted 200`,
        `batch_enable batch ${rooms[1]!.id} 21 accepted 200`,
        `batch_enable again ${rooms[0]!.id} 20 done 0`,
        `batch_enable again ${rooms[1]!.id} 21 done 0`,
      ])
    })

    test('tells with each request from when the record is ENABLED as that request left it', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      const ask = (now: number, more: Parameters<typeof record>[2] = {}) =>
        enablements.enable(record(room, 'A', more), stamp(now))
      await ask(t0)
      await ask(t0 + 1)
      await ask(t0 + 2, { stage: 'development' })
      await ask(t0 + 2 + delayMs, { stage: 'development' })
      await ask(t0 + 500, { link: onPending('code-1') })
      assert.deepEqual(
        (await logOf(storage)).map(({ outcome, effectiveAt }) => [outcome, effectiveAt]),
        [
          ['accepted', t0 + delayMs],
          ['accepted', t0 + delayMs],
          ['accepted', t0 + 2 + delayMs],
          ['done', undefined],
          // It waits for its link: nobody knows yet for how long.
          ['accepted', undefined],
        ],
      )
    })

    test('says done where there is no delay', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      await storage.enablements.enable(record(room, 'A'), { ...stamp(t0), activateAt: t0 })
      const [told] = await logOf(storage)
      assert.deepEqual([told?.outcome, told?.effectiveAt], ['done', undefined])
    })
  })
}

function nameOf(enablement: Enablement): string {
  return enablement.skillId.slice(skillId('').length)
}

async function skillsOf(storage: Storage, id: UnitId): Promise<string[]> {
  return (await storage.enablements.list(id, undefined, 100)).map(nameOf)
}
