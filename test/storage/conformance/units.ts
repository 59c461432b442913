import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LogEntry } from '../../../src/model/operations-log.ts'
import type { Storage } from '../../../src/model/ports/storage.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import { levelsMax, propertyOf, type Unit } from '../../../src/model/unit.ts'
import type { UnitId } from '../../../src/protocol/identifiers.ts'
import {
  atOnce,
  catalogEntry,
  entryOf,
  type OpenStorage,
  organization,
  principalId,
  raceRounds,
  record,
  refusedWith,
  skillId,
  stamp,
  t0,
  unitBelow,
  unitId,
  withoutId,
} from './records.ts'

const hotel = organization('HOTEL', { requiresSubscription: true })
const property = unitBelow(hotel, 'P1')
const subscriptionOf = (unit: Unit, name: string) => record(unit, name, { isSubscription: true })

export function unitsConformance(open: OpenStorage): void {
  describe('the tree of units', () => {
    test('has a new unit below its parent at once, on every node', async (t) => {
      const { storage, otherNode } = await open(t)
      const root = organization('ORG1', { solution: 'hospitality', country: 'IT' })
      await storage.catalog.put({ units: [root] }, catalogEntry())
      const floor = unitBelow(root, 'F1')
      const room = unitBelow(floor, 'R101')
      assert.equal(await otherNode.catalog.findUnit(floor.id), undefined)
      await add(storage, floor)
      await add(otherNode, room)
      for (const unit of [floor, room]) {
        assert.deepEqual(await storage.catalog.findUnit(unit.id), unit)
        assert.deepEqual(await otherNode.catalog.findUnit(unit.id), unit)
      }
    })

    test('logs each change with it, and nothing that was refused', async (t) => {
      const { storage } = await open(t)
      const root = organization()
      const room = unitBelow(root, 'R101')
      await storage.catalog.put({ units: [root] }, catalogEntry())
      const entries = ['create_unit', 'rename_unit', 'delete_unit'].map((operation) =>
        catalogEntry({ operation: operation as LogEntry['operation'], unitId: room.id }),
      )
      await storage.catalog.addUnit(newUnit(room), entries[0]!)
      await storage.catalog.renameUnit(room.id, 'New', entries[1]!)
      await storage.catalog.removeUnit(room.id, entries[2]!)
      await storage.catalog.removeUnit(room.id, catalogEntry())
      await storage.catalog.renameUnit(room.id, 'Newer', catalogEntry())
      await assert.rejects(add(storage, unitBelow(room, 'R1')), refusedWith('NOT_FOUND'))
      const logged = await storage.log.list({ unitId: room.id }, { newest: false, limit: 10 })
      assert.deepEqual(logged.map(withoutId), entries.map(entryOf))
      assert.equal((await storage.log.list({}, { newest: false, limit: 10 })).length, entries.length + 1)
    })

    test('takes no unit below what is not there, or below the lowest level', async (t) => {
      const { storage } = await open(t)
      await assert.rejects(add(storage, property), refusedWith('NOT_FOUND'))
      let lowest = organization()
      const units = [lowest]
      while (lowest.level < levelsMax) {
        lowest = unitBelow(lowest, `L${lowest.level + 1}`)
        units.push(lowest)
      }
      await storage.catalog.put({ units: units.slice(0, -1) }, catalogEntry())
      await add(storage, lowest)
      await assert.rejects(add(storage, unitBelow(lowest, 'L16')), refusedWith('INVALID_PARAM'))
      assert.equal(await storage.catalog.findUnit(unitId('L16')), undefined)
    })

    test('lists what stands below a unit level by level, in the order of creation, in pages', async (t) => {
      const { storage } = await open(t)
      const root = organization()
      // Each begins like another one, and what comes behind stands before and after a slash in the alphabet.
      const floorsOf = (names: readonly string[]) => names.map((name) => unitBelow(root, name))
      const roomsOf = (floors: readonly Unit[]) =>
        floors.flatMap((floor) =>
          ['0', 'A', '_', 'b'].map((name) => unitBelow(floor, `${name}-of-${floor.id.slice(21)}`)),
        )
      // Those of one change are created depth first, by ID.
      const [first, later] = [floorsOf(['F', 'F-', 'F0', 'FF', 'Fa', 'f']), floorsOf(['F-1', 'F1', 'F_'])]
      const floors = [...first, ...later]
      const rooms = roomsOf(floors)
      const foreign = [organization('ORG'), unitBelow(organization('ORG'), 'elsewhere')]
      const change = (units: readonly Unit[]) => storage.catalog.put({ units }, catalogEntry())
      await change([root, ...first, ...roomsOf(first), ...foreign].toReversed())
      await change([root, ...later, ...roomsOf(later)])
      const list = async (below: Unit, level: number, limit: number) => {
        const paths: string[] = []
        for (;;) {
          const range = { below: below.path, level, after: paths.at(-1) ?? '' }
          const page = await storage.catalog.listLevel(range, limit)
          paths.push(...page.map(({ path }) => path))
          if (page.length < limit) return paths
        }
      }
      for (const limit of [1, 4, 100]) {
        assert.deepEqual(await list(root, 1, limit), floors.map(pathOf))
        assert.deepEqual(await list(root, 2, limit), rooms.map(pathOf))
        for (const floor of floors) {
          const own = rooms.filter(({ parentId }) => parentId === floor.id)
          assert.deepEqual(await list(floor, 2, limit), own.map(pathOf))
        }
      }
      assert.deepEqual(await list(root, 3, 10), [])
      const [found] = await storage.catalog.listLevel({ below: root.path, level: 1, after: '' }, 1)
      assert.deepEqual(found, floors[0])
    })

    test('shows a new name at once, though the old one was looked up', async (t) => {
      const { storage } = await open(t)
      const root = organization()
      const room = unitBelow(root, 'R101')
      await storage.catalog.put({ units: [root, room] }, catalogEntry())
      await storage.catalog.findUnit(room.id)
      assert.equal(await storage.catalog.renameUnit(room.id, 'Suite', catalogEntry()), true)
      assert.deepEqual(await storage.catalog.findUnit(room.id), { ...room, name: 'Suite' })
      for (const id of [root.id, unitId('NOWHERE')]) {
        assert.equal(await storage.catalog.renameUnit(id, 'Suite', catalogEntry()), false)
      }
      assert.deepEqual(await storage.catalog.findUnit(root.id), root)
    })

    test('keeps a parent as long as a unit stands below it, whichever comes first', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const root = organization()
        const floor = unitBelow(root, `F${round}`)
        const room = unitBelow(floor, `R${round}`)
        await storage.catalog.put({ units: [root, floor] }, catalogEntry())
        const put = () => add(storage, room)
        const remove = () => otherNode.catalog.removeUnit(floor.id, catalogEntry())
        const ends = await atOnce<unknown>(round % 2 === 0 ? [put, remove] : [remove, put])
        const codes = ends.flatMap((end) => (end instanceof Refusal ? [end.code] : []))
        const left = await storage.catalog.listUnits(floor.id, '', 10)
        assert.deepEqual(codes, left.length === 0 ? ['NOT_FOUND'] : ['INVALID_PARAM'])
        assert.equal(
          (await storage.catalog.listUnits(root.id, '', 100)).some(({ id }) => id === floor.id),
          left.length > 0,
        )
      }
    })
  })

  describe('the subscription of a property', () => {
    test('is enabled like any skill, and found', async (t) => {
      const { storage, otherNode } = await openHotel(open, t)
      assert.equal(await storage.catalog.findSubscription(property.id), undefined)
      const enabled = await storage.enablements.enable(subscriptionOf(property, 'A'), stamp(t0))
      assert.deepEqual(await storage.enablements.list(property.id, undefined, 10), [enabled])
      assert.equal(await storage.catalog.findSubscription(property.id), skillId('A'))
      assert.equal(await otherNode.catalog.findSubscription(property.id), skillId('A'))
      assert.equal(await storage.catalog.findSubscription(unitId('NOWHERE')), undefined)
    })

    test('may be enabled again, and another one not beside it, alone or in a batch', async (t) => {
      const { storage } = await openHotel(open, t)
      await storage.enablements.enable(subscriptionOf(property, 'A'), stamp(t0))
      await storage.enablements.enable(subscriptionOf(property, 'A'), stamp(t0 + 1))
      const second = subscriptionOf(property, 'B')
      await assert.rejects(storage.enablements.enable(second, stamp(t0)), refusedWith('INVALID_PARAM'))
      const other = unitBelow(hotel, 'P2')
      await add(storage, other)
      const both = [subscriptionOf(other, 'B'), second]
      await assert.rejects(storage.enablements.enableMany(both, stamp(t0)), refusedWith('INVALID_PARAM'))
      assert.equal(await storage.catalog.findSubscription(other.id), undefined)
      assert.equal((await storage.enablements.list(property.id, undefined, 10)).length, 1)
      assert.equal((await storage.enablements.list(other.id, undefined, 10)).length, 0)
      await storage.enablements.enableMany([subscriptionOf(other, 'B')], stamp(t0))
      assert.equal(await storage.catalog.findSubscription(other.id), skillId('B'))
    })

    test('is one alone, however many come at once', async (t) => {
      const { storage, otherNode } = await openHotel(open, t)
      for (let round = 0; round < raceRounds; round++) {
        const unit = unitBelow(hotel, `P-${round}`)
        await add(storage, unit)
        const ends = await atOnce<unknown>(
          ['A', 'B', 'C', 'D', 'E', 'F'].map((name, index) => () => {
            const { enablements } = index % 2 === 0 ? storage : otherNode
            const wanted = subscriptionOf(unit, name)
            return index % 3 === 0
              ? enablements.enableMany([wanted], stamp(t0))
              : enablements.enable(wanted, stamp(t0))
          }),
        )
        const codes = ends.flatMap((end) => (end instanceof Refusal ? [end.code] : []))
        assert.deepEqual(codes, Array(5).fill('INVALID_PARAM'))
        const [only, ...more] = await storage.enablements.list(unit.id, undefined, 10)
        assert.deepEqual(more, [])
        assert.equal(await storage.catalog.findSubscription(unit.id), only?.skillId)
      }
    })

    test('must be there before a unit is added below, where the organization requires it', async (t) => {
      const { storage, otherNode } = await openHotel(open, t)
      const floor = unitBelow(property, 'F1')
      const room = unitBelow(floor, 'R101')
      await assert.rejects(add(storage, floor), refusedWith('INVALID_PARAM'))
      // Another skill is none.
      await storage.enablements.enable(record(property, 'A'), stamp(t0))
      await assert.rejects(add(storage, floor), refusedWith('INVALID_PARAM'))
      await storage.enablements.enable(subscriptionOf(property, 'B'), stamp(t0))
      await add(otherNode, floor)
      await storage.catalog.removeSubscription(property.id, catalogEntry())
      await assert.rejects(add(storage, room), refusedWith('INVALID_PARAM'))
      await storage.catalog.put({ units: [{ ...hotel, requiresSubscription: false }] }, catalogEntry())
      await add(storage, room)
    })

    test('goes with its property, and every other skill keeps the property', async (t) => {
      const { storage } = await openHotel(open, t)
      await storage.enablements.enable(subscriptionOf(property, 'A'), stamp(t0))
      await storage.enablements.enable(record(property, 'B'), stamp(t0))
      const remove = () => storage.catalog.removeUnit(property.id, catalogEntry())
      await assert.rejects(remove(), refusedWith('INVALID_PARAM'))
      assert.equal((await storage.enablements.list(property.id, undefined, 10)).length, 2)
      await storage.enablements.disable(property.id, skillId('B'), undefined, stamp(t0))
      assert.equal(await remove(), true)
      assert.equal(await storage.enablements.find(property.id, skillId('A')), undefined)
      await add(storage, property)
      assert.equal(await storage.catalog.findSubscription(property.id), undefined)
    })

    test('is taken away with its enablement, once', async (t) => {
      const { storage, otherNode } = await openHotel(open, t)
      await storage.enablements.enable(subscriptionOf(property, 'A'), stamp(t0))
      await storage.enablements.enable(record(property, 'B'), stamp(t0 + 1))
      const both = [storage, otherNode].map(
        ({ catalog }) =>
          () =>
            catalog.removeSubscription(property.id, catalogEntry()),
      )
      assert.deepEqual((await atOnce(both)).sort(), [false, true])
      const left = await storage.enablements.list(property.id, undefined, 10)
      assert.deepEqual(
        left.map((one) => one.skillId),
        [skillId('B')],
      )
      await storage.enablements.enable(subscriptionOf(property, 'C'), stamp(t0 + 2))
      assert.equal(await storage.catalog.findSubscription(property.id), skillId('C'))
    })

    test('that comes while its property goes is refused, or keeps nothing back', async (t) => {
      const { storage, otherNode } = await openHotel(open, t)
      for (let round = 0; round < raceRounds; round++) {
        const unit = unitBelow(hotel, `P-${round}`)
        await add(storage, unit)
        const subscribe = () => storage.enablements.enable(subscriptionOf(unit, 'A'), stamp(t0))
        const remove = () => otherNode.catalog.removeUnit(unit.id, catalogEntry())
        const ends = await atOnce<unknown>(round % 2 === 0 ? [subscribe, remove] : [remove, subscribe])
        const codes = ends.flatMap((end) => (end instanceof Refusal ? [end.code] : []))
        assert.ok(
          codes.every((code) => code === 'NOT_FOUND'),
          codes.join(),
        )
        assert.equal(
          (await otherNode.catalog.listUnits(hotel.id, '', 100)).some(({ id }) => id === unit.id),
          false,
        )
        assert.equal(await storage.enablements.find(unit.id, skillId('A')), undefined)
      }
    })
  })
}

async function openHotel(open: OpenStorage, t: Parameters<OpenStorage>[0]) {
  const opened = await open(t)
  await opened.storage.catalog.put({ units: [hotel, property] }, catalogEntry())
  return opened
}

function add({ catalog }: Storage, unit: Unit): Promise<void> {
  return catalog.addUnit(newUnit(unit), catalogEntry())
}

function newUnit(unit: Unit) {
  const above = propertyOf(unit)
  const parentId = unit.parentId as UnitId
  const creator = { principalId: principalId('CREATOR'), expiresAt: undefined }
  const { id, name, level } = unit
  return { id, parentId, propertyId: above === id ? undefined : above, name, level, creator }
}

/** In the order of their bytes: all of them are ASCII. */
function pathOf({ path }: Unit): string {
  return path
}
