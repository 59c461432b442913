/** What two nodes do to one record of PostgreSQL at the same moment: the second sees what the first is about to commit. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Database } from '../support/postgres.ts'
import { openDatabase, openNode, takeOwnServer } from '../support/postgres.ts'
import {
  claimDueOnly,
  linkKey,
  onLinked,
  origin,
  putDelegated,
  putLinked,
  putRoom,
  record,
  skillId,
  stamp,
  t0,
} from './conformance/records.ts'

takeOwnServer()

describe('While a node enables a unit on the link of a new code,', () => {
  test('another that takes the old link from its units leaves this one alone', async (t) => {
    const { admin, nodes } = await openNodes(t)
    const [one, other] = nodes
    const unit = await putRoom(one)
    const delegated = linkKey(unit, 'A', 'delegated')
    await putDelegated(one, { ...delegated, sealedTokens: 'tokens' }, origin(t0))
    await one.enablements.enable(record(unit, 'A', { link: onLinked('delegated') }), stamp(t0))
    await one.delegatedLinks.discard(unit.organizationId, skillId('A'), origin(t0 + 1))
    const discarded = await claimDueOnly(one, delegated, 'destroy', t0 + 1)
    await putLinked(one, linkKey(unit, 'A', 'code'), t0 + 2)

    const [made, moved] = await admin
      .begin(async (holder) => {
        await holder`lock table operations_log in share mode`
        const enabled = other.enablements.enable(record(unit, 'A', { link: onLinked('code') }), stamp(t0 + 3))
        await waitingForLocks(admin, 1)
        const moving = one.links.moveEnablements(discarded, stamp(t0 + 3), 100)
        await waitingForLocks(admin, 2)
        return { outcome: [enabled, moving] as const }
      })
      .then(({ outcome }) => Promise.all(outcome))
    assert.deepEqual([made.linkName, made.isLinked, moved], ['code', true, 0])
    assert.deepEqual(await one.enablements.find(unit.id, skillId('A')), made)
  })

  test('another that does it with a third code has the link of the one that comes first looked after at once', async (t) => {
    const { admin, nodes } = await openNodes(t)
    const [one, other] = nodes
    const unit = await putRoom(one)
    for (const code of ['old', 'one', 'other']) await putLinked(one, linkKey(unit, 'A', code))
    await one.enablements.enable(record(unit, 'A', { link: onLinked('old') }), stamp(t0 + 1))

    const both = await admin.begin(async (holder) => {
      await holder`select 1 from enablements for update`
      const enable = (node: typeof one, code: string) =>
        node.enablements.enable(record(unit, 'A', { link: onLinked(code) }), stamp(t0 + 2))
      const enabled = [enable(one, 'one'), enable(other, 'other')]
      await waitingForLocks(admin, 2)
      return { enabled }
    })
    await Promise.all(both.enabled)
    const stands = (await one.enablements.find(unit.id, skillId('A')))?.linkName
    const due = await one.links.claimDue({ id: 'look', now: t0 + 2, leaseUntil: t0 + 1000 }, 10)
    const replaced = ['old', 'one', 'other'].filter((code) => code !== stands)
    assert.deepEqual(due.map(({ name }) => name).sort(), replaced)
  })
})

async function openNodes(t: TestContext) {
  const { url, admin } = await openDatabase(t)
  const nodes = [await openNode(url), await openNode(url)] as const
  t.after(() => Promise.all(nodes.map((node) => node.close())))
  return { admin, nodes }
}

/** Until so many wait. */
async function waitingForLocks(admin: Database['admin'], count: number): Promise<void> {
  for (let looks = 0; looks < 20_000; looks += 1) {
    const [row] = await admin`select count(distinct pid)::int as pids from pg_locks where not granted`
    if (row?.pids === count) return
  }
  assert.fail(`There are never ${count} that wait.`)
}
