import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ListPosition, Storage } from '../../../src/model/ports/storage.ts'
import type { UnitId } from '../../../src/protocol/identifiers.ts'
import {
  catalogEntry,
  linkKey,
  logOf,
  type OpenStorage,
  onLinked,
  putLinked,
  putRoom,
  putRooms,
  record,
  skill,
  skillId,
  stamp,
  t0,
  unitId,
} from './records.ts'

export function enablementsOfUnitsConformance(open: OpenStorage): void {
  describe('the enablements of many units', () => {
    test('are those of the first units that have any, in the order of the units', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 6)
      await storage.catalog.put({ skills: ['A', 'B', 'C'].map((name) => skill(name)) }, catalogEntry())
      for (const [place, names] of [
        [4, ['B']],
        [1, ['C', 'A']],
        [5, ['A']],
      ] as const) {
        for (const name of names) await storage.enablements.enable(record(rooms[place]!, name), stamp(t0))
      }
      const ids = rooms.map(({ id }) => id)
      assert.deepEqual(await read(storage, ids, 10), ['1 A C', '4 B', '5 A'])
      assert.deepEqual(await read(storage, ids, 2), ['1 A C', '4 B'])
      assert.deepEqual(await read(storage, ids.toReversed(), 2), ['0 A', '1 B'])
      assert.deepEqual(await read(storage, [], 10), [])
      assert.deepEqual(await read(storage, [unitId('unknown')], 10), [])
    })

    test('are found behind hundreds of units that have none', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 1000)
      const enabled = [
        0,
        12,
        13,
        110,
        111,
        112,
        500,
        ...Array.from({ length: 30 }, (_, index) => 900 + index),
        999,
      ]
      await storage.enablements.enableMany(
        enabled.map((place) => record(rooms[place]!, 'A')),
        stamp(t0),
      )
      const ids = rooms.map(({ id }) => id)
      for (const units of [1, 2, 11, 1000]) {
        const expected = enabled.slice(0, units).map((place) => `${place} A`)
        assert.deepEqual(await read(storage, ids, units), expected)
      }
    })

    test('are given for each place of a unit that stands there twice', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 20)
      await storage.enablements.enable(record(rooms[0]!, 'A'), stamp(t0))
      await storage.enablements.enable(record(rooms[9]!, 'B'), stamp(t0))
      const ids = [0, 0, ...Array.from({ length: 18 }, () => 5), 9, 0, 9].map((room) => rooms[room]!.id)
      assert.deepEqual(await read(storage, ids, 10), ['0 A', '1 A', '20 B', '21 A', '22 B'])
    })

    test('are at most so many of a unit, from a position on in the first', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      for (const room of rooms) {
        for (const [index, name] of ['D', 'C', 'B', 'A'].entries())
          await storage.enablements.enable(record(room, name), stamp(t0 + index))
      }
      const ids = rooms.map(({ id }) => id)
      assert.deepEqual(await read(storage, ids, 10, 3), ['0 D C B', '1 D C B'])
      const [, second] = await storage.enablements.list(ids[0]!, undefined, 2)
      assert.deepEqual(await read(storage, ids, 10, 3, second), ['0 B A', '1 D C B'])
    })

    test('are whole records', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const more = { partitionNames: ['Room101'], nameFreeLocales: ['en-US', 'es-US'] }
      const made = await storage.enablements.enable(record(room, 'A', more), stamp(t0))
      const limits = { units: 1, records: 1 }
      const found = await storage.enablements.listOfUnits([room.id], undefined, limits)
      assert.deepEqual(found, [{ place: 0, enablements: [made] }])
    })
  })

  describe('the locales of an enablement', () => {
    test('are those of the last request, or none', async (t) => {
      const { storage } = await open(t)
      const room = await putRoom(storage)
      const { enablements } = storage
      for (const nameFreeLocales of [['en-US'], ['de-DE', 'es-US'], [], ['en-US']]) {
        const made = await enablements.enable(record(room, 'A', { nameFreeLocales }), stamp(t0))
        assert.deepEqual(made.nameFreeLocales, nameFreeLocales)
        await enablements.enableMany([record(room, 'B', { nameFreeLocales })], stamp(t0))
        for (const found of await enablements.list(room.id, undefined, 10))
          assert.deepEqual(found.nameFreeLocales, nameFreeLocales)
      }
    })
  })

  describe('a batch that disables', () => {
    test('removes what is there, and passes over what is not or in another stage', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 4)
      const { enablements } = storage
      for (const [place, room] of rooms.slice(0, 3).entries()) {
        for (const name of ['A', 'B']) {
          const stage = place === 1 ? 'development' : 'live'
          await enablements.enable(record(room, name, { stage }), stamp(t0))
        }
      }
      const stages = ['live', 'live', undefined, undefined] as const
      const records = rooms.map(({ id }, itemId) => ({
        unitId: id,
        skillId: skillId('A'),
        stage: stages[itemId],
        itemId,
      }))
      // The same unit twice does no harm.
      await enablements.disableMany([...records, ...records], stamp(t0 + 10, 'batch'))
      const ids = rooms.map(({ id }) => id)
      assert.deepEqual(await read(storage, ids, 10), ['0 B', '1 A B', '2 B'])
      const told = (await logOf(storage)).filter(({ operation }) => operation === 'batch_disable')
      const common = { requestId: 'batch', outcome: 'done', detail: { stage: 'live' } }
      assert.deepEqual(
        told.map(({ requestId, outcome, detail }) => ({ requestId, outcome, detail })),
        [common, common],
      )
      assert.deepEqual(told.map(({ unitId, itemId }) => [unitId, itemId]).sort(), [
        [ids[0], 0],
        [ids[2], 2],
      ])
    })

    test('lets go of the links on which its records lived', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const key = linkKey(rooms[0]!, 'A', 'code')
      await putLinked(storage, key)
      const records = rooms.map((room) => record(room, 'A', { link: onLinked('code') }))
      await storage.enablements.enableMany(records, stamp(t0))
      const disabled = rooms.map(({ id }) => ({ unitId: id, skillId: skillId('A'), stage: undefined }))
      await storage.enablements.disableMany(disabled, stamp(t0 + 10))
      assert.equal(await storage.links.nextDueAt(), t0 + 10)
    })

    test('without items changes nothing', async (t) => {
      const { storage } = await open(t)
      await storage.enablements.disableMany([], stamp(t0))
      assert.deepEqual(await logOf(storage), [])
    })
  })
}

/** Each unit as its place and the names of its skills. */
async function read(
  { enablements }: Storage,
  ids: readonly UnitId[],
  units: number,
  records = 100,
  after?: ListPosition,
): Promise<string[]> {
  const found = await enablements.listOfUnits(ids, after, { units, records })
  const names = found.map((one) => one.enablements.map((each) => each.skillId.slice(skillId('').length)))
  return found.map(({ place }, index) => [place, ...names[index]!].join(' '))
}
