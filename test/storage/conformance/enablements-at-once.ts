/** Many writes at the same time, on any node: each as if it were alone, and none takes another with it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { statusAt } from '../../../src/model/enablement.ts'
import type { Storage } from '../../../src/model/ports/storage.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import {
  atOnce,
  delayMs,
  logOf,
  type OpenStorage,
  putRoom,
  putRooms,
  raceRounds,
  record,
  skillId,
  stamp,
  t0,
  unitBelow,
} from './records.ts'

export function enablementsAtOnceConformance(open: OpenStorage): void {
  describe('enablements, at the same time', () => {
    test('two enables of one unit and skill make one record, and both are answered with it', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const room = await putRoom(storage)
        const name = `S${round}`
        const [first, second] = await Promise.all([
          storage.enablements.enable(record(room, name, { partitionNames: ['First'] }), stamp(t0)),
          otherNode.enablements.enable(record(room, name, { partitionNames: ['Second'] }), stamp(t0 + 1)),
        ])
        const stored = await storage.enablements.find(room.id, skillId(name))
        assert.deepEqual(first, { ...stored, partitionNames: ['First'] })
        assert.deepEqual(second, { ...stored, partitionNames: ['Second'] })
        const entries = await storage.log.list({ skillId: skillId(name) }, { newest: false, limit: 10 })
        assert.deepEqual(
          entries.map((entry) => entry.operation),
          ['enable', 'enable'],
        )
      }
    })

    test('an enable and a disable end as one after the other', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const room = await putRoom(storage)
        const id = skillId(`S${round}`)
        const wasThere = round % 3 === 0
        if (wasThere) await storage.enablements.enable(record(room, `S${round}`), stamp(t0))
        const enable = () => storage.enablements.enable(record(room, `S${round}`), stamp(t0 + 1))
        const disable = () => otherNode.enablements.disable(room.id, id, undefined, stamp(t0 + 1))
        const calls = round % 2 === 0 ? [enable, disable] : [disable, enable]
        const ends = await atOnce<unknown>(calls)
        const wasDisabled = ends[round % 2 === 0 ? 1 : 0]
        const stored = await storage.enablements.find(room.id, id)
        // Enabled last: it is there, and new if it had been taken away before.
        if (stored !== undefined)
          assert.equal(stored.createdAt, wasDisabled ? t0 + 1 : t0 + (wasThere ? 0 : 1))
        // Disabled last: it said so.
        else assert.equal(wasDisabled, true)
        if (wasThere) assert.equal(wasDisabled, true)
      }
    })

    test('of many disables of one record one says that it did it', async (t) => {
      const { storage, otherNode } = await open(t)
      const room = await putRoom(storage)
      for (let round = 0; round < raceRounds; round++) {
        await storage.enablements.enable(record(room, 'A'), stamp(t0))
        const disables = [storage, otherNode, storage, otherNode].map(
          (node) => () => node.enablements.disable(room.id, skillId('A'), undefined, stamp(t0)),
        )
        assert.deepEqual((await atOnce(disables)).sort(), [false, false, false, true])
      }
      const disabled = (await logOf(storage)).filter((entry) => entry.operation === 'disable')
      assert.equal(disabled.length, raceRounds)
    })

    test('a refused write takes no other with it', async (t) => {
      const { storage, otherNode } = await open(t)
      const { root, rooms } = await putRooms(storage, 60)
      const isBad = (index: number) => index % 7 === 3
      const calls = rooms.map((room, index) => () => {
        const { enablements } = index % 2 === 0 ? storage : otherNode
        const unit = isBad(index) ? unitBelow(root, 'unknown') : room
        return enablements.enable(record(unit, 'A'), stamp(t0))
      })
      const ends = await atOnce<unknown>(calls)
      for (const [index, end] of ends.entries()) assert.equal(end instanceof Refusal, isBad(index))
      const stored = await Promise.all(rooms.map((room) => storage.enablements.find(room.id, skillId('A'))))
      for (const [index, one] of stored.entries()) assert.equal(one === undefined, isBad(index))
      assert.equal((await logOf(storage)).length, stored.filter(Boolean).length)
    })

    test('a write that fails takes no other with it', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 20)
      const code = {
        codeHash: 'twice',
        clientId: 'client-1',
        personId: undefined,
        redirectUri: '',
        scopes: [],
        codeChallenge: undefined,
        codeChallengeMethod: undefined,
        expiresAt: t0,
      }
      await storage.grants.addCode(code)
      const calls = rooms.map((room, index) =>
        index % 5 === 2
          ? storage.grants.addCode(code)
          : storage.enablements.enable(record(room, 'A'), stamp(t0)),
      )
      const ends = await Promise.allSettled(calls)
      for (const [index, room] of rooms.entries()) {
        const isBad = index % 5 === 2
        assert.equal(ends[index]?.status, isBad ? 'rejected' : 'fulfilled')
        assert.equal((await storage.enablements.find(room.id, skillId('A'))) === undefined, isBad)
      }
    })

    test('a write that fails half way leaves nothing behind, and takes no other with it', async (t) => {
      const { storage } = await open(t)
      const { root, rooms } = await putRooms(storage, 20)
      const [first, ...others] = rooms
      // A batch is written in the order of the units.
      const gone = unitBelow(root, 'zzz-nobody-has-put-it')
      const calls = others.map((room, index) =>
        index % 5 === 2
          ? storage.enablements.enableMany(
              [record(first!, `B${index}`), record(gone, `B${index}`)],
              stamp(t0),
            )
          : storage.enablements.enable(record(room, 'A'), stamp(t0)),
      )
      const ends = await Promise.allSettled(calls)
      for (const [index, room] of others.entries()) {
        const isBad = index % 5 === 2
        assert.equal(ends[index]?.status, isBad ? 'rejected' : 'fulfilled')
        assert.equal((await storage.enablements.find(room.id, skillId('A'))) === undefined, isBad)
      }
      assert.deepEqual(await storage.enablements.list(first!.id, undefined, 10), [])
      const written = (await logOf(storage)).filter(({ operation }) => operation.endsWith('enable'))
      assert.deepEqual(
        written.map(({ unitId }) => unitId).sort(),
        others.flatMap(({ id }, index) => (index % 5 === 2 ? [] : [id])).sort(),
      )
    })

    test('what many look up at the same moment is found for each of them, or not', async (t) => {
      const { storage } = await open(t)
      const { root, rooms } = await putRooms(storage, 250)
      const isThere = (index: number) => index % 3 !== 1
      const records = rooms.filter((_, index) => isThere(index)).map((room) => record(room, 'A'))
      await storage.enablements.enableMany(records, stamp(t0))
      const asked = [...rooms, unitBelow(root, 'unknown \u0000'), ...rooms.toReversed()]
      const found = await Promise.all(asked.map((room) => storage.enablements.find(room.id, skillId('A'))))
      const there = new Set<string>(records.map(({ unitId }) => unitId))
      for (const [index, room] of asked.entries())
        assert.equal(found[index]?.unitId, there.has(room.id) ? room.id : undefined)
    })

    test('batches that name the same units in other orders all stand, the last one whole', async (t) => {
      const { storage, otherNode } = await open(t)
      const { rooms } = await putRooms(storage, 30)
      for (let round = 0; round < raceRounds; round++) {
        const batch = (name: string) =>
          rooms.map((room, itemId) => record(room, 'A', { partitionNames: [name], itemId }))
        await Promise.all([
          storage.enablements.enableMany(batch('forth'), stamp(t0)),
          otherNode.enablements.enableMany(batch('back').toReversed(), stamp(t0)),
          storage.enablements.enable(record(rooms[7]!, 'A', { partitionNames: ['one'] }), stamp(t0)),
        ])
        const found = await Promise.all(rooms.map((room) => storage.enablements.find(room.id, skillId('A'))))
        const names = new Set(found.flatMap((one, index) => (index === 7 ? [] : (one?.partitionNames ?? []))))
        assert.equal(names.size, 1, `one batch is last as a whole, not ${[...names]}`)
      }
    })

    test('two nodes see the same status of each record at the same time', async (t) => {
      const { storage, otherNode } = await open(t)
      const { rooms } = await putRooms(storage, 100)
      const writes = rooms.map((room, index) => () => {
        const { enablements } = index % 2 === 0 ? storage : otherNode
        return enablements.enable(record(room, 'A'), stamp(t0 + index))
      })
      await atOnce<unknown>(writes)
      const seen = (node: Storage, now: number) =>
        Promise.all(
          rooms.map(async ({ id }) => {
            const found = await node.enablements.find(id, skillId('A'))
            return found && statusAt(found, now)
          }),
        )
      for (const passed of [0, delayMs - 1, delayMs, delayMs + 49, delayMs + 99]) {
        const expected = rooms.map((_, index) => (index + delayMs <= passed ? 'ENABLED' : 'ENABLING'))
        const [one, other] = await Promise.all([seen(storage, t0 + passed), seen(otherNode, t0 + passed)])
        assert.deepEqual(one, expected)
        assert.deepEqual(other, expected)
      }
    })

    test('a repeat and a switch to another stage at once never leave a record behind', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const room = await putRoom(storage)
        const name = `S${round}`
        await storage.enablements.enable(record(room, name), stamp(t0))
        const switching = () =>
          storage.enablements.enable(record(room, name, { stage: 'development' }), stamp(t0 + delayMs))
        const repeating = () => otherNode.enablements.enable(record(room, name), stamp(t0 + delayMs))
        await atOnce<unknown>(round % 2 === 0 ? [switching, repeating] : [repeating, switching])
        const stored = await storage.enablements.find(room.id, skillId(name))
        // The switch starts the time anew, and so does the repeat of what is another stage by then.
        assert.ok(stored?.stage === 'development' || stored?.stage === 'live')
        assert.equal(stored.enabledFrom, t0 + 2 * delayMs)
      }
    })
  })
}
