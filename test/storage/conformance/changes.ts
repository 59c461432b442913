import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change, Selection } from '../../../src/model/changes/change.ts'
import type { Wanted } from '../../../src/model/changes/skill-state.ts'
import type { ItemWork, NewChange, Storage } from '../../../src/model/ports/storage.ts'
import type { Unit } from '../../../src/model/unit.ts'
import {
  atOnce,
  claim,
  delayMs,
  linkKey,
  logOf,
  newId,
  type OpenStorage,
  onLinked,
  origin,
  putLinked,
  putRooms,
  raceRounds,
  record,
  refusedWith,
  skillId,
  stamp,
  t0,
  unitId,
} from './records.ts'

const leaseMs = 5000
const call = skillId('A')

function newChange(root: Unit | undefined, total: number, more: Partial<NewChange> = {}): NewChange {
  return {
    id: newId(),
    action: 'enable',
    skillIds: [call],
    stage: undefined,
    partition: undefined,
    actor: 'client-1',
    principal: undefined,
    rootId: root?.id,
    selection: { kind: 'units', ids: [] },
    total,
    undoOf: undefined,
    retryOf: undefined,
    idempotency: undefined,
    ...more,
  }
}

const on: Wanted = { kind: 'enable', stage: 'live', partitionNames: undefined }

function work(unit: Unit, place: number, wanted: Wanted = on, more: object = {}): ItemWork {
  return {
    kind: 'wanted',
    place,
    unitId: unit.id,
    organizationId: unit.organizationId,
    skillId: call,
    wanted,
    plan: undefined,
    obstacle: undefined,
    link: { kind: 'keep' },
    needsExistingLink: false,
    isSubscription: false,
    ...more,
  }
}

/** Adds a change of these units and notes its items. Returns the claim on it. */
async function begin(storage: Storage, units: readonly Unit[], more: Partial<NewChange> = {}, now = t0) {
  const added = await storage.changes.add(newChange(undefined, units.length, more), origin(now), 9)
  const claimed = await storage.changes.claimDue(claim(`claim of ${added.id}`, now, leaseMs))
  assert.equal(claimed?.id, added.id)
  const held = { changeId: added.id, claimId: `claim of ${added.id}`, leaseUntil: now + leaseMs }
  const items = units.map((unit) => ({ unitId: unit.id, skillId: call, plan: undefined }))
  assert.equal(await storage.changes.addItems(held, items, undefined, origin(now)), true)
  return held
}

async function outcomes(storage: Storage, id: string) {
  const items = await storage.changes.listItems(id, { from: 0, limit: 1000 })
  return items.map(({ outcome }) => outcome)
}

export function changesConformance(open: OpenStorage): void {
  describe('a change', () => {
    test('is found as it was added, and listed by its actor and by the units above it, the newest first', async (t) => {
      const { storage } = await open(t)
      const { root, rooms } = await putRooms(storage, 2)
      const selection: Selection = { kind: 'below', under: root.id, level: 1, name: 'R' }
      const principal = {
        clientId: 'client-1',
        accountId: 'amzn1.account.A',
        personId: undefined,
        scopes: ['x'],
      } as unknown as NewChange['principal']
      const wanted = newChange(root, 2, {
        selection,
        principal,
        stage: 'development',
        partition: { text: 'A, B' },
      })
      const first = await storage.changes.add(wanted, origin(t0, 'request-7'), 9)
      const expected: Change = {
        id: wanted.id,
        action: 'enable',
        skillIds: [call],
        stage: 'development',
        partition: { text: 'A, B' },
        actor: 'client-1',
        // JSON leaves out what is undefined.
        principal: JSON.parse(JSON.stringify(principal)),
        status: 'running',
        createdAt: t0,
        finishedAt: undefined,
        requestId: 'request-7',
        rootId: root.id,
        counts: { total: 2, done: 0, already: 0, refused: 0, gone: 0 },
        undoOf: undefined,
        retryOf: undefined,
        undoneBy: undefined,
      }
      assert.deepEqual(first, expected)
      assert.deepEqual(await storage.changes.find(first.id), expected)
      assert.equal(await storage.changes.find(newId()), undefined)
      const second = await storage.changes.add(newChange(rooms[0], 1, { actor: 'client-2' }), origin(t0), 9)
      const page = { after: undefined, limit: 10 }
      const idsOf = async (filter: object, more = page as { after: string | undefined; limit: number }) =>
        (await storage.changes.list(filter, more)).map(({ id }) => id)
      assert.deepEqual(await idsOf({}), [second.id, first.id])
      assert.deepEqual(await idsOf({ under: root.id }), [second.id, first.id])
      assert.deepEqual(await idsOf({ under: rooms[0]!.id }), [second.id])
      assert.deepEqual(await idsOf({ under: rooms[1]!.id }), [])
      assert.deepEqual(await idsOf({ under: unitId('unknown') }), [])
      assert.deepEqual(await idsOf({ actor: 'client-1' }), [first.id])
      assert.deepEqual(await idsOf({ status: 'running' }), [second.id, first.id])
      assert.deepEqual(await idsOf({ status: 'undone' }), [])
      assert.deepEqual(await idsOf({}, { after: second.id, limit: 10 }), [first.id])
      assert.deepEqual(await idsOf({ under: root.id }, { after: second.id, limit: 10 }), [first.id])
      assert.deepEqual(await idsOf({}, { after: undefined, limit: 1 }), [second.id])
    })

    test('notes its items, does them, logs each, and is done with the last one', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 3)
      await storage.enablements.enable(record(rooms[1]!, 'A'), stamp(t0))
      const held = await begin(storage, rooms)
      assert.deepEqual(await outcomes(storage, held.changeId), ['waiting', 'waiting', 'waiting'])
      const waiting = await storage.changes.listWaiting(held.changeId, 2)
      assert.deepEqual(
        waiting.map(({ place, unitId, skillId }) => ({ place, unitId, skillId })),
        rooms.slice(0, 2).map(({ id }, place) => ({ place, unitId: id, skillId: call })),
      )
      const later = stamp(t0 + 1, 'request-2')
      assert.equal(await storage.changes.settle(held, [work(rooms[0]!, 0), work(rooms[1]!, 1)], later), true)
      const half = await storage.changes.find(held.changeId)
      assert.equal(half?.status, 'running')
      assert.deepEqual(half?.counts, { total: 3, done: 1, already: 1, refused: 0, gone: 0 })
      const last: ItemWork = {
        kind: 'settled',
        place: 2,
        unitId: rooms[2]!.id,
        skillId: call,
        outcome: 'refused',
        reason: 'No.',
        plan: undefined,
      }
      assert.equal(await storage.changes.settle(held, [last], later), true)
      const done = await storage.changes.find(held.changeId)
      assert.equal(done?.status, 'done')
      assert.equal(done?.finishedAt, t0 + 1)
      assert.deepEqual(done?.counts, { total: 3, done: 1, already: 1, refused: 1, gone: 0 })
      assert.deepEqual(await outcomes(storage, held.changeId), ['done', 'already', 'refused'])
      const made = await storage.enablements.find(rooms[0]!.id, call)
      assert.equal(made?.enabledFrom, t0 + 1 + delayMs)
      const [item] = await storage.changes.listItems(held.changeId, { from: 0, outcomes: ['done'], limit: 9 })
      assert.deepEqual(item?.plan, {
        before: undefined,
        after: { stage: 'live', partitionNames: [], nameFreeLocales: [], isLinked: false, createdAt: t0 + 1 },
      })
      const entries = await logOf(storage)
      const told = entries.map(({ operation, outcome, unitId, requestId, detail }) => ({
        operation,
        outcome,
        unitId,
        requestId,
        change: detail?.change,
      }))
      const change = held.changeId
      const [one, two] = ['request-1', 'request-2']
      assert.deepEqual(told, [
        { operation: 'enable', outcome: 'accepted', unitId: rooms[1]!.id, requestId: one, change: undefined },
        { operation: 'change', outcome: 'accepted', unitId: undefined, requestId: one, change },
        { operation: 'enable', outcome: 'accepted', unitId: rooms[0]!.id, requestId: two, change },
        { operation: 'change', outcome: 'done', unitId: undefined, requestId: two, change },
      ])
      assert.equal(await storage.changes.nextDueAt(), undefined)
      assert.equal(await storage.changes.settle(held, [work(rooms[0]!, 3)], later), false)
    })

    test('keeps an ID that no unit has, and is done at once without items', async (t) => {
      const { storage } = await open(t)
      const added = await storage.changes.add(newChange(undefined, 2), origin(t0), 9)
      await storage.changes.claimDue(claim('mine', t0, leaseMs))
      const held = { changeId: added.id, claimId: 'mine', leaseUntil: t0 + leaseMs }
      const nobody = { unitId: unitId('nobody'), skillId: call, plan: undefined }
      assert.equal(await storage.changes.addItems(held, [nobody], 'on', origin(t0)), true)
      assert.equal((await storage.changes.find(added.id))?.counts.total, 2)
      assert.equal(await storage.changes.addItems(held, [], undefined, origin(t0)), true)
      assert.equal((await storage.changes.find(added.id))?.counts.total, 1)
      const [item] = await storage.changes.listWaiting(added.id, 9)
      assert.equal(item?.unitId, nobody.unitId)
      const empty = await begin(storage, [])
      const change = await storage.changes.find(empty.changeId)
      assert.equal(change?.status, 'done')
      assert.equal(change?.counts.total, 0)
    })

    test('disables, and keeps what was there', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const key = linkKey(rooms[0]!, 'A', 'code')
      await putLinked(storage, key)
      await storage.enablements.enable(
        record(rooms[0]!, 'A', {
          link: onLinked('code'),
          partitionNames: ['P'],
          nameFreeLocales: ['en-US'],
        }),
        stamp(t0),
      )
      const held = await begin(storage, rooms, { action: 'disable' })
      const off: Wanted = { kind: 'disable', stage: undefined }
      await storage.changes.settle(held, [work(rooms[0]!, 0, off), work(rooms[1]!, 1, off)], stamp(t0 + 1))
      assert.deepEqual(await outcomes(storage, held.changeId), ['done', 'already'])
      assert.equal(await storage.enablements.find(rooms[0]!.id, call), undefined)
      const [item] = await storage.changes.listItems(held.changeId, { from: 0, limit: 1 })
      assert.deepEqual(item?.plan, {
        before: {
          stage: 'live',
          partitionNames: ['P'],
          nameFreeLocales: ['en-US'],
          linkName: 'code',
          isLinked: true,
          createdAt: t0,
        },
        after: undefined,
      })
      // The link has nobody now.
      const due = await storage.links.claimDue(claim('links', t0 + 1), 9)
      assert.deepEqual(
        due.map(({ name }) => name),
        ['code'],
      )
    })

    test('takes back what is as it left it, and leaves what somebody has changed', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 3)
      const [first, second, third] = rooms as [Unit, Unit, Unit]
      await storage.enablements.enable(record(second, 'A', { stage: 'development' }), stamp(t0))
      const held = await begin(storage, rooms)
      await storage.changes.settle(
        held,
        rooms.map((room, place) => work(room, place)),
        stamp(t0 + 1),
      )
      // The same record, but made anew.
      await storage.enablements.disable(third.id, call, undefined, stamp(t0 + 2))
      await storage.enablements.enable(record(third, 'A'), stamp(t0 + 2))
      const items = await storage.changes.listItems(held.changeId, { from: 0, limit: 9 })
      const back = await begin(storage, rooms, { action: 'disable', undoOf: held.changeId }, t0 + 3)
      assert.equal((await storage.changes.find(held.changeId))?.undoneBy, back.changeId)
      const works = items.map(({ plan }, place) => {
        assert.ok(plan)
        const wanted: Wanted = { kind: 'restore', from: plan.after, to: plan.before }
        return work(rooms[place]!, place, wanted)
      })
      await storage.changes.settle(back, works, stamp(t0 + 4))
      assert.deepEqual(await outcomes(storage, back.changeId), ['done', 'done', 'refused'])
      assert.equal(await storage.enablements.find(first.id, call), undefined)
      assert.equal((await storage.enablements.find(second.id, call))?.stage, 'development')
      assert.equal((await storage.enablements.find(third.id, call))?.createdAt, t0 + 2)
      const again = newChange(undefined, 1, { undoOf: held.changeId })
      await assert.rejects(storage.changes.add(again, origin(t0), 9), refusedWith('INVALID_PARAM'))
      assert.equal(await storage.changes.find(again.id), undefined)
    })

    test('whose item is refused as the records are touched changes none of them', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const held = await begin(storage, rooms)
      const works = [work(rooms[0]!, 0), work(rooms[1]!, 1, on, { link: onLinked('gone') })]
      await assert.rejects(storage.changes.settle(held, works, stamp(t0)), refusedWith('INVALID_PARAM'))
      const needing = [work(rooms[0]!, 0, on, { needsExistingLink: true }), work(rooms[1]!, 1)]
      assert.equal(await storage.enablements.find(rooms[0]!.id, call), undefined)
      await storage.changes.settle(held, needing, stamp(t0))
      assert.deepEqual(await outcomes(storage, held.changeId), ['refused', 'done'])
    })

    test('belongs to one claim at a time, and to the next one when that ends', async (t) => {
      const { storage, otherNode } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const held = await begin(storage, rooms)
      assert.equal(await otherNode.changes.claimDue(claim('other', t0, leaseMs)), undefined)
      assert.equal(await storage.changes.nextDueAt(), t0 + leaseMs)
      const late = t0 + leaseMs
      const taken = await otherNode.changes.claimDue(claim('other', late, leaseMs))
      assert.equal(taken?.id, held.changeId)
      assert.equal(await storage.changes.settle(held, [work(rooms[0]!, 0)], stamp(late)), false)
      assert.equal(await storage.enablements.find(rooms[0]!.id, call), undefined)
      assert.equal(await storage.changes.addItems(held, [], undefined, stamp(late)), false)
      const others = { ...held, claimId: 'other', leaseUntil: late + leaseMs }
      // Out of turn.
      assert.equal(await otherNode.changes.settle(others, [work(rooms[1]!, 1)], stamp(late)), false)
      assert.equal(await otherNode.changes.settle(others, [work(rooms[0]!, 0)], stamp(late)), true)
      assert.equal(await otherNode.changes.settle(others, [work(rooms[0]!, 0)], stamp(late)), false)
      await storage.changes.release(held, late)
      assert.equal(await storage.changes.nextDueAt(), late + leaseMs)
      await otherNode.changes.release(others, late + 1)
      assert.equal(await storage.changes.nextDueAt(), late + 1)
    })

    test('that waits longest is claimed first', async (t) => {
      const { storage } = await open(t)
      const [first, second] = [newChange(undefined, 1), newChange(undefined, 1)]
      await storage.changes.add(first, origin(t0), 9)
      await storage.changes.add(second, origin(t0), 9)
      const taken = await storage.changes.claimDue(claim('1', t0, leaseMs))
      assert.equal(taken?.id, first.id)
      assert.deepEqual(taken?.selection, first.selection)
      const held = { changeId: first.id, claimId: '1', leaseUntil: t0 + leaseMs }
      await storage.changes.release(held, t0 + 1)
      assert.equal((await storage.changes.claimDue(claim('2', t0 + 1, leaseMs)))?.id, second.id)
      assert.equal((await storage.changes.claimDue(claim('3', t0 + 1, leaseMs)))?.id, first.id)
    })

    test('that is cancelled does nothing more', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const held = await begin(storage, rooms)
      await storage.changes.settle(held, [work(rooms[0]!, 0)], stamp(t0))
      assert.equal(await storage.changes.cancel(held.changeId, origin(t0 + 1)), true)
      assert.equal(await storage.changes.cancel(held.changeId, origin(t0 + 2)), false)
      assert.equal(await storage.changes.cancel(newId(), origin(t0 + 2)), false)
      assert.equal(await storage.changes.settle(held, [work(rooms[1]!, 1)], stamp(t0)), false)
      await storage.changes.release(held, t0)
      const change = await storage.changes.find(held.changeId)
      assert.equal(change?.status, 'cancelled')
      assert.equal(change?.finishedAt, t0 + 1)
      assert.equal(await storage.changes.nextDueAt(), undefined)
      assert.deepEqual(await outcomes(storage, held.changeId), ['done', 'waiting'])
    })

    test('that is cancelled keeps what it has not noted', async (t) => {
      const { storage } = await open(t)
      const added = await storage.changes.add(newChange(undefined, 2), origin(t0), 9)
      const { selection } = newChange(undefined, 2)
      assert.deepEqual(await storage.changes.findUnnoted(added.id), { selection, position: '' })
      await storage.changes.claimDue(claim('mine', t0, leaseMs))
      const held = { changeId: added.id, claimId: 'mine', leaseUntil: t0 + leaseMs }
      const nobody = { unitId: unitId('nobody'), skillId: call, plan: undefined }
      await storage.changes.addItems(held, [nobody], 'on', origin(t0))
      await storage.changes.cancel(added.id, origin(t0 + 1))
      assert.equal(await storage.changes.addItems(held, [nobody], undefined, origin(t0 + 1)), false)
      assert.deepEqual(await storage.changes.findUnnoted(added.id), { selection, position: 'on' })
      const whole = await begin(storage, [])
      assert.equal(await storage.changes.findUnnoted(whole.changeId), undefined)
      assert.equal(await storage.changes.findUnnoted(newId()), undefined)
    })

    test('is taken back again after an undo that ended without doing anything', async (t) => {
      const { storage } = await open(t)
      const done = await begin(storage, [])
      const undo = () =>
        storage.changes.add(newChange(undefined, 1, { undoOf: done.changeId }), origin(t0), 9)
      const first = await undo()
      await assert.rejects(undo(), refusedWith('INVALID_PARAM'))
      await storage.changes.cancel(first.id, origin(t0 + 1))
      assert.equal((await storage.changes.find(done.changeId))?.undoneBy, undefined)
      const second = await undo()
      assert.equal((await storage.changes.find(done.changeId))?.undoneBy, second.id)
    })

    test('with a key is added once, also at the same time, and only for the same request', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const idempotency = { key: `client-1 ${round}`, requestHash: 'hash' }
        const add = (node: Storage) => () =>
          node.changes.add(newChange(undefined, 1, { idempotency }), origin(t0), 1000)
        const ends = await atOnce([add(storage), add(otherNode), add(storage)])
        const ids = new Set(ends.map((end) => (end instanceof Error ? end.message : end.id)))
        assert.equal(ids.size, 1, [...ids].join())
        const other = newChange(undefined, 1, { idempotency: { ...idempotency, requestHash: 'other' } })
        await assert.rejects(storage.changes.add(other, origin(t0), 1000), refusedWith('INVALID_PARAM'))
        assert.equal((await otherNode.changes.findRepeated(idempotency))?.id, [...ids][0])
        const repeated = storage.changes.findRepeated({ ...idempotency, requestHash: 'other' })
        await assert.rejects(repeated, refusedWith('INVALID_PARAM'))
      }
      assert.equal(await storage.changes.findRepeated({ key: 'client-2 0', requestHash: 'hash' }), undefined)
      assert.equal((await storage.changes.list({}, { after: undefined, limit: 99 })).length, raceRounds)
    })

    test('is refused while too many of its actor run', async (t) => {
      const { storage } = await open(t)
      await storage.changes.add(newChange(undefined, 1), origin(t0), 1)
      const second = storage.changes.add(newChange(undefined, 1), origin(t0), 1)
      await assert.rejects(second, refusedWith('TOO_MANY_REQUESTS'))
      await storage.changes.add(newChange(undefined, 1, { actor: 'client-2' }), origin(t0), 1)
    })

    test('is forgotten in parts once it has ended for long', async (t) => {
      const { storage } = await open(t)
      const { root, rooms } = await putRooms(storage, 5)
      const held = await begin(storage, rooms, { rootId: root.id })
      const works = rooms.map((room, place) => work(room, place))
      assert.equal(await storage.changes.forgetBefore(t0 + 1000, 3), 0)
      await storage.changes.settle(held, works, stamp(t0 + 10))
      assert.equal(await storage.changes.forgetBefore(t0 + 10, 3), 0)
      assert.equal(await storage.changes.forgetBefore(t0 + 11, 3), 3)
      assert.equal((await outcomes(storage, held.changeId)).length, 2)
      assert.equal(await storage.changes.forgetBefore(t0 + 11, 3), 3)
      assert.equal(await storage.changes.find(held.changeId), undefined)
      assert.deepEqual(await storage.changes.list({ under: root.id }, { after: undefined, limit: 9 }), [])
    })
  })
}
