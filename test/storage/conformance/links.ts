import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AccountLink } from '../../../src/model/account-link.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import {
  atOnce,
  catalogEntry,
  claim,
  claimDueOnly,
  entryOf,
  linkKey,
  logOf,
  type OpenStorage,
  onLinked,
  onPending,
  organization,
  origin,
  putDelegated,
  putDiscarded,
  putLinked,
  putRefused,
  putRoom,
  putRooms,
  raceRounds,
  record,
  refusedWith,
  skillId,
  stamp,
  t0,
  unitId,
  withoutId,
} from './records.ts'
import { settleAll } from './settle-all.ts'

const room = organization()
const key = linkKey(room, 'A', 'code-1')

export function linksConformance(open: OpenStorage): void {
  describe('a claim on a link', () => {
    test('makes the link, PENDING and held until the lease ends', async (t) => {
      const { links } = (await open(t)).storage
      assert.equal(await links.find(key), undefined)
      assert.equal(await links.nextDueAt(), undefined)
      const link = await links.claim(key, claim('one', t0), origin(t0, 'asked'))
      const expected: AccountLink = {
        ...key,
        state: 'PENDING',
        sealedTokens: undefined,
        sealedRequest: undefined,
        dueAt: t0 + 10_000,
        attempts: 1,
        claim: 'one',
        reason: undefined,
        exchangedAt: undefined,
        codeName: undefined,
        renewalClaim: undefined,
        requestId: 'asked',
        actor: 'client-1',
      }
      assert.deepEqual(link, expected)
      assert.deepEqual(await links.find(key), expected)
      assert.equal(await links.nextDueAt(), t0 + 10_000)
    })

    test('is not given while another holds, and is given once its lease has ended', async (t) => {
      const { links } = (await open(t)).storage
      await links.claim(key, claim('one', t0), origin(t0, 'first'))
      assert.equal(await links.claim(key, claim('two', t0 + 9_999), origin(t0)), undefined)
      const taken = await links.claim(key, claim('two', t0 + 10_000), origin(t0, 'second'))
      assert.deepEqual(
        [taken?.claim, taken?.attempts, taken?.dueAt, taken?.requestId],
        ['two', 2, t0 + 20_000, 'first'],
      )
      assert.equal(await links.claim(key, claim('three', t0 + 10_001), origin(t0)), undefined)
    })

    test('is not given on a link that is settled', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const late = t0 + 1_000_000
      const linked = linkKey(unit, 'A', 'linked')
      await putLinked(storage, linked)
      assert.equal(await storage.links.claim(linked, claim('late', late), origin(late)), undefined)
      const waiting = record(unit, 'A', { link: onPending('refused') })
      await putRefused(storage, waiting)
      const refused = linkKey(unit, 'A', 'refused')
      assert.equal(await storage.links.claim(refused, claim('late', late), origin(late)), undefined)
      assert.equal((await storage.links.find(refused))?.state, 'REFUSED')
    })

    test('is not given on a link that is discarded', async (t) => {
      const { storage } = await open(t)
      await putDiscarded(storage, key)
      const late = t0 + 1_000_000
      assert.equal(await storage.links.claim(key, claim('late', late), origin(late)), undefined)
      assert.equal((await storage.links.find(key))?.state, 'DISCARDED')
    })

    test('takes over a link that waits for the background step, without losing what that needs', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.enablements.enable(record(unit, 'A', { link: onPending('code-1') }), stamp(t0))
      const link = await storage.links.claim(key, claim('one', t0 + 1), origin(t0 + 1))
      assert.deepEqual(
        [link?.state, link?.claim, link?.sealedRequest, link?.dueAt, link?.attempts],
        ['PENDING', 'one', 'request of code-1', t0 + 10_001, 1],
      )
    })

    test('of one organization, skill and name is no other', async (t) => {
      const { links } = (await open(t)).storage
      const others = [
        { ...key, organizationId: unitId('ORG2') },
        { ...key, skillId: skillId('B') },
        { ...key, name: 'code-2' },
      ]
      for (const one of [key, ...others]) {
        assert.ok(await links.claim(one, claim('one', t0), origin(t0)))
      }
      await links.settleLinked(key, 'one', { sealedTokens: 'tokens', now: t0, checkAt: t0 })
      const states = await Promise.all(others.map(async (one) => (await links.find(one))?.state))
      assert.deepEqual(states, ['PENDING', 'PENDING', 'PENDING'])
    })

    test('goes to one of many that ask at the same time', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const one = { ...key, name: `code-${round}` }
        const asked = [storage, otherNode, storage, otherNode].map(
          (node, index) => () => node.links.claim(one, claim(`claim-${index}`, t0), origin(t0)),
        )
        const given = (await atOnce(asked)).filter((end) => end !== undefined)
        assert.equal(given.length, 1)
        assert.deepEqual(await storage.links.find(one), given[0])
      }
    })
  })

  describe('a claimed link that the code gave tokens', () => {
    test('is LINKED, and looked at later if nobody waits for it yet', async (t) => {
      const { links } = (await open(t)).storage
      await links.claim(key, claim('one', t0), origin(t0))
      assert.equal(
        await links.settleLinked(key, 'one', { sealedTokens: 'sealed', now: t0 + 5, checkAt: t0 + 60_000 }),
        true,
      )
      const link = await links.find(key)
      assert.deepEqual(
        [link?.state, link?.sealedTokens, link?.claim, link?.dueAt, link?.attempts, link?.exchangedAt],
        ['LINKED', 'sealed', undefined, t0 + 60_000, 0, t0 + 5],
      )
    })

    test('is due at once if the background step has enablements to link', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.enablements.enable(record(unit, 'A', { link: onPending('code-1') }), stamp(t0))
      await claimDueOnly(storage, key, 'one', t0)
      assert.equal(
        await storage.links.settleLinked(key, 'one', {
          sealedTokens: 'sealed',
          now: t0 + 5,
          checkAt: t0 + 60_000,
        }),
        true,
      )
      const link = await storage.links.find(key)
      assert.deepEqual(
        [link?.state, link?.sealedTokens, link?.sealedRequest, link?.dueAt, link?.exchangedAt],
        ['LINKED', 'sealed', undefined, t0 + 5, t0 + 5],
      )
    })

    test('is settled by who holds the claim, once', async (t) => {
      const { links } = (await open(t)).storage
      const settle = (name: string) =>
        links.settleLinked(key, name, { sealedTokens: `by ${name}`, now: t0, checkAt: t0 })
      assert.equal(await settle('one'), false)
      await links.claim(key, claim('one', t0), origin(t0))
      await links.claim(key, claim('two', t0 + 10_000), origin(t0))
      assert.equal(await settle('one'), false)
      assert.equal(await settle('two'), true)
      assert.equal(await settle('two'), false)
      assert.equal((await links.find(key))?.sealedTokens, 'by two')
    })

    test('is not settled as one that is on its way out', async (t) => {
      const { storage } = await open(t)
      await putDiscarded(storage, key)
      assert.equal(
        await storage.links.settleLinked(key, 'discarding', { sealedTokens: 'new', now: t0, checkAt: t0 }),
        false,
      )
      assert.equal(await storage.links.settleRefused(key, 'discarding', { reason: 'no', now: t0 }), false)
      const link = await storage.links.find(key)
      assert.deepEqual([link?.state, link?.sealedTokens], ['DISCARDED', 'tokens of code-1'])
    })
  })

  describe('a claimed link that the code gave nothing', () => {
    test('is gone if nobody waits for it', async (t) => {
      const { links } = (await open(t)).storage
      await links.claim(key, claim('one', t0), origin(t0))
      assert.equal(await links.settleRefused(key, 'two', { reason: 'no', now: t0 }), false)
      assert.equal(await links.settleRefused(key, 'one', { reason: 'no', now: t0 }), true)
      assert.equal(await links.find(key), undefined)
      assert.equal(await links.settleRefused(key, 'one', { reason: 'no', now: t0 }), false)
    })

    test('is REFUSED and due if enablements wait for it', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await putRefused(storage, record(unit, 'A', { link: onPending('code-1') }), t0)
      const link = await storage.links.find(key)
      assert.deepEqual(
        [link?.state, link?.reason, link?.sealedRequest, link?.dueAt, link?.claim],
        ['REFUSED', 'invalid_grant', undefined, t0, undefined],
      )
    })

    test('is not refused by who lost the claim', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.enablements.enable(record(unit, 'A', { link: onPending('code-1') }), stamp(t0))
      await claimDueOnly(storage, key, 'lost', t0)
      await claimDueOnly(storage, key, 'held', t0 + 10_000)
      assert.equal(await storage.links.settleRefused(key, 'lost', { reason: 'no', now: t0 + 10_000 }), false)
      assert.equal((await storage.links.find(key))?.state, 'PENDING')
    })
  })

  describe('a claim that is given back', () => {
    test('leaves the link due at the given time, for anyone', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.enablements.enable(record(unit, 'A', { link: onPending('code-1') }), stamp(t0))
      await claimDueOnly(storage, key, 'one', t0)
      await storage.links.release(key, 'two', t0 + 1)
      assert.equal((await storage.links.find(key))?.claim, 'one')
      await storage.links.release(key, 'one', t0 + 4000)
      const link = await storage.links.find(key)
      assert.deepEqual(
        [link?.state, link?.claim, link?.dueAt, link?.attempts, link?.sealedRequest],
        ['PENDING', undefined, t0 + 4000, 1, 'request of code-1'],
      )
      assert.deepEqual(await storage.links.claimDue(claim('early', t0 + 3999), 10), [])
      assert.equal((await claimDueOnly(storage, key, 'next', t0 + 4000)).attempts, 2)
    })

    test('removes a PENDING link that only its caller wanted', async (t) => {
      const { links } = (await open(t)).storage
      await links.claim(key, claim('one', t0), origin(t0))
      await links.release(key, 'two', t0)
      assert.equal((await links.find(key))?.state, 'PENDING')
      await links.release(key, 'one', t0)
      assert.equal(await links.find(key), undefined)
    })

    test('keeps a DISCARDED link, whose tokens are still to be revoked', async (t) => {
      const { storage } = await open(t)
      await putDiscarded(storage, key)
      await storage.links.release(key, 'discarding', t0 + 90_000)
      const link = await storage.links.find(key)
      assert.deepEqual(
        [link?.state, link?.claim, link?.dueAt, link?.sealedTokens],
        ['DISCARDED', undefined, t0 + 90_000, 'tokens of code-1'],
      )
    })
  })

  describe('links that are due', () => {
    test('are taken in any state, the longest due first, at most so many', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const names = ['e', 'b', 'g', 'a', 'd', 'f', 'c']
      for (const [index, name] of names.entries()) {
        const one = linkKey(unit, 'A', name)
        await storage.links.claim(one, claim(name, t0), origin(t0))
        await storage.links.settleLinked(one, name, {
          sealedTokens: 'sealed',
          now: t0,
          checkAt: t0 + name.charCodeAt(0),
        })
        assert.equal(index, names.indexOf(name))
      }
      await storage.enablements.enable(record(unit, 'A', { link: onPending('z') }), stamp(t0 + 1))
      const takes: string[][] = []
      for (let step = 0; step < 4; step++) {
        const due = await storage.links.claimDue(claim(`step-${step}`, t0 + 500), 3)
        for (const link of due) {
          assert.deepEqual([link.claim, link.dueAt], [`step-${step}`, t0 + 10_500])
          assert.deepEqual(await storage.links.find(link), link)
        }
        takes.push(due.map((link) => link.name).sort())
      }
      assert.deepEqual(takes, [['a', 'b', 'z'], ['c', 'd', 'e'], ['f', 'g'], []])
      assert.equal(await storage.links.nextDueAt(), t0 + 10_500)
      // What a dead worker held is found again.
      assert.equal((await storage.links.claimDue(claim('again', t0 + 10_500), 10)).length, 8)
    })

    test('go to one claim each, however many look at the same time', async (t) => {
      const { storage, otherNode } = await open(t)
      const unit = await putRoom(storage)
      const count = 60
      const names = Array.from({ length: count }, (_, index) => `code-${index}`)
      await Promise.all(names.map((name) => putLinked(storage, linkKey(unit, 'A', name))))
      const taken: string[] = []
      for (let round = 0; round < 20 && taken.length < count; round++) {
        const looks = [storage, otherNode, storage, otherNode].map(
          (node, index) => () => node.links.claimDue(claim(`${round}-${index}`, t0 + 60_000), 4),
        )
        for (const links of await atOnce(looks)) {
          assert.ok(!(links instanceof Refusal))
          assert.ok(links.length <= 4)
          taken.push(...links.map((link) => link.name))
        }
      }
      assert.deepEqual(taken.sort(), names.sort())
    })
  })

  describe('a LINKED link', () => {
    test('on which nobody lives is discarded, and stays claimed', async (t) => {
      const { storage } = await open(t)
      await putLinked(storage, key)
      await claimDueOnly(storage, key, 'look', t0 + 60_000)
      assert.equal(await storage.links.discardUnused(key, 'other'), false)
      assert.equal((await storage.links.find(key))?.state, 'LINKED')
      assert.equal(await storage.links.discardUnused(key, 'look'), true)
      const link = await storage.links.find(key)
      assert.deepEqual(
        [link?.state, link?.claim, link?.dueAt, link?.sealedTokens],
        ['DISCARDED', 'look', t0 + 70_000, 'tokens of code-1'],
      )
    })

    test('on which somebody lives is left alone and no longer due', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await putLinked(storage, key)
      await claimDueOnly(storage, key, 'look', t0 + 60_000)
      await storage.enablements.enable(record(unit, 'A', { link: onLinked('code-1') }), stamp(t0 + 60_001))
      assert.equal(await storage.links.discardUnused(key, 'look'), false)
      assert.equal((await storage.links.find(key))?.state, 'LINKED')

      await settleAll(storage, t0 + 1_000_000)
      const link = await storage.links.find(key)
      assert.deepEqual([link?.state, link?.dueAt, link?.claim], ['LINKED', undefined, undefined])
    })

    test('is not discarded under an enablement that comes at the same moment', async (t) => {
      const { storage, otherNode } = await open(t)
      const { rooms } = await putRooms(storage, raceRounds)
      for (const [round, unit] of rooms.entries()) {
        const one = linkKey(unit, 'A', `code-${round}`)
        await putLinked(storage, one)
        await claimDueOnly(storage, one, 'look', t0 + 60_000)
        const enable = () =>
          storage.enablements.enable(record(unit, 'A', { link: onLinked(one.name) }), stamp(t0 + 60_001))
        const discard = () => otherNode.links.discardUnused(one, 'look')
        const ends = await atOnce<unknown>(round % 2 === 0 ? [enable, discard] : [discard, enable])
        const wasDiscarded = ends.includes(true)
        const refusals = ends.flatMap((end) => (end instanceof Refusal ? [end.code] : []))
        assert.deepEqual(refusals, wasDiscarded ? ['INVALID_PARAM'] : [])
        const stored = await storage.enablements.find(unit.id, skillId('A'))
        assert.equal(stored === undefined, wasDiscarded)
        assert.equal((await storage.links.find(one))?.state, wasDiscarded ? 'DISCARDED' : 'LINKED')
        await settleAll(storage, t0 + 2_000_000)
      }
    })
  })

  describe('a link that is done', () => {
    const entry = catalogEntry({ operation: 'discard_link', requestId: 'why', skillId: skillId('A') })

    test('is destroyed by who holds it, and that is logged', async (t) => {
      const { storage } = await open(t)
      await putDiscarded(storage, key)
      await storage.links.remove(key, 'other', entry)
      assert.equal((await storage.links.find(key))?.state, 'DISCARDED')
      await storage.links.remove(key, 'discarding', entry)
      assert.equal(await storage.links.find(key), undefined)
      await storage.links.remove(key, 'discarding', entry)
      assert.deepEqual((await logOf(storage)).map(withoutId), [entryOf(entry)])
    })

    test('is destroyed without a word when no entry comes with it', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      const waiting = record(unit, 'A', { link: onPending('code-1') })
      await putRefused(storage, waiting)
      await claimDueOnly(storage, key, 'clean', t0)
      const before = await logOf(storage)
      await storage.links.remove(key, 'clean', undefined)
      assert.equal(await storage.links.find(key), undefined)
      assert.deepEqual(await logOf(storage), before)
    })

    test('is not destroyed while it is LINKED or PENDING', async (t) => {
      const { storage } = await open(t)
      await storage.links.claim(key, claim('one', t0), origin(t0))
      await storage.links.remove(key, 'one', entry)
      assert.equal((await storage.links.find(key))?.state, 'PENDING')
      await storage.links.settleLinked(key, 'one', { sealedTokens: 'sealed', now: t0, checkAt: t0 })
      await claimDueOnly(storage, key, 'two', t0)
      await storage.links.remove(key, 'two', entry)
      assert.equal((await storage.links.find(key))?.state, 'LINKED')
    })
  })

  describe('a delegated link', () => {
    const delegated = { organizationId: unitId('ORG1'), skillId: skillId('A'), sealedTokens: 'first' }
    const delegatedKey = linkKey(room, 'A', 'delegated')

    test('is put, replaced, listed by skill ID, and logged', async (t) => {
      const { storage } = await open(t)
      assert.deepEqual(await storage.delegatedLinks.list(unitId('ORG1')), [])
      for (const name of ['b', 'B', '_']) {
        await putDelegated(storage, { ...delegated, skillId: skillId(name) }, origin(t0))
      }
      await putDelegated(storage, { ...delegated, organizationId: unitId('ORG2') }, origin(t0))
      await putLinked(storage, linkKey(room, 'C', 'code-1'))
      const second = { ...delegated, skillId: skillId('b'), sealedTokens: 'second' }
      await putDelegated(storage, second, origin(t0 + 1, 'again'))
      const listed = await storage.delegatedLinks.list(unitId('ORG1'))
      assert.deepEqual(
        listed.map(({ skillId, sealedTokens, state, dueAt }) => [skillId, sealedTokens, state, dueAt]),
        [
          [skillId('B'), 'first', 'LINKED', undefined],
          [skillId('_'), 'first', 'LINKED', undefined],
          [skillId('b'), 'second', 'LINKED', undefined],
        ],
      )
      const last = (await logOf(storage)).at(-1)
      assert.deepEqual(
        [last?.operation, last?.outcome, last?.requestId, last?.at, last?.organizationId, last?.skillId],
        ['link', 'done', 'again', t0 + 1, unitId('ORG1'), skillId('b')],
      )
    })

    test('keeps the enablements on it linked when it is replaced', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await putDelegated(storage, delegated, origin(t0))
      const enable = record(unit, 'A', { link: onLinked('delegated') })
      assert.equal((await storage.enablements.enable(enable, stamp(t0))).isLinked, true)
      await putDelegated(storage, { ...delegated, sealedTokens: 'second' }, origin(t0 + 1, 'replace'))
      // The tokens that it had go the way of all that are given up.
      const due = await storage.links.claimDue(claim('look', t0 + 1), 10)
      assert.deepEqual(
        due.map(({ state, sealedTokens }) => [state, sealedTokens]),
        [['DISCARDED', 'first']],
      )
      await settleAll(storage, t0 + 1_000_000)
      assert.equal((await storage.enablements.find(unit.id, skillId('A')))?.isLinked, true)
      assert.equal((await storage.links.find(delegatedKey))?.sealedTokens, 'second')
    })

    test('stays when the last enablement on it goes, or moves to a link of its own', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await putDelegated(storage, delegated, origin(t0))
      await storage.enablements.enable(record(unit, 'A', { link: onLinked('delegated') }), stamp(t0))
      await putLinked(storage, key)
      await storage.enablements.enable(record(unit, 'A', { link: onLinked('code-1') }), stamp(t0))
      await settleAll(storage, t0 + 100_000)
      assert.equal((await storage.links.find(delegatedKey))?.state, 'LINKED')

      await storage.enablements.enable(record(unit, 'A', { link: onLinked('delegated') }), stamp(t0))
      await storage.enablements.disable(unit.id, skillId('A'), undefined, stamp(t0))
      await settleAll(storage, t0 + 1_000_000)
      assert.equal((await storage.links.find(delegatedKey))?.state, 'LINKED')
      assert.equal(await storage.links.nextDueAt(), undefined)
    })

    test('is discarded once, and may be put anew', async (t) => {
      const { storage } = await open(t)
      const { links } = storage
      const discard = (at: number) =>
        storage.delegatedLinks.discard(unitId('ORG1'), skillId('A'), origin(at, 'discard'))
      assert.equal(await discard(t0), false)
      await putDelegated(storage, delegated, origin(t0, 'put'))
      assert.equal(await discard(t0 + 1), true)
      assert.equal(await discard(t0 + 2), false)
      const gone = await links.find(delegatedKey)
      assert.deepEqual(
        [gone?.state, gone?.dueAt, gone?.requestId, gone?.sealedTokens],
        ['DISCARDED', t0 + 1, 'discard', 'first'],
      )
      assert.deepEqual(await storage.delegatedLinks.list(unitId('ORG1')), [])

      // Put anew while the old tokens are on their way out: the new ones must not go with them.
      await claimDueOnly(storage, delegatedKey, 'destroy', t0 + 1)
      await putDelegated(storage, { ...delegated, sealedTokens: 'second' }, origin(t0 + 2))
      await links.remove(delegatedKey, 'destroy', undefined)
      assert.equal((await links.find(delegatedKey))?.sealedTokens, 'second')
    })

    test('that is replaced leaves its old tokens to be destroyed, however often and whatever became of it', async (t) => {
      const { storage } = await open(t)
      const { links } = storage
      for (const [index, sealedTokens] of ['first', 'second', 'third'].entries()) {
        await putDelegated(storage, { ...delegated, sealedTokens }, origin(t0 + index))
      }
      await storage.delegatedLinks.discard(unitId('ORG1'), skillId('A'), origin(t0 + 3))
      await putDelegated(storage, { ...delegated, sealedTokens: 'last' }, origin(t0 + 4))
      const due = await links.claimDue(claim('destroy', t0 + 4), 10)
      assert.deepEqual(
        due.map(({ state, sealedTokens }) => [state, sealedTokens]),
        [
          ['DISCARDED', 'first'],
          ['DISCARDED', 'second'],
          ['DISCARDED', 'third'],
        ],
      )
      for (const link of due) await links.remove(link, 'destroy', undefined)
      await settleAll(storage, t0 + 1_000_000)
      assert.equal(await links.nextDueAt(), undefined)
      assert.equal((await links.find(delegatedKey))?.sealedTokens, 'last')
    })

    test('comes from its code once, however often that is asked', async (t) => {
      const { storage } = await open(t)
      const { links } = storage
      assert.equal(await storage.delegatedLinks.delegate(key, origin(t0)), false)
      await links.claim(key, claim('one', t0), origin(t0))
      assert.equal(await storage.delegatedLinks.delegate(key, origin(t0)), false)
      await links.settleLinked(key, 'one', { sealedTokens: 'first', now: t0, checkAt: t0 + 60_000 })
      for (let round = 0; round < raceRounds; round++) {
        const both = await atOnce([
          () => storage.delegatedLinks.delegate(key, origin(t0 + 1, 'put')),
          () => storage.delegatedLinks.delegate(key, origin(t0 + 1, 'put')),
        ])
        assert.deepEqual(both, [true, true])
      }
      const standing = await links.find(delegatedKey)
      assert.deepEqual([standing?.sealedTokens, standing?.codeName], ['first', key.name])
      assert.equal((await logOf(storage)).length, 1)
      // Who waits for the exchange of the code still finds it; then it goes, and takes no tokens with it.
      assert.equal((await links.find(key))?.state, 'LINKED')
      await settleAll(storage, t0 + 1_000_000)
      assert.equal(await links.find(key), undefined)
      assert.equal((await links.find(delegatedKey))?.sealedTokens, 'first')
      assert.equal(await storage.delegatedLinks.delegate(key, origin(t0 + 2)), true)
      await putDelegated(storage, { ...delegated, sealedTokens: 'second' }, origin(t0 + 3))
      assert.equal(await storage.delegatedLinks.delegate(key, origin(t0 + 4)), false)
    })

    test('that was put anew keeps what lives on it from who still gives up the old one', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await putDelegated(storage, delegated, origin(t0))
      await storage.delegatedLinks.discard(unitId('ORG1'), skillId('A'), origin(t0))
      const [old] = await storage.links.claimDue(claim('destroy', t0), 1)
      await putDelegated(storage, { ...delegated, sealedTokens: 'second' }, origin(t0))
      await storage.enablements.enable(record(unit, 'A', { link: onLinked('delegated') }), stamp(t0))
      assert.equal(await storage.links.moveEnablements(old!, stamp(t0), 10), 0)
      assert.equal((await storage.enablements.find(unit.id, skillId('A')))?.isLinked, true)
    })
  })

  describe('an enablement on a link', () => {
    test('must not name one that is gone, and nothing is kept of it', async (t) => {
      const { storage } = await open(t)
      const unit = await putRoom(storage)
      await storage.links.claim(linkKey(unit, 'A', 'pending'), claim('one', t0), origin(t0))
      await putRefused(storage, record(unit, 'A', { link: onPending('refused') }))
      await storage.enablements.disable(unit.id, skillId('A'), undefined, stamp(t0))
      await putDiscarded(storage, linkKey(unit, 'A', 'discarded'), t0 - 100_000)
      const before = await logOf(storage)
      for (const link of [
        onLinked('unknown'),
        onLinked('pending'),
        onLinked('refused'),
        onLinked('discarded'),
        onPending('refused'),
        onPending('discarded'),
      ]) {
        const enable = storage.enablements.enable(record(unit, 'A', { link }), stamp(t0))
        await assert.rejects(enable, refusedWith('INVALID_PARAM'), `${link.kind} ${JSON.stringify(link)}`)
      }
      assert.equal(await storage.enablements.find(unit.id, skillId('A')), undefined)
      assert.deepEqual(await logOf(storage), before)
    })
  })
}
