import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomRange } from '../../../src/model/ports/room-storage.ts'
import type { Storage } from '../../../src/model/ports/storage.ts'
import { cellOf } from '../../../src/model/rooms/cell.ts'
import type { Unit } from '../../../src/model/unit.ts'
import type { SkillId } from '../../../src/protocol/identifiers.ts'
import {
  catalogEntry,
  linkKey,
  type OpenStorage,
  onLinked,
  onPending,
  organization,
  putLinked,
  record,
  skill,
  skillId,
  stamp,
  t0,
  unitBelow,
} from './records.ts'

const linking = new Set<SkillId>([skillId('B'), skillId('C')])
const names = ['A', 'B', 'C', 'D']
const columns = {
  skills: names.map((name) => ({ id: skillId(name), hasAccountLinking: linking.has(skillId(name)) })),
  areAll: true,
}
const now = t0 + 1000

/** Two properties, of which one has 40 wards, and something of everything enabled in the rooms of the first wards. */
async function putTree(storage: Storage) {
  const root = organization()
  const [property, other] = [unitBelow(root, 'P1'), unitBelow(root, 'P2')]
  const wards = Array.from({ length: 40 }, (_, index) => unitBelow(property, `W${index}`))
  const rooms = wards
    .slice(0, 12)
    .flatMap((ward, index) =>
      Array.from({ length: (index % 3) + 1 }, (_, at) => unitBelow(ward, `R${index}-${at}`)),
    )
  const skills = [...names, 'E'].map((name) => skill(name))
  // One after the other, so that the order of creation is another than that of the IDs.
  await storage.catalog.put({ units: [root, property, other], skills }, catalogEntry())
  for (const some of [wards.toReversed(), rooms.toReversed()])
    for (const unit of some) await storage.catalog.put({ units: [unit] }, catalogEntry())
  await putLinked(storage, linkKey(root, 'C', 'linked'))
  for (const [index, room] of rooms.entries()) {
    const { enable } = storage.enablements
    if (index % 2 === 0) await enable(record(room, 'A'), stamp(t0))
    if (index % 3 === 0) await enable(record(room, 'B'), stamp(t0))
    if (index % 4 === 0) await enable(record(room, 'C', { link: onLinked('linked') }), stamp(t0))
    if (index % 5 === 0) await enable(record(room, 'C', { link: onPending(`of ${room.id}`) }), stamp(t0))
    if (index % 7 === 0) await enable(record(room, 'D'), stamp(now))
    if (index % 8 === 0) await enable(record(room, 'E'), stamp(t0))
  }
  await storage.enablements.enable(record(property, 'A'), stamp(t0))
  const below = (unit: Unit): Unit[] => {
    const children = [other, property, ...wards, ...rooms].filter(({ parentId }) => parentId === unit.id)
    return [unit, ...children.toReversed().flatMap(below)]
  }
  return { root, property, other, wards, rooms, below }
}

async function expectedCells(storage: Storage, unit: Unit, skills: readonly string[]): Promise<string> {
  const cells = skills.map(async (name) => {
    const enablement = await storage.enablements.find(unit.id, skillId(name))
    return cellOf(enablement, linking.has(skillId(name)), now)
  })
  return (await Promise.all(cells)).join('')
}

export function roomsConformance(open: OpenStorage): void {
  describe('reading rooms', () => {
    test('gives the units of a range in the order of the tree, by pages of any length', async (t) => {
      const { storage, otherNode } = await open(t)
      const { root, property, wards, below } = await putTree(storage)
      for (const top of [root, property, ...wards.slice(0, 3)])
        for (const limit of [1, 7, 1000]) {
          const found: Unit[] = []
          let after = ''
          for (;;) {
            const page = await otherNode.rooms.listUnits({ root: top, isWhole: true, after }, limit)
            found.push(...page)
            if (page.length < limit) break
            after = page.at(-1)?.path ?? ''
          }
          assert.deepEqual(found, below(top))
        }
      assert.deepEqual(await storage.rooms.listUnits({ root: property, isWhole: false, after: '' }, 10), [
        property,
      ])
      const everywhere = { root: { path: '' }, isWhole: true, after: '' }
      assert.deepEqual(await storage.rooms.listUnits(everywhere, 1000), below(root))
    })

    test('goes on behind a unit that is gone, and finds nothing below an unknown one', async (t) => {
      const { storage } = await open(t)
      const { property, wards, below } = await putTree(storage)
      const gone = wards[20]!
      const rest = below(property).slice(below(property).indexOf(gone) + 1)
      await storage.catalog.removeUnit(gone.id, catalogEntry())
      const range = { root: property, isWhole: true, after: gone.path }
      assert.deepEqual(await storage.rooms.listUnits(range, 1000), rest)
      assert.deepEqual(await storage.rooms.listUnits({ root: gone, isWhole: true, after: '' }, 10), [])
      const unknown = unitBelow(property, 'NOWHERE')
      assert.deepEqual(await storage.rooms.listUnits({ root: unknown, isWhole: true, after: '' }, 10), [])
    })

    test('gives the time of the newest entry of each unit, if it is asked for', async (t) => {
      const { storage, otherNode } = await open(t)
      const { root, rooms } = await putTree(storage)
      const [first] = rooms
      await storage.enablements.enable(record(first!, 'E'), stamp(now + 5))
      const range: RoomRange = { root, isWhole: true, after: '' }
      for (const areAll of [true, false]) {
        const page = { now, limit: 1000 }
        const plain = await otherNode.rooms.listRows(range, { ...columns, areAll }, page)
        assert.deepEqual([...new Set(plain.map(({ changedAt }) => changedAt))], [undefined])
        const timed = await otherNode.rooms.listRows(
          range,
          { ...columns, areAll },
          { ...page, hasTimes: true },
        )
        for (const { unit, changedAt } of timed) {
          const [newest] = await storage.log.list({ unitId: unit.id }, { newest: true, limit: 1 })
          assert.equal(changedAt, newest?.at, unit.id)
        }
        assert.equal(timed.find(({ unit }) => unit.id === first?.id)?.changedAt, now + 5)
      }
    })

    test('gives the cells that the model gives', async (t) => {
      const { storage, otherNode } = await open(t)
      const { root, below } = await putTree(storage)
      const range: RoomRange = { root, isWhole: true, after: '' }
      const rows = await otherNode.rooms.listRows(range, columns, { now, limit: 1000 })
      assert.deepEqual(
        rows.map(({ unit }) => unit),
        below(root),
      )
      for (const { unit, cells } of rows)
        assert.equal(cells, await expectedCells(storage, unit, names), unit.id)
      const all = rows.map(({ cells }) => cells).join('')
      for (const cell of ['.', 'E', 'e', 'w', '!']) assert.ok(all.includes(cell), cell)

      const some = { skills: [columns.skills[3]!, columns.skills[1]!], areAll: false }
      for (const { unit, cells } of await storage.rooms.listRows(range, some, { now, limit: 1000 }))
        assert.equal(cells, await expectedCells(storage, unit, ['D', 'B']), unit.id)
      const later = await storage.rooms.listRows(range, columns, { now: now + 1000, limit: 1000 })
      assert.ok(later.every(({ cells }) => !cells.includes('e')))
    })

    test('lists the names of skills', async (t) => {
      const { storage } = await open(t)
      await storage.catalog.put({ skills: [skill('B'), skill('A', { name: 'Änne' })] }, catalogEntry())
      const found = await storage.rooms.listSkillNames(10)
      assert.deepEqual(
        found.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
        [
          { id: skillId('A'), name: 'Änne' },
          { id: skillId('B'), name: 'Skill B' },
        ],
      )
      assert.equal((await storage.rooms.listSkillNames(1)).length, 1)
    })
  })
}
