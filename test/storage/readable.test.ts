// The views by which people read what is stored, with sqlite3 or psql.
import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import postgres from 'postgres'
import type { Storage } from '../../src/model/ports/storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { openEmbedded, temporaryFolder } from '../support/embedded-storage.ts'
import { emptyDatabase, openNode } from '../support/postgres.ts'
import { putRoom, record, skillId, unitId } from './conformance/records.ts'

const now = Date.UTC(2026, 0, 1)
const requestId = createNewId(() => now)()
const late = Date.UTC(2100, 0, 1)

type Rows = readonly Readonly<Record<string, unknown>>[]

async function enableTwo(storage: Storage): Promise<void> {
  const room = await putRoom(storage)
  const stamp = (activateAt: number, request = requestId) => ({
    now,
    activateAt,
    requestId: request,
    actor: 'client-1',
  })
  const first = record(room, 'A', { itemId: 7, partitionNames: ['Room101'] })
  await storage.enablements.enable(first, stamp(now))
  await storage.enablements.enable(record(room, 'B'), stamp(late, 'a request'))
}

async function assertReadable(query: (sql: string) => Promise<Rows>): Promise<void> {
  const shown = await query(
    'select unit_id, skill_id, stage, status, enabled_from, created_at, partition_names from enablements_readable order by skill_id',
  )
  const time = (value: unknown) => new Date(value as string).getTime()
  assert.deepEqual(
    shown.map((row) => [
      row['unit_id'],
      row['skill_id'],
      row['stage'],
      row['status'],
      row['partition_names'],
    ]),
    [
      [unitId('R101'), skillId('A'), 'live', 'ENABLED', '["Room101"]'],
      [unitId('R101'), skillId('B'), 'live', 'ENABLING', '[]'],
    ],
  )
  assert.deepEqual(
    shown.map((row) => [time(row['enabled_from']), time(row['created_at'])]),
    [
      [now, now],
      [late, now],
    ],
  )
  const told = await query("select * from log_readable where operation = 'enable' order by skill_id")
  assert.deepEqual(
    told.map((row) => [
      row['request_id'],
      row['actor'],
      row['outcome'],
      row['unit_id'],
      row['stage'],
      time(row['at']),
    ]),
    [
      [requestId, 'client-1', 'done', unitId('R101'), 'live', now],
      ['a request', 'client-1', 'accepted', unitId('R101'), 'live', now],
    ],
  )
  assert.deepEqual(
    told.map((row) => Number(row['item_id'])),
    [7, 0],
  )
  assert.equal(time(told[1]?.['effective_at']), late)
}

test('A data folder is readable: IDs as text, the status, times', async (t) => {
  const folder = await temporaryFolder(t)
  await enableTwo(await openEmbedded(t, folder))
  const database = new DatabaseSync(path.join(folder, 'skillkeeper.db'), { readOnly: true })
  t.after(() => database.close())
  await assertReadable(async (sql) => database.prepare(sql).all())
})

test('A database is readable in the same way', async (t) => {
  const { url, sql } = await database(t)
  const storage = await openNode(url)
  t.after(() => storage.close())
  await enableTwo(storage)
  await assertReadable((text) => sql.unsafe(text))
})

async function database(t: TestContext) {
  const url = await emptyDatabase()
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  t.after(() => sql.end())
  return { url, sql }
}
