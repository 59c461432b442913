// What a storage of the release before holds, once its IDs have numbers: the same, however often the upgrade was interrupted.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMigrations } from '../../src/app/migrations.ts'
import type { LogEntry } from '../../src/model/operations-log.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import type { Unit } from '../../src/model/unit.ts'
import { StorageOpenError } from '../../src/storage/engine/storage-open-error.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { type Earlier, earlierDatabase, earlierFolder } from '../support/upgrade.ts'
import { organization, record, skillId, stamp, unitBelow, unitId } from './conformance/records.ts'
import { settleAll } from './conformance/settle-all.ts'

const createdAt = Date.UTC(2026, 0, 1)
const newId = createNewId(() => createdAt)
const [hotel, clinic] = [organization('HOTEL'), organization('CLINIC')]
const ward = unitBelow(hotel, 'ward')
/** More than nine, so that numbers have different lengths. */
const rooms = Array.from({ length: 14 }, (_, index) => unitBelow(ward, `R${index}`))
const bed = unitBelow(rooms[3]!, 'bed')
const units = [hotel, clinic, ward, ...rooms, bed]
const gone = unitId('a-unit-that-is-gone')

type Columns = Readonly<Record<string, string | number | null | undefined>>
const text = (value: string | number | null | undefined) =>
  typeof value === 'string' ? `'${value}'` : String(value ?? null)
const insert = (table: string, columns: Columns) =>
  `insert into ${table} (${Object.keys(columns)}) values (${Object.values(columns).map(text)});`

const unitRow = (unit: Unit) =>
  insert('units', {
    id: unit.id,
    organization_id: unit.organizationId,
    parent_id: unit.parentId,
    level: unit.level,
    path: unit.path,
    name: unit.name,
    solution: unit.level === 0 ? unit.solution : null,
    country: unit.level === 0 ? unit.country : null,
    subscription_id: unit === ward ? skillId('minibar') : null,
  })

const enablementRow = (unit: Unit, name: string, more: Columns = {}) =>
  insert('enablements', {
    unit_id: unit.id,
    skill_id: skillId(name),
    organization_id: unit.organizationId,
    stage: 'live',
    partition_names: '[]',
    is_linked: 0,
    enabled_from: createdAt + 200,
    created_at: createdAt,
    request_id: 'request-1',
    actor: 'client-1',
    ...more,
  })

const requestId = newId()
const entries: readonly LogEntry[] = [
  entry({ requestId, unitId: rooms[0]!.id, skillId: skillId('A'), itemId: 0, detail: { stage: 'live' } }),
  entry({
    requestId,
    unitId: rooms[1]!.id,
    skillId: skillId('A'),
    itemId: 1,
    detail: { stage: 'development' },
  }),
  entry({ operation: 'disable', unitId: gone, skillId: skillId('gone too'), detail: { stage: 'live' } }),
  entry({ operation: 'link', outcome: 'failed', detail: { reason: 'It said "no".' } }),
  entry({ operation: 'catalog', actor: 'operator:ann', detail: { stage: 'live', more: [1] } }),
  // Of a request that came long before: 7 stands where the version of a UUID is.
  entry({ requestId: createNewId(() => createdAt - 3_600_000)(), effectiveAt: createdAt + 500 }),
  entry({ requestId: 'a-request-that-has-7-there-but-no-ID', organizationId: hotel.id }),
]

function entry(more: Partial<LogEntry>): LogEntry {
  return {
    id: newId(),
    at: createdAt,
    requestId: 'request-1',
    actor: 'client-1',
    operation: 'enable',
    outcome: 'done',
    ...more,
  }
}

const entryRow = (one: LogEntry) =>
  insert('operations_log', {
    id: one.id,
    at: one.at,
    request_id: one.requestId,
    actor: one.actor,
    operation: one.operation,
    outcome: one.outcome,
    organization_id: one.organizationId,
    unit_id: one.unitId,
    skill_id: one.skillId,
    item_id: one.itemId,
    detail: one.detail === undefined ? null : JSON.stringify(one.detail),
    effective_at: one.effectiveAt,
  })

const link = {
  organization_id: hotel.id,
  skill_id: skillId('lights'),
  name: 'pending',
  state: 'PENDING',
  sealed_request: 'request',
  due_at: createdAt,
  attempts: 0,
  request_id: 'request-1',
  actor: 'client-1',
}

const before = {
  lastMigration: 9,
  rows: [
    ...units.map(unitRow),
    insert('skills', { id: skillId('A'), name: 'A', stages: '["live"]' }),
    ...rooms.map((room, index) => enablementRow(room, 'A', { created_at: createdAt + index })),
    enablementRow(bed, 'B', {
      stage: 'development',
      partition_names: '["Bed1","Bed2"]',
      name_free_locales: '["en-US"]',
    }),
    enablementRow(ward, 'minibar'),
    enablementRow(ward, 'lights', { link_name: 'pending', enabled_from: null, item_id: 7 }),
    insert('account_links', link),
    ...entries.map(entryRow),
  ].join('\n'),
}

async function assertSame({ catalog, enablements, log }: Storage): Promise<void> {
  for (const unit of units) assert.deepEqual(await catalog.findUnit(unit.id), unit)
  assert.equal(await catalog.findUnit(gone), undefined)
  const below = await catalog.listLevel({ below: hotel.path, level: 2, after: '' }, 100)
  assert.deepEqual(
    below,
    rooms.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  )
  assert.deepEqual(await catalog.listUnits(rooms[3]!.id, '', 10), [bed])
  assert.equal(await catalog.findSubscription(ward.id), skillId('minibar'))

  for (const [index, room] of rooms.entries()) {
    const [only, ...others] = await enablements.list(room.id, undefined, 10)
    assert.deepEqual(others, [])
    assert.deepEqual(only, {
      unitId: room.id,
      skillId: skillId('A'),
      organizationId: hotel.id,
      stage: 'live',
      partitionNames: [],
      nameFreeLocales: [],
      enabledFrom: createdAt + 200,
      linkName: undefined,
      isLinked: false,
      createdAt: createdAt + index,
    })
    assert.deepEqual(await enablements.find(room.id, skillId('A')), only)
  }
  const inBed = await enablements.find(bed.id, skillId('B'))
  assert.deepEqual(
    [inBed?.stage, inBed?.partitionNames, inBed?.nameFreeLocales],
    ['development', ['Bed1', 'Bed2'], ['en-US']],
  )

  const told = await log.list({}, { newest: false, limit: 100 })
  const withoutId = ({ id: _, ...rest }: LogEntry) => rest
  const inOrder = (list: readonly LogEntry[]) => list.map((one) => JSON.stringify(withoutId(one))).sort()
  assert.deepEqual(inOrder(told), inOrder(entries))
  assert.equal(new Set(told.map(({ id }) => id)).size, entries.length)
  const ofRequest = await log.list({ requestId }, { newest: false, limit: 10 })
  assert.deepEqual(
    ofRequest.map(({ itemId }) => itemId),
    [0, 1],
  )
  const [ofGone, ...more] = await log.list({ unitId: gone }, { newest: true, limit: 10 })
  assert.deepEqual([ofGone?.operation, more], ['disable', []])
  // A page that the release before has shown goes on.
  const position = entries[1]!.id
  const behind = await log.list({}, { newest: false, limit: 100, position })
  assert.equal(behind.length, 5)
}

/** What waited for its link is linked under the request that it had. */
async function assertWaiting(storage: Storage): Promise<void> {
  await settleAll(storage, createdAt + 1000)
  const found = await storage.enablements.find(ward.id, skillId('lights'))
  assert.deepEqual([found?.isLinked, found?.linkName], [true, 'pending'])
  const [told] = await storage.log.list({ operation: 'link', outcome: 'done' }, { newest: true, limit: 1 })
  assert.deepEqual(
    [told?.unitId, told?.requestId, told?.actor, told?.itemId],
    [ward.id, 'request-1', 'client-1', 7],
  )
}

const engines = { 'a data folder': earlierFolder, 'a database': earlierDatabase }

for (const [name, open] of Object.entries(engines)) {
  describe(`The upgrade of ${name} to numbers for IDs`, () => {
    test('keeps everything, and new records come to it', async (t) => {
      const earlier = await open(t, before)
      const storage = await earlier.open()
      await assertSame(storage)
      await assertWaiting(storage)
      const again = await storage.enablements.enable(record(rooms[2]!, 'A'), stamp(createdAt + 5000))
      assert.equal(again.createdAt, createdAt + 2)
      await storage.enablements.enable(record(rooms[2]!, 'new'), stamp(createdAt + 5000))
      assert.equal((await storage.enablements.list(rooms[2]!.id, undefined, 10)).length, 2)
    })

    test('leaves none of the old tables', async (t) => {
      const earlier = await open(t, before)
      const storage = await earlier.open()
      await storage.close()
      for (const table of ['units', 'enablements', 'operations_log'])
        await assert.rejects(async () => earlier.query(`select count(*) from ${table}_before`))
      const steps = await earlier.query('select step, upto from migration_steps')
      assert.deepEqual(
        steps.filter(({ upto }) => upto !== null),
        [],
      )
    })

    test('goes on where it was interrupted, in any step and more than once', async (t) => {
      const earlier = await open(t, before)
      let interruptions = 0
      for (const step of ['ids', 'units', 'enablements', 'operations_log', 'removal']) {
        for (const rows of [1, 3, 5]) interruptions += await interrupted(earlier, step, rows)
      }
      assert.ok(interruptions >= 10, `${interruptions} interruptions`)
      const storage = await earlier.open(inSmallSteps())
      await assertSame(storage)
      await assertWaiting(storage)
    })

    test('keeps the release before from opening it once it has begun', async (t) => {
      const earlier = await open(t, before)
      assert.equal(await interrupted(earlier, 'ids', 1), 1)
      const old = readMigrations().filter(({ number }) => number <= before.lastMigration)
      await assert.rejects(earlier.open(old), (error: Error) => {
        assert.ok(error instanceof StorageOpenError)
        assert.match(error.message, /schema version 10, but this version of Skillkeeper knows only 9/)
        return true
      })
      await assertSame(await earlier.open())
    })
  })
}

/** The steps as they are, with two rows each. */
function inSmallSteps(): ReturnType<typeof readMigrations> {
  return readMigrations().map((one) => ({ ...one, text: one.text.replace(/\blimit \d{4,}/g, 'limit 2') }))
}

/** Upgrades until so many rows of the step are done, and returns 1 if it came so far, else 0. */
async function interrupted(earlier: Earlier, step: string, rows: number): Promise<number> {
  const found = `from migration_steps where step = '${step}'`
  const failing = `
    /* sqlite: select json(case when rows_done >= ${rows} then 'x' else '1' end) ${found}; */
    /* postgres: select 1 / (case when rows_done >= ${rows} then 0 else 1 end) ${found}; */
  `
  const migrations = inSmallSteps().map((one) => ({
    ...one,
    text: one.text.replace(/^-- (?=step: |at last)/gm, (mark) => `${failing}${mark}`),
  }))
  // The last part drops what is left: it has to fail as well.
  const broken = migrations.map((one) =>
    one.name === 'numbers-filled' ? { ...one, text: `${one.text}; insert into nowhere values (1)` } : one,
  )
  await assert.rejects(earlier.open(broken), StorageOpenError)
  const [row] = await earlier.query(`select rows_done ${found}`)
  return Number(row?.['rows_done']) < rows ? 1 : 0
}
