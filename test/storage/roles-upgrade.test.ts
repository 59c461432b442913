// Roles of clients that an earlier release has stored: after the migration they are assignments that propagate.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from '../../src/model/ports/context.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import { accountOf } from '../../src/model/user-id.ts'
import { assignStoredRoles } from '../../src/operations/catalog/role-changes.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'
import { upgradeDatabase, upgradeFolder } from '../support/upgrade.ts'
import { newId, organization, unitBelow } from './conformance/records.ts'

const root = organization()
const ward = unitBelow(root, 'WARD')
const gone = unitBelow(root, 'GONE')

const insertUnit = ({ id, parentId, level, path }: typeof root) =>
  `insert into units (id, organization_id, parent_id, level, path, name, solution, country) values ('${id}', '${root.id}',
     ${parentId === undefined ? 'null' : `'${parentId}'`}, ${level}, '${path}', 'x', 'healthcare', 'US');`
const insertClient = (id: string, roles: object[]) =>
  `insert into clients (id, name, redirect_uris, roles, is_demo) values ('${id}', 'x', '[]', '${JSON.stringify(roles)}', 0);`

const release = {
  lastMigration: 9,
  rows: [
    insertUnit(root),
    insertUnit(ward),
    insertClient('admin', [
      { unitId: root.id, role: 'A4H.OrgAdmin' },
      { unitId: ward.id, role: 'A4H.OrgAdmin' },
      { unitId: gone.id, role: 'A4P.UnitAdmin' },
    ]),
    insertClient('nobody', []),
    ...Array.from({ length: 120 }, (_, index) =>
      insertClient(`client-${index}`, [{ unitId: ward.id, role: 'A4P.UnitAdmin' }]),
    ),
  ].join('\n'),
}

for (const [engine, upgrade] of [
  ['the embedded engine', upgradeFolder],
  ['PostgreSQL', upgradeDatabase],
] as const) {
  test(`The roles of clients mean after an upgrade what they meant, on ${engine}`, async (t) => {
    const storage = await upgrade(t, release)
    const context = await contextOf(storage)
    assert.equal(await assignStoredRoles(context), 121)
    assert.equal(await assignStoredRoles(context), 0)
    const heldBy = async (clientId: string) => {
      const { assignments } = await storage.roles.held(accountOf(context, clientId))
      return assignments.map(({ unitId, role, propagate, expiresAt }) => [unitId, role, propagate, expiresAt])
    }
    assert.deepEqual(await heldBy('admin'), [
      [root.id, 'A4H.OrgAdmin', true, undefined],
      // Only an organization has that role, and this one allows the same.
      [ward.id, 'A4P.UnitAdmin', true, undefined],
    ])
    assert.deepEqual(await heldBy('nobody'), [])
    assert.deepEqual(await heldBy('client-119'), [[ward.id, 'A4P.UnitAdmin', true, undefined]])
  })
}

async function contextOf(storage: Storage): Promise<Context> {
  const clock = createHandClock()
  const nothing = () => {}
  return {
    now: () => clock.now(),
    sleepUntil: (at, signal) => clock.sleepUntil(at, signal),
    newId,
    storage,
    secrets: await newServiceSecrets(),
    limits: { batchItemsMax: 100 },
    activateAt: (at) => at,
    log: { info: nothing, warn: nothing, error: nothing },
    workIsDue: nothing,
    changesAreDue: nothing,
  } as Partial<Context> as Context
}
