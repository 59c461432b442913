/** The renewal of a link's tokens, and whatever may happen to the link meanwhile. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LogEntry, Recorded } from '../../../src/model/operations-log.ts'
import {
  atOnce,
  catalogEntry,
  claim,
  linkKey,
  logOf,
  type OpenStorage,
  onLinked,
  origin,
  putDelegated,
  putLinked,
  putRoom,
  raceRounds,
  record,
  skillId,
  stamp,
  t0,
} from './records.ts'
import { settleAll } from './settle-all.ts'

const leaseMs = 10_000
const tokens = 'tokens of code-1'

export function linkRenewalsConformance(open: OpenStorage): void {
  const openLinked = async (...given: Parameters<OpenStorage>) => {
    const { storage, otherNode } = await open(...given)
    const unit = await putRoom(storage)
    const key = linkKey(unit, 'A', 'code-1')
    await putLinked(storage, key)
    await storage.enablements.enable(record(unit, 'A', { link: onLinked('code-1') }), stamp(t0))
    await settleAll(storage, t0 + 100_000)
    return {
      storage,
      otherNode,
      unit,
      key,
      links: storage.links,
      renewals: storage.renewals,
      now: t0 + 200_000,
    }
  }

  describe('a renewal of tokens', () => {
    test('puts new ones in place of the old ones, in one step with the entry that tells of it', async (t) => {
      const { storage, links, renewals, key, now } = await openLinked(t)
      const claimed = await renewals.claim(key, claim('one', now))
      assert.deepEqual([claimed?.sealedTokens, claimed?.renewalClaim], [tokens, 'one'])
      assert.equal(await renewals.settleRenewed('one', 'new', entry(now)), true)
      const link = await links.find(key)
      assert.deepEqual([link?.state, link?.sealedTokens, link?.renewalClaim], ['LINKED', 'new', undefined])
      // A claim settles once.
      assert.equal(await renewals.settleRenewed('one', 'newer', entry(now)), false)
      assert.equal((await links.find(key))?.sealedTokens, 'new')
      assert.equal((await logOf(storage)).filter(({ operation }) => operation === 'renew_link').length, 1)
      assert.equal(await links.nextDueAt(), undefined)
    })

    test('is one claim’s alone until the lease ends or it is given back, on whatever node', async (t) => {
      const { storage, otherNode, links, renewals, key, now } = await openLinked(t)
      for (let round = 0; round < raceRounds; round++) {
        const claims = await atOnce(
          [storage, otherNode, storage].map(
            (node, index) => () => node.renewals.claim(key, claim(`${round}-${index}`, now)),
          ),
        )
        const held = claims.flatMap((link) => (link !== undefined && 'state' in link ? [link] : []))
        assert.equal(held.length, 1)
        await renewals.release(held[0]?.renewalClaim ?? '')
      }
      assert.ok(await renewals.claim(key, claim('dies', now)))
      assert.equal(await renewals.claim(key, claim('two', now + leaseMs - 1)), undefined)
      // Who comes after one that was cut off can see that.
      assert.equal((await links.find(key))?.renewalClaim, 'dies')
      assert.ok(await renewals.claim(key, claim('two', now + leaseMs)))
      assert.equal(await renewals.settleRenewed('dies', 'late', entry(now)), false)
      assert.equal(await renewals.settleRenewed('two', 'new', entry(now)), true)
      assert.equal((await links.find(key))?.sealedTokens, 'new')
    })

    test('is only of a link that stands', async (t) => {
      const { links, renewals, key, unit, now } = await openLinked(t)
      assert.equal(await renewals.claim(linkKey(unit, 'A', 'none'), claim('one', now)), undefined)
      const pending = linkKey(unit, 'A', 'pending')
      await links.claim(pending, claim('exchange', now), origin(now))
      assert.equal(await renewals.claim(pending, claim('one', now)), undefined)
      await renewals.claim(key, claim('one', now))
      await renewals.settleUnrenewable('one', 'invalid_grant', entry(now, 'failed'))
      assert.equal(await renewals.claim(key, claim('two', now + leaseMs)), undefined)
    })

    test('that cannot be made gives the link up, with the reason for all that live on it', async (t) => {
      const { storage, links, renewals, key, unit, now } = await openLinked(t)
      await renewals.claim(key, claim('one', now))
      await renewals.settleUnrenewable('one', 'invalid_grant', entry(now, 'failed'))
      const link = await links.find(key)
      assert.deepEqual(
        [link?.state, link?.reason, link?.dueAt, link?.requestId, link?.actor],
        ['DISCARDED', 'invalid_grant', now, 'asked', 'operator'],
      )
      await settleAll(storage, now)
      assert.equal((await storage.enablements.find(unit.id, skillId('A')))?.isLinked, false)
      const told = await logOf(storage)
      assert.equal(told.find(({ operation }) => operation === 'renew_link')?.outcome, 'failed')
      const moved = told.find(({ operation }) => operation === 'link')
      assert.deepEqual(
        [moved?.operation, moved?.unitId, moved?.outcome, moved?.detail],
        ['link', unit.id, 'failed', { reason: 'invalid_grant' }],
      )
      assert.equal(await links.find(key), undefined)
    })

    test('is not disturbed by who enables or disables a unit on the link', async (t) => {
      const { storage, links, renewals, key, unit, now } = await openLinked(t)
      await renewals.claim(key, claim('one', now))
      await storage.enablements.enable(record(unit, 'A', { link: onLinked('code-1') }), stamp(now))
      await storage.enablements.disable(unit.id, skillId('A'), undefined, stamp(now))
      // Nobody gives the tokens up while new ones may be on their way.
      assert.deepEqual(await links.claimDue(claim('look', now + leaseMs - 1), 10), [])
      assert.equal(await renewals.settleRenewed('one', 'new', entry(now + 1)), true)
      const due = await links.claimDue(claim('look', now + leaseMs), 10)
      assert.deepEqual(
        due.map(({ sealedTokens }) => sealedTokens),
        ['new'],
      )
      assert.equal(await links.discardUnused(key, 'look'), true)
    })

    test('takes the link from who is about to give it up', async (t) => {
      const { storage, links, renewals, key, unit, now } = await openLinked(t)
      await storage.enablements.disable(unit.id, skillId('A'), undefined, stamp(now))
      await links.claimDue(claim('look', now), 10)
      assert.ok(await renewals.claim(key, claim('one', now)))
      assert.equal(await links.discardUnused(key, 'look'), false)
      assert.equal(await renewals.settleRenewed('one', 'new', entry(now)), true)
      await settleAll(storage, now + leaseMs)
      assert.equal(await links.find(key), undefined)
    })

    test('of a link that is removed or replaced meanwhile brings tokens that are given up with it', async (t) => {
      const { storage, links, renewals, unit, now } = await openLinked(t)
      const key = linkKey(unit, 'B', 'delegated')
      const { organizationId, skillId: id } = key
      const giveUps = [
        () => storage.delegatedLinks.discard(organizationId, id, origin(now)),
        () => putDelegated(storage, { ...key, sealedTokens: 'second' }, origin(now)),
        () => storage.catalog.removeSkill(id, catalogEntry({ at: now })),
      ]
      for (const [index, giveUp] of giveUps.entries()) {
        await storage.catalog.put(
          { skills: [{ id, name: 'B', stages: ['live'], accountLinking: undefined }] },
          catalogEntry(),
        )
        await putDelegated(storage, { ...key, sealedTokens: 'first' }, origin(now))
        await settleAll(storage, now + 80_000)
        assert.ok(await renewals.claim(key, claim(`${index}`, now)))
        await giveUp()
        assert.deepEqual(await links.claimDue(claim('early', now + leaseMs - 1), 10), [])
        assert.equal(await renewals.settleRenewed(`${index}`, 'renewed', entry(now)), false)
        const due = await links.claimDue(claim('look', now + leaseMs), 10)
        assert.deepEqual(
          due.map(({ state, sealedTokens }) => [state, sealedTokens]),
          [['DISCARDED', 'renewed']],
        )
        for (const link of due) await links.remove(link, 'look', undefined)
      }
    })

    test('that is given back, or cannot be made, of a link that is given up meanwhile leaves it so', async (t) => {
      const { storage, links, renewals, unit, now } = await openLinked(t)
      const key = linkKey(unit, 'B', 'delegated')
      for (const end of ['back', 'never']) {
        await putDelegated(storage, { ...key, sealedTokens: 'first' }, origin(now))
        await renewals.claim(key, claim(end, now))
        await storage.delegatedLinks.discard(key.organizationId, key.skillId, origin(now, 'removed'))
        if (end === 'back') await renewals.release(end)
        else await renewals.settleUnrenewable(end, 'invalid_grant', entry(now, 'failed'))
        const link = await links.find(key)
        assert.deepEqual(
          [link?.state, link?.reason, link?.requestId, link?.renewalClaim],
          ['DISCARDED', undefined, 'removed', undefined],
        )
        await settleAll(storage, now + 100_000)
        assert.equal(await links.find(key), undefined)
      }
    })
  })
}

function entry(at: number, outcome: LogEntry['outcome'] = 'done'): Recorded {
  return catalogEntry({ at, requestId: 'asked', operation: 'renew_link', outcome })
}
