/** PostgreSQL: all that the port promises, by the suite that the embedded engine passes, and what only a server can do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import postgres from 'postgres'
import { Refusal } from '../../src/model/refusal.ts'
import { statement } from '../../src/storage/engine/driver.ts'
import { openPostgres } from '../../src/storage/postgres/driver.ts'
import { emptyDatabase, openInPostgres, openNode } from '../support/postgres.ts'
import { startProxy } from '../support/tcp-proxy.ts'
import {
  catalogEntry,
  claim,
  linkKey,
  putLinked,
  putRooms,
  record,
  skill,
  stamp,
  t0,
  unitBelow,
} from './conformance/records.ts'
import { storageConformance } from './conformance.ts'

storageConformance('PostgreSQL', openInPostgres, 30)

test('a load balancer that hangs up while there is no primary gets each write refused, and none waits for ever', async (t) => {
  const proxy = await startProxy(t, await emptyDatabase())
  const storage = await openNode(proxy.url)
  t.after(() => storage.close())
  const add = (id: string) => storage.keys.add({ id, purpose: 'hash', sealed: 'sealed', createdAt: 1 })
  await add('before')
  proxy.hangUp()
  for (const id of ['first', 'second']) {
    await assert.rejects(add(id), (error) => error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE')
  }
  await proxy.repair()
  await add('after')
  assert.deepEqual(
    (await storage.keys.list()).map(({ id }) => id),
    ['after', 'before'],
  )
})

test('a server that takes the connection and says nothing is given up after the connect_timeout of the address', async (t) => {
  const proxy = await startProxy(t, await emptyDatabase())
  proxy.swallow()
  const driver = openPostgres(`${proxy.url}&connect_timeout=1`)
  t.after(() => driver.close())
  await assert.rejects(
    async () => driver.read(statement('select 1')),
    (error) => {
      assert.ok(error instanceof Refusal)
      assert.match(error.detail ?? '', /no answer within 1000 ms/)
      return true
    },
  )
})

test('the server is told who comes, and what the address says of its parameters', async (t) => {
  const url = await emptyDatabase()
  const driver = openPostgres(
    `${url}&application_name=front%20desk&options=-c%20work_mem%3D7MB&lock_timeout=3s`,
  )
  t.after(() => driver.close())
  const shown = await Promise.all(
    ['application_name', 'work_mem', 'lock_timeout', 'statement_timeout'].map((name) =>
      driver.read(statement(`show ${name}`)),
    ),
  )
  assert.deepEqual(
    shown.map(([row]) => Object.values(row ?? {})[0]),
    ['front desk', '7MB', '3s', '8s'],
  )
})

test('the rows of writes that come at the same time are added with few statements, those of a batch or a catalog with one', async (t) => {
  const url = await emptyDatabase()
  const storage = await openNode(url)
  t.after(() => storage.close())
  const { rooms } = await putRooms(storage, 60)
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  t.after(() => sql.end())
  // A trigger for each statement, however many rows it has.
  const watch = (table: string) =>
    `create trigger see after insert on ${table} for each statement execute function see();`
  await sql.unsafe(`
    create table seen (name text);
    create function see() returns trigger language plpgsql as $$
      begin insert into seen values (tg_table_name); return null; end $$;
    ${['units', 'skills', 'enablements', 'operations_log'].map(watch).join('')}`)
  const statements = async () => {
    const seen = await sql`with gone as (delete from seen returning name) select name from gone order by name`
    return seen.map(({ name }) => String(name))
  }

  const items = rooms.map((room, itemId) => record(room, 'A', { itemId }))
  await storage.enablements.enableMany(items, stamp(t0))
  assert.deepEqual(await statements(), ['enablements', 'operations_log'])

  await Promise.all(rooms.map((room) => storage.enablements.enable(record(room, 'B'), stamp(t0))))
  const some = await statements()
  assert.ok(some.length >= 2 && some.length <= 6, `${some.length} statements for ${rooms.length} writes`)

  const units = [...rooms, ...rooms.map((room) => unitBelow(room, `bed-in-${room.name}`))]
  const skills = ['A', 'B', 'C'].map((name) => skill(name))
  await storage.catalog.put({ units, skills }, catalogEntry())
  assert.deepEqual(await statements(), ['operations_log', 'skills', 'units', 'units'])
})

test('a write whose statements another node has made old by a newer schema is prepared anew and goes well', async (t) => {
  const url = await emptyDatabase()
  const admin = postgres(url, { max: 1, onnotice: () => undefined })
  t.after(() => admin.end())
  await admin.unsafe('create table one (id integer); create table two (id integer)')
  const driver = openPostgres(url)
  t.after(() => driver.close())
  const count = () =>
    driver.write(function* () {
      const ones = yield statement('select * from one where id > $1', 0)
      const twos = yield statement('select * from two where id > $1', 0)
      return ones.length + twos.length
    })
  assert.equal(await count(), 0)
  for (const table of ['one', 'two']) {
    await admin.unsafe(`insert into ${table} values (1); alter table ${table} add column name text`)
  }
  assert.equal(await count(), 2)
})

test('a write of several statements at once, one of which a newer schema has made old, goes well, too', async (t) => {
  const url = await emptyDatabase()
  const admin = postgres(url, { max: 1, onnotice: () => undefined })
  t.after(() => admin.end())
  const tables = ['one', 'two', 'three']
  for (const table of tables) await admin.unsafe(`create table ${table} (id integer)`)
  const driver = openPostgres(url)
  t.after(() => driver.close())
  const count = () =>
    driver.write(function* () {
      return (yield tables.map((table) => statement(`select * from ${table} where id > $1`, 0))).length
    }, 'key')
  assert.equal(await count(), 0)
  for (const [index, table] of tables.entries()) {
    await admin.unsafe(`insert into ${table} values (1); alter table ${table} add column name text`)
    assert.equal(await count(), index + 1)
  }
})

test('while the schema changes under a node, each of many readers gets the rows that it asked for', async (t) => {
  const url = await emptyDatabase()
  const admin = postgres(url, { max: 1, onnotice: () => undefined })
  t.after(() => admin.end())
  const tables = ['red', 'green', 'blue']
  for (const table of tables)
    await admin.unsafe(`create table ${table} (id integer); insert into ${table} values (1)`)
  const driver = openPostgres(url)
  t.after(() => driver.close())
  const readAll = async () => {
    const asked = Array.from({ length: 30 }, (_, index) => tables[index % tables.length] ?? '')
    const rows = await Promise.all(
      asked.map((table) =>
        driver.read(statement(`select *, '${table}' as color from ${table} where id = $1`, 1)),
      ),
    )
    assert.deepEqual(
      rows.map(([row]) => row?.color),
      asked,
    )
  }
  await readAll()
  for (let round = 0; round < 10; round += 1) {
    await readAll()
    await admin.unsafe(`alter table ${tables[round % tables.length]} add column name${round} text`)
    await readAll()
  }
})

test('a storage closes also when what it was waiting for has waited too long', async (t) => {
  const driver = openPostgres(await emptyDatabase())
  const late = driver.write(function* () {
    yield statement('select 1 as one')
  })
  const closed = driver.close()
  const now = performance.now()
  t.mock.method(performance, 'now', () => now + 60_000)
  await assert.rejects(late, (error) => error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE')
  t.mock.restoreAll()
  await closed
})

test('no more is taken than the limit, whatever plan the server has for the statement', async (t) => {
  const off = ['hashjoin', 'mergejoin', 'hashagg', 'sort', 'material', 'memoize']
  const options = off.map((name) => `-c enable_${name}=off`).join(' ')
  const storage = await openNode(`${await emptyDatabase()}&options=${encodeURIComponent(options)}`)
  t.after(() => storage.close())
  const { rooms } = await putRooms(storage, 3)
  await storage.catalog.put({ skills: [skill('a')] }, catalogEntry())
  for (const room of rooms) await storage.enablements.enable(record(room, 'a'), stamp(t0))
  const keys = rooms.map((room) => linkKey(room, 'a', room.id))
  for (const key of keys) await putLinked(storage, key)
  const haste = { dueAfter: t0, now: t0, limit: 1 }
  const taken: number[][] = []
  for (let round = 0; round < 4; round += 1) {
    const due = await storage.links.claimDue(claim(`taken-${round}`, t0 + 60_000), 1)
    taken.push([await storage.enablements.hasten(haste), due.length])
  }
  assert.deepEqual(taken, [
    [1, 1],
    [1, 1],
    [1, 1],
    [0, 0],
  ])
  const hastened: number[] = []
  for (let round = 0; round < 4; round += 1) hastened.push(await storage.links.hasten(haste))
  assert.deepEqual(hastened, [1, 1, 1, 0])
})
