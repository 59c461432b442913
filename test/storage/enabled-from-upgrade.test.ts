// What a storage of the release before holds, once the migration has run that says from when an enablement is ENABLED.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusAt } from '../../src/model/enablement.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import type { UnitId } from '../../src/protocol/identifiers.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { upgradeDatabase, upgradeFolder } from '../support/upgrade.ts'
import { linkKey, organization, record, skillId, stamp, unitBelow } from './conformance/records.ts'
import { settleAll } from './conformance/settle-all.ts'

const createdAt = Date.UTC(2026, 0, 1)
const now = createdAt + 60_000
const dueAt = now + 500
const root = organization()
const room = unitBelow(root, 'R101')

/** In the words of the release before: what was stored, and what it means. */
const records = {
  enabled: { status: 'ENABLED', due: null, link: null, isLinked: 0, from: createdAt },
  linked: { status: 'ENABLED', due: null, link: 'linked', isLinked: 1, from: createdAt },
  'enabled-but-waits': { status: 'ENABLED', due: null, link: 'pending', isLinked: 0, from: createdAt },
  enabling: { status: 'ENABLING', due: dueAt, link: null, isLinked: 0, from: dueAt },
  overdue: { status: 'ENABLING', due: now - 1, link: null, isLinked: 0, from: now - 1 },
  waits: { status: 'ENABLING', due: null, link: 'pending', isLinked: 0, from: undefined },
} as const

const text = (value: string | number | null) => (typeof value === 'string' ? `'${value}'` : String(value))
const insert = (table: string, columns: Readonly<Record<string, string | number | null>>) =>
  `insert into ${table} (${Object.keys(columns)}) values (${Object.values(columns).map(text)});`
const origin = { request_id: 'request-1', actor: 'client-1' }
const idsOfRoom = { unit_id: room.id, organization_id: root.id }

const rows = [
  insert('units', { id: root.id, organization_id: root.id, level: 1, path: `/${root.id}/`, name: 'x' }),
  insert('units', {
    id: room.id,
    organization_id: root.id,
    parent_id: root.id,
    level: 2,
    path: `/${root.id}/${room.id}/`,
    name: 'x',
  }),
  ...Object.entries(records).map(([name, { status, due, link, isLinked }]) =>
    insert('enablements', {
      ...idsOfRoom,
      skill_id: skillId(name),
      stage: 'live',
      partition_names: '[]',
      status,
      link_name: link,
      is_linked: isLinked,
      due_at: due,
      created_at: createdAt,
      ...origin,
    }),
  ),
  ...(['waits', 'enabled-but-waits'] as const).map((name) =>
    insert('account_links', {
      organization_id: root.id,
      skill_id: skillId(name),
      name: 'pending',
      state: 'PENDING',
      sealed_request: 'request',
      due_at: now,
      attempts: 0,
      ...origin,
    }),
  ),
  insert('operations_log', {
    id: createNewId(() => createdAt + 200)(),
    at: createdAt + 200,
    ...origin,
    operation: 'activate',
    outcome: 'done',
    ...idsOfRoom,
    skill_id: skillId('enabled'),
  }),
].join('\n')
const before = { lastMigration: 8, rows }

async function assertBroughtUp(storage: Storage): Promise<void> {
  const { enablements, links, log } = storage
  const find = async (name: string) => {
    const found = await enablements.find(room.id as UnitId, skillId(name))
    assert.ok(found, name)
    return found
  }
  for (const [name, { status, from }] of Object.entries(records)) {
    const found = await find(name)
    assert.deepEqual([found.enabledFrom, found.createdAt], [from, createdAt], name)
    if (name !== 'overdue') assert.equal(statusAt(found, now), status, name)
    assert.equal(statusAt(found, dueAt), from === undefined ? 'ENABLING' : 'ENABLED', name)
  }
  assert.equal(statusAt(await find('enabling'), dueAt - 1), 'ENABLING')
  assert.equal(statusAt(await find('overdue'), now), 'ENABLED')

  // What was asked for before is repeated: nothing goes back, nothing starts anew.
  for (const name of ['enabled', 'enabling', 'waits']) {
    const known = await find(name)
    assert.deepEqual(await enablements.enable(record(room, name), stamp(now)), known)
  }
  // What waits is linked as ever, and what is ENABLED stays so.
  await settleAll(storage, now)
  for (const name of ['waits', 'enabled-but-waits'])
    assert.deepEqual((await links.find(linkKey(room, name, 'pending')))?.state, 'LINKED', name)
  assert.ok(((await find('waits')).enabledFrom ?? 0) >= now)
  assert.deepEqual(
    [(await find('enabled-but-waits')).enabledFrom, (await find('waits')).isLinked],
    [createdAt, true],
  )

  const [told] = await log.list({ operation: 'activate' }, { newest: false, limit: 10 })
  assert.deepEqual([told?.at, told?.effectiveAt, told?.unitId], [createdAt + 200, undefined, room.id])
}

test('A data folder of the release before has each enablement as far as it was', async (t) => {
  await assertBroughtUp(await upgradeFolder(t, before))
})

test('A database of the release before has each as far as it was', async (t) => {
  await assertBroughtUp(await upgradeDatabase(t, before))
})
