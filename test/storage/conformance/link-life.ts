/** What enablements and links do to each other, from the first request to the last token destroyed. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AccountLink } from '../../../src/model/account-link.ts'
import { statusAt } from '../../../src/model/enablement.ts'
import type { Storage } from '../../../src/model/ports/storage.ts'
import type { Unit } from '../../../src/model/unit.ts'
import {
  catalogEntry,
  claim,
  claimDueOnly,
  delayMs,
  linkKey,
  logOf,
  type OpenStorage,
  onLinked,
  onPending,
  origin,
  putDelegated,
  putLinked,
  putRefused,
  putRoom,
  putRooms,
  record,
  refusedWith,
  skill,
  skillId,
  stamp,
  t0,
} from './records.ts'
import { settleAll } from './settle-all.ts'

export function linkLifeConformance(open: OpenStorage): void {
  describe('an enablement that waits for its link', () => {
    test('is ENABLING for as long as it waits, and the link is due', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const waiting = record(unit, 'A', { link: onPending('code-1') })
      const made = await storage.enablements.enable(waiting, stamp(t0, 'batch'))
      assert.deepEqual([made.enabledFrom, made.linkName, made.isLinked], [undefined, 'code-1', false])
      assert.equal(statusAt(made, t0 + 1_000_000), 'ENABLING')
      assert.deepEqual(await storage.enablements.find(unit.id, skillId('A')), made)
      assert.deepEqual(await storage.links.find(linkKey(unit, 'A', 'code-1')), {
        ...linkKey(unit, 'A', 'code-1'),
        state: 'PENDING',
        sealedTokens: undefined,
        sealedRequest: 'request of code-1',
        dueAt: t0,
        attempts: 0,
        claim: undefined,
        reason: undefined,
        exchangedAt: undefined,
        codeName: undefined,
        renewalClaim: undefined,
        requestId: 'batch',
        actor: 'client-1',
      })
    })

    test('goes on waiting when it is enabled again, in the same stage or in another', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const waiting = record(unit, 'A', { link: onPending('code-1') })
      for (const again of [
        waiting,
        waiting,
        record(unit, 'A'),
        record(unit, 'A', { stage: 'development' }),
        record(unit, 'A', { needsExistingLink: true }),
      ]) {
        const made = await storage.enablements.enable(again, stamp(t0))
        assert.deepEqual([made.enabledFrom, made.linkName, made.isLinked], [undefined, 'code-1', false])
      }
      assert.equal((await storage.links.find(linkKey(unit, 'A', 'code-1')))?.state, 'PENDING')
      assert.equal(await storage.links.nextDueAt(), t0)
    })

    test('waits also when it was on its way to ENABLED before the code came', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      for (const stage of ['live', 'development'] as const) {
        const before = await storage.enablements.enable(record(unit, 'A', { stage }), stamp(t0))
        assert.equal(before.enabledFrom, t0 + delayMs)
        const again = record(unit, 'A', { stage: 'live', link: onPending('code-1') })
        const made = await storage.enablements.enable(again, stamp(t0 + 1))
        assert.deepEqual([made.enabledFrom, made.isLinked], [undefined, false])
        await storage.enablements.disable(unit.id, skillId('A'), undefined, stamp(t0 + 2))
      }
    })

    test('waits for the exchange that another began, which then has enablements to link', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const key = linkKey(unit, 'A', 'code-1')
      await storage.links.claim(key, claim('single', t0), origin(t0, 'single'))
      await storage.enablements.enable(record(unit, 'A', { link: onPending('code-1') }), stamp(t0 + 1))
      const link = await storage.links.find(key)
      assert.deepEqual(
        [link?.claim, link?.dueAt, link?.sealedRequest],
        ['single', t0 + 10_000, 'request of code-1'],
      )
      // The caller gives up: what waits must still be linked.
      await storage.links.release(key, 'single', t0 + 2)
      assert.equal((await storage.links.find(key))?.state, 'PENDING')
      assert.equal(
        (await claimDueOnly(storage, key, 'background', t0 + 2)).sealedRequest,
        'request of code-1',
      )
    })

    test('is linked with all the others when the tokens are there, and is ENABLED from then on', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 5)
      const items = rooms.map((room, itemId) => record(room, 'A', { link: onPending('code-1'), itemId }))
      await storage.enablements.enableMany(items, stamp(t0, 'batch'))
      const link = await settled(storage, rooms[0]!, 'code-1')

      const now = t0 + 500
      const enabledFrom = now + delayMs
      const steps = [2, 2, 1, 0]
      for (const count of steps) {
        assert.equal(await storage.links.moveEnablements(link, stamp(now, 'background'), 2), count)
      }
      for (const room of rooms) {
        const found = await storage.enablements.find(room.id, skillId('A'))
        assert.deepEqual(
          [found?.isLinked, found?.linkName, found?.enabledFrom],
          [true, 'code-1', enabledFrom],
        )
      }
      const told = (await logOf(storage)).filter((entry) => entry.operation === 'link')
      assert.deepEqual(
        told
          .map(({ requestId, outcome, itemId, at, effectiveAt, actor }) =>
            [requestId, outcome, itemId, at - t0, (effectiveAt ?? 0) - t0, actor].join(' '),
          )
          .sort(),
        rooms.map((_, itemId) => `batch done ${itemId} 500 ${500 + delayMs} client-1`),
      )
    })

    test('is enabled without a link when the code is refused, and the log says why', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const key = linkKey(unit, 'A', 'code-1')
      await putRefused(storage, record(unit, 'A', { link: onPending('code-1'), itemId: 3 }))
      const link = await claimDueOnly(storage, key, 'background', t0)
      assert.equal(await storage.links.moveEnablements(link, stamp(t0 + 5, 'background'), 10), 1)
      const found = await storage.enablements.find(unit.id, skillId('A'))
      const enabledFrom = t0 + 5 + delayMs
      assert.deepEqual(
        [found?.isLinked, found?.linkName, found?.enabledFrom],
        [false, undefined, enabledFrom],
      )
      const told = (await logOf(storage)).at(-1)
      assert.deepEqual(
        [told?.operation, told?.outcome, told?.effectiveAt, told?.requestId, told?.itemId, told?.detail],
        ['link', 'failed', enabledFrom, 'request-1', 3, { reason: 'invalid_grant' }],
      )
      await storage.links.remove(key, 'background', undefined)
      assert.deepEqual(await storage.enablements.find(unit.id, skillId('A')), found)
    })

    test('is linked at once by a link that stands, and is ENABLED after the delay', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 3)
      for (const room of rooms) {
        const waiting = record(room, 'A', { link: onPending('code-1') })
        await storage.enablements.enable(waiting, stamp(t0))
      }
      await putLinked(storage, linkKey(rooms[0]!, 'A', 'code-2'))
      const again = record(rooms[0]!, 'A', { link: onLinked('code-2') })
      const made = await storage.enablements.enable(again, stamp(t0 + 7))
      const expected = [t0 + 7 + delayMs, 'code-2', true]
      assert.deepEqual([made.enabledFrom, made.linkName, made.isLinked], expected)
    })

    test('is not forgotten when another is enabled on the link just after the tokens came', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 6)
      // One by one and by a batch: each way to live on a link that stands.
      for (const [index, change] of [onLinked('code-1'), onPending('code-1'), onLinked('code-1')].entries()) {
        const [first, second] = [rooms[2 * index]!, rooms[2 * index + 1]!]
        const name = `S${index}`
        await storage.enablements.enable(record(first, name, { link: onPending('code-1') }), stamp(t0))
        await settled(storage, first, 'code-1', name)
        const made = await storage.enablements.enable(record(second, name, { link: change }), stamp(t0 + 1))
        assert.equal(made.isLinked, true)
        await settleAll(storage, t0 + 100_000)
        const found = await storage.enablements.find(first.id, skillId(name))
        assert.equal(found?.isLinked, true, change.kind)
        assert.deepEqual(
          [found, made].map((one) => statusAt(one, t0 + 200_000)),
          ['ENABLED', 'ENABLED'],
        )
      }
    })

    test('is not forgotten when another is enabled on the link while the waiting ones are moved', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 4)
      const key = linkKey(rooms[0]!, 'A', 'code-1')
      const items = rooms.slice(0, 3).map((room) => record(room, 'A', { link: onPending('code-1') }))
      await storage.enablements.enableMany(items, stamp(t0))
      await settled(storage, rooms[0]!, 'code-1')
      const link = await claimDueOnly(storage, key, 'dies', t0 + 500)
      assert.equal(await storage.links.moveEnablements(link, stamp(t0 + 500), 1), 1)
      await storage.enablements.enable(record(rooms[3]!, 'A', { link: onLinked('code-1') }), stamp(t0 + 501))
      // The worker that moved them dies here; another one finds the link when the claim has run out.
      await settleAll(storage, t0 + 100_000)
      for (const room of rooms) {
        const found = await storage.enablements.find(room.id, skillId('A'))
        assert.deepEqual([found?.isLinked, found && statusAt(found, t0 + 200_000)], [true, 'ENABLED'])
      }
    })
  })

  describe('an enablement on a link', () => {
    test('is answered as linked, and keeps the link when it is enabled again without one', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const { enablements } = storage
      await putLinked(storage, linkKey(unit, 'A', 'code-1'))
      const made = await enablements.enable(record(unit, 'A', { link: onLinked('code-1') }), stamp(t0))
      assert.deepEqual([made.linkName, made.isLinked], ['code-1', true])
      const again = record(unit, 'A', { partitionNames: ['New'], needsExistingLink: true })
      const kept = await enablements.enable(again, stamp(t0 + 500))
      assert.deepEqual(kept, { ...made, partitionNames: ['New'] })
      assert.equal(statusAt(kept, t0 + 500), 'ENABLED')
      const switched = await enablements.enable({ ...again, stage: 'development' }, stamp(t0 + 600))
      const expected = ['code-1', true, t0 + 600 + delayMs]
      assert.deepEqual([switched.linkName, switched.isLinked, switched.enabledFrom], expected)
    })

    test('that must be there is refused where there is none', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const { enablements } = storage
      const needing = record(unit, 'A', { needsExistingLink: true, stage: 'development' })
      await assert.rejects(enablements.enable(needing, stamp(t0)), refusedWith('INVALID_PARAM'))
      assert.equal(await enablements.find(unit.id, skillId('A')), undefined)
      const made = await enablements.enable(record(unit, 'A'), stamp(t0))
      await assert.rejects(enablements.enable(needing, stamp(t0)), refusedWith('INVALID_PARAM'))
      assert.deepEqual(await enablements.find(unit.id, skillId('A')), made)
    })

    test('moves to the link of a new code, and the old link is discarded', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const [first, second] = [linkKey(unit, 'A', 'code-1'), linkKey(unit, 'A', 'code-2')]
      await putLinked(storage, first)
      await storage.enablements.enable(record(unit, 'A', { link: onLinked('code-1') }), stamp(t0))
      await settleAll(storage, t0 + 100_000)
      await putLinked(storage, second, t0 + 100_000)
      const now = t0 + 100_001
      const made = await storage.enablements.enable(
        record(unit, 'A', { link: onLinked('code-2') }),
        stamp(now),
      )
      assert.deepEqual([made.linkName, made.isLinked], ['code-2', true])
      const old = await claimDueOnly(storage, first, 'look', now)
      assert.equal(await storage.links.discardUnused(old, 'look'), true)
      await settleAll(storage, t0 + 1_000_000)
      assert.equal(await storage.links.find(first), undefined)
      assert.equal((await storage.links.find(second))?.state, 'LINKED')
    })

    test('that is ENABLED stays so while the link of a new code comes', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const before = await storage.enablements.enable(record(unit, 'A'), stamp(t0))
      const again = record(unit, 'A', { link: onPending('code-1') })
      const made = await storage.enablements.enable(again, stamp(t0 + delayMs))
      assert.deepEqual(made, { ...before, linkName: 'code-1' })
      assert.equal(statusAt(made, t0 + delayMs), 'ENABLED')
      await settleAll(storage, t0 + 100_000)
      const linked = await storage.enablements.find(unit.id, skillId('A'))
      assert.deepEqual(linked, { ...made, isLinked: true })
      const told = (await logOf(storage)).filter((entry) => entry.operation === 'link')
      assert.deepEqual(
        told.map(({ outcome, effectiveAt }) => [outcome, effectiveAt]),
        [['done', undefined]],
      )
    })

    test('that is ENABLED and moves to a link that waits waits with it once its stage is another', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.enablements.enable(record(unit, 'A'), stamp(t0))
      await storage.enablements.enable(record(unit, 'A', { link: onPending('code-1') }), stamp(t0 + 500))
      const switched = await storage.enablements.enable(
        record(unit, 'A', { stage: 'development' }),
        stamp(t0 + 600),
      )
      assert.deepEqual([switched.enabledFrom, switched.linkName], [undefined, 'code-1'])
    })

    test('enabled again with the same code leaves the link in peace', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await putLinked(storage, linkKey(unit, 'A', 'code-1'))
      const enable = record(unit, 'A', { link: onLinked('code-1') })
      const made = await storage.enablements.enable(enable, stamp(t0))
      await settleAll(storage, t0 + 100_000)
      for (const link of [onLinked('code-1'), onPending('code-1')]) {
        const again = await storage.enablements.enable({ ...enable, link }, stamp(t0 + 200_000))
        assert.deepEqual(again, made)
        assert.equal(await storage.links.nextDueAt(), undefined)
      }
    })

    test('lets its link go when it is disabled, unless another lives on it', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 2)
      const key = linkKey(rooms[0]!, 'A', 'code-1')
      await putLinked(storage, key)
      for (const room of rooms) {
        await storage.enablements.enable(record(room, 'A', { link: onLinked('code-1') }), stamp(t0))
      }
      await settleAll(storage, t0 + 100_000)
      assert.equal(await storage.links.nextDueAt(), undefined)

      const disable = (room: Unit, now: number) =>
        storage.enablements.disable(room.id, skillId('A'), undefined, stamp(now))
      await disable(rooms[0]!, t0 + 200_000)
      assert.equal(await storage.links.nextDueAt(), t0 + 200_000)
      await settleAll(storage, t0 + 200_000)
      assert.equal((await storage.links.find(key))?.state, 'LINKED')

      await disable(rooms[1]!, t0 + 300_000)
      await claimDueOnly(storage, key, 'look', t0 + 300_000)
      assert.equal(await storage.links.discardUnused(key, 'look'), true)
    })

    test('that waits and is disabled leaves a link that is discarded as soon as it stands', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.enablements.enable(record(unit, 'A', { link: onPending('code-1') }), stamp(t0))
      await storage.enablements.disable(unit.id, skillId('A'), undefined, stamp(t0))
      await settleAll(storage, t0 + 100_000)
      assert.equal(await storage.links.find(linkKey(unit, 'A', 'code-1')), undefined)
      assert.equal(await storage.links.nextDueAt(), undefined)
    })

    test('loses a link that is discarded under it, and the log says so', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 3)
      const key = linkKey(rooms[0]!, 'A', 'delegated')
      await putDelegated(storage, { ...key, sealedTokens: 'tokens' }, origin(t0))
      for (const [index, room] of rooms.entries()) {
        const enable = record(room, 'A', { link: onLinked('delegated') })
        await storage.enablements.enable(enable, stamp(t0, `request-${index}`))
      }
      await storage.delegatedLinks.discard(
        key.organizationId,
        key.skillId,
        origin(t0 + 500, 'request-discard'),
      )
      const link = await claimDueOnly(storage, key, 'destroy', t0 + 500)
      assert.equal(await storage.links.moveEnablements(link, stamp(t0 + 501), 2), 2)
      assert.equal(await storage.links.moveEnablements(link, stamp(t0 + 501), 2), 1)
      assert.equal(await storage.links.moveEnablements(link, stamp(t0 + 501), 2), 0)
      for (const room of rooms) {
        const found = await storage.enablements.find(room.id, skillId('A'))
        // Each is as far as it was: what is lost is the link alone.
        assert.deepEqual(
          [found?.isLinked, found?.linkName, found?.enabledFrom],
          [false, undefined, t0 + delayMs],
        )
      }
      const told = (await logOf(storage)).filter(
        (one) => one.operation === 'link' && one.outcome === 'failed',
      )
      // None waited: it was the request that discarded the link.
      assert.deepEqual(
        told.map((one) => [one.unitId, one.requestId, one.itemId]).sort(),
        rooms.map(({ id }) => [id, 'request-discard', undefined]).sort(),
      )
      await storage.links.remove(key, 'destroy', catalogEntry({ operation: 'discard_link' }))
      assert.equal(await storage.links.find(key), undefined)
    })
  })

  describe('a link whose skill is removed', () => {
    test('is destroyed, whatever was going on with it', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.catalog.put({ skills: [skill('A')] }, catalogEntry())
      const [looked, exchanged] = [linkKey(unit, 'A', 'looked at'), linkKey(unit, 'A', 'exchanged')]
      await putLinked(storage, looked, t0 - 60_000)
      await claimDueOnly(storage, looked, 'look', t0)
      await storage.links.claim(exchanged, claim('first', t0 - 20_000), origin(t0))
      await storage.links.claim(exchanged, claim('exchange', t0), origin(t0))

      assert.equal(await storage.catalog.removeSkill(skillId('A'), catalogEntry({ at: t0 + 1 })), true)
      for (const key of [looked, exchanged]) {
        const link = await storage.links.find(key)
        assert.deepEqual(
          [link?.state, link?.claim, link?.attempts, link?.dueAt],
          ['DISCARDED', undefined, 0, t0 + 1],
        )
      }
      // Who held them comes too late.
      assert.equal(await storage.links.discardUnused(looked, 'look'), false)
      assert.equal(
        await storage.links.settleLinked(exchanged, 'exchange', {
          sealedTokens: 'tokens',
          now: t0 + 2,
          checkAt: t0 + 2,
        }),
        false,
      )
      await storage.links.release(exchanged, 'exchange', t0 + 1_000_000)
      await settleAll(storage, t0 + 2)
      assert.equal(await storage.links.find(looked), undefined)
      assert.equal(await storage.links.find(exchanged), undefined)
    })
  })

  describe('enablements of other links, skills and organizations', () => {
    test('are not moved with a link', async (t) => {
      const { storage } = await open(t)
      const { rooms } = await putRooms(storage, 3)
      const waiting = [
        record(rooms[0]!, 'A', { link: onPending('code-1') }),
        record(rooms[1]!, 'A', { link: onPending('code-2') }),
        record(rooms[2]!, 'B', { link: onPending('code-1') }),
      ]
      await storage.enablements.enableMany(waiting, stamp(t0))
      const key = linkKey(rooms[0]!, 'A', 'code-1')
      await storage.links.claim(key, claim('one', t0), origin(t0))
      const pending = await storage.links.find(key)
      assert.equal(await storage.links.moveEnablements(pending!, stamp(t0), 10), 0)
      await storage.links.settleLinked(key, 'one', { sealedTokens: 'tokens', now: t0, checkAt: t0 })
      const linked = await storage.links.find(key)
      assert.equal(await storage.links.moveEnablements(linked!, stamp(t0), 10), 1)
      assert.equal((await storage.enablements.find(rooms[1]!.id, skillId('A')))?.isLinked, false)
      assert.equal((await storage.enablements.find(rooms[2]!.id, skillId('B')))?.isLinked, false)
    })
  })
}

/** The background step exchanges the code, which gives tokens. */
async function settled(storage: Storage, unit: Unit, name: string, skill = 'A'): Promise<AccountLink> {
  const key = linkKey(unit, skill, name)
  await claimDueOnly(storage, key, 'background', t0)
  assert.equal(
    await storage.links.settleLinked(key, 'background', {
      sealedTokens: 'tokens',
      now: t0,
      checkAt: t0 + 60_000,
    }),
    true,
  )
  const link = await storage.links.find(key)
  assert.ok(link)
  return link
}
