/** A database that goes, falls silent, is slow or full under a service that runs, and comes back. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { type Hospital, startHospital } from '../support/enablements.ts'
import { type Database, openDatabase, takeOwnServer } from '../support/postgres.ts'
import { type Answer, operatorToken } from '../support/service.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

takeOwnServer()

const { room, otherRoom, nurseCall, menu } = hospital
const batchPath = `/v1/skills/${menu}/enablements/batch`
const batch = { items: [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' })) }

describe('When the database goes', () => {
  const ways: [name: string, spoil: (proxy: TcpProxy) => unknown, hasty?: true][] = [
    ['and nobody listens', (proxy) => proxy.breakDown()],
    ['and who stands before it hangs up', (proxy) => proxy.hangUp()],
    ['and is starting up again', (proxy) => proxy.refuseWith('57P03')],
    ['and does not answer any more', (proxy) => proxy.swallow(), true],
  ]
  for (const [name, spoil, hasty] of ways) {
    test(`${name}, requests are 503 in their own form, and go well as soon as it is back`, async (t) => {
      const { service, proxy } = await startBehindProxy(t, hasty)
      const { enable, get, call, adminToken: token } = service
      assert.equal((await enable(nurseCall, room)).status, 201)
      await spoil(proxy)
      const before = proxy.arrivals
      const answers = await Promise.all([
        get(nurseCall, room),
        enable(nurseCall, otherRoom),
        call('POST', batchPath, { token, body: batch }),
        call('GET', '/_skillkeeper/operations', { token: operatorToken }),
      ])
      for (const answer of answers) assertUnavailable(answer)
      assert.equal(Object(answers[2].body.errors[0]).errorCode, 'SERVICE_UNAVAILABLE')
      assert.equal((await call('GET', '/readyz')).status, 503)
      assert.equal((await call('GET', '/livez')).status, 200)
      // Nobody tries again and again while a request waits.
      assert.ok(proxy.arrivals - before < 30, String(proxy.arrivals - before))

      await proxy.repair()
      assert.equal((await call('GET', '/readyz')).status, 200)
      assert.equal((await get(nurseCall, room)).status, 200)
      assert.equal((await enable(nurseCall, otherRoom)).status, 201)
      assert.equal((await call('POST', batchPath, { token, body: batch })).status, 202)
    })
  }

  test('A write whose database goes in the middle of a commit is 503, and a repeated one ends as if nothing had been', async (t) => {
    const { service, proxy } = await startBehindProxy(t)
    const { enable, get } = service
    for (const [moment, skillId, entries] of [
      ['before', nurseCall, 1],
      ['after', menu, 2],
    ] as const) {
      // The background commits, too.
      await service.settled()
      const cut = proxy.cutCommit(moment)
      assertUnavailable(await enable(skillId, room))
      await cut
      // Only the database knows which of the two it was.
      assert.equal((await get(skillId, room)).status, moment === 'before' ? 404 : 200)
      const { status, body } = await enable(skillId, room)
      assert.deepEqual([status, body.status], [201, 'ENABLING'])
      const { body: log } = await service.call('GET', `/_skillkeeper/operations?skillId=${skillId}`, {
        token: operatorToken,
      })
      assert.equal(log.items.length, entries)
    }
    await service.settled()
    for (const skillId of [nurseCall, menu]) assert.equal((await get(skillId, room)).body.status, 'ENABLED')
  })

  test('A batch or a disable whose database goes in the middle of its commit may be repeated safely', async (t) => {
    const { service, proxy } = await startBehindProxy(t)
    const { disable, list, call, adminToken: token } = service
    for (const moment of ['before', 'after'] as const) {
      await service.settled()
      let cut = proxy.cutCommit(moment)
      assertUnavailable(await call('POST', batchPath, { token, body: batch }))
      await cut
      // All of it or nothing.
      const lengths = await Promise.all(
        batch.items.map(async ({ unitId }) => (await list(unitId)).body.items.length),
      )
      assert.deepEqual(lengths, moment === 'before' ? [0, 0] : [1, 1])
      assert.equal((await call('POST', batchPath, { token, body: batch })).status, 202)
      await service.settled()
      cut = proxy.cutCommit(moment)
      assertUnavailable(await disable(menu, room))
      await cut
      // 404 tells who repeats it that it was done.
      assert.equal((await disable(menu, room)).status, moment === 'before' ? 204 : 404)
      assert.equal((await disable(menu, otherRoom)).status, 204)
    }
  })
})

describe('When the database', () => {
  test('has no connection left, requests are 503 until it has', async (t) => {
    const { admin, service, role, endConnections } = await startAsRole(t)
    const { get } = service
    await admin.unsafe(`alter role ${role} connection limit 0`)
    await endConnections()
    assertUnavailable(await get(nurseCall, room))
    await admin.unsafe(`alter role ${role} connection limit -1`)
    assert.equal((await get(nurseCall, room)).status, 404)
  })

  test('takes no writes, as after a fail-over, writes are 503, and the connections are made anew', async (t) => {
    const { admin, service, role, endConnections } = await startAsRole(t)
    const { enable } = service
    await admin.unsafe(`alter role ${role} set default_transaction_read_only = on`)
    await endConnections()
    for (let attempt = 0; attempt < 4; attempt += 1) assertUnavailable(await enable(nurseCall, room))
    await admin.unsafe(`alter role ${role} reset default_transaction_read_only`)
    assert.equal((await enable(nurseCall, room)).status, 201)
  })

  test('holds a lock for too long, reads and writes are 503 and nothing waits behind them', async (t) => {
    const { admin, service } = await startOn(t, true)
    const { enable, get } = service
    await admin.begin(async (holder) => {
      await holder`lock table enablements in access exclusive mode`
      const answers = await Promise.all([get(nurseCall, room), enable(nurseCall, room), enable(menu, room)])
      for (const answer of answers) assertUnavailable(answer)
    })
    assert.equal((await enable(nurseCall, room)).status, 201)
    assert.equal((await get(menu, room)).status, 404)
  })

  const troubles: [name: string, body: string][] = [
    ['is too slow', 'perform pg_sleep(600)'],
    ['has a full disk', "raise 'could not extend file' using errcode = '53100'"],
    ['has no memory', "raise 'out of memory' using errcode = '53200'"],
    ['cannot read its disk', "raise 'could not read block' using errcode = '58030'"],
  ]
  for (const [name, body] of troubles) {
    test(`${name}, a write is 503, and goes well when that is over`, async (t) => {
      const { admin, service } = await startOn(t, true)
      await onEachEnablement(admin, body)
      assertUnavailable(await service.enable(nurseCall, room))
      assert.equal((await service.get(nurseCall, room)).status, 404)
      await admin`drop trigger trouble on enablements`
      assert.equal((await service.enable(nurseCall, room)).status, 201)
    })
  }

  test('answers what it never should, the request is 500 with the reason in the log alone', async (t) => {
    const { admin, service } = await startOn(t)
    await admin`alter table enablements rename column stage to phase`
    const { status, text } = await service.get(nurseCall, room)
    assert.equal(status, 500)
    assert.doesNotMatch(text, /stage/)
    assert.ok(service.log.some((line) => /"level":"error".*42703/.test(line)))
    await admin`alter table enablements rename column phase to stage`
    assert.equal((await service.get(nurseCall, room)).status, 404)
  })

  test('lets a standby go that has not confirmed a commit, the write is not acknowledged', async (t) => {
    const { admin, service } = await startOn(t)
    await admin`alter system set synchronous_standby_names = 'nobody'`
    await admin`select pg_reload_conf()`
    try {
      let answer: Answer | undefined
      const enable = () =>
        void service.enable(nurseCall, room).then((one) => {
          answer = one
        })
      enable()
      await until(async () => {
        await admin`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`
        // It takes a moment until the server waits for its standby.
        if (answer?.status === 201) {
          answer = undefined
          enable()
        }
        return answer !== undefined
      })
      assertUnavailable(answer ?? assert.fail())
    } finally {
      await admin`alter system reset synchronous_standby_names`
      await admin`select pg_reload_conf()`
    }
  })
})

/** PostgreSQL ends the transaction of whoever has waited longest in the circle: that is the service here. */
describe('Contention', () => {
  test('A write that is chosen to fail in a circle of locks is run again and goes well', async (t) => {
    const { admin, service } = await startOn(t)
    const { enable, call, adminToken: token } = service
    for (const unitId of [room, otherRoom]) assert.equal((await enable(menu, unitId)).status, 201)
    await service.settled()
    let batched: Promise<Answer> | undefined
    await admin.begin(async (rival) => {
      await rival`set local deadlock_timeout = '1min'`
      await rival`update enablements set item_id = 7 where unit = (select number from ids where id = ${otherRoom})`
      batched = call('POST', batchPath, { token, body: batch })
      await until(async () => {
        const [row] = await admin`select from pg_locks where not granted`
        return row !== undefined
      })
      await rival`update enablements set item_id = 7 where unit = (select number from ids where id = ${room})`
    })
    assert.equal((await batched)?.status, 202)
    const [deadlocks] = await admin`select count(*)::int as rows from enablements where item_id = 7`
    assert.equal(deadlocks?.rows, 0)
  })

  test('A write that meets contention without end is tried a bounded number of times, then it is 503', async (t) => {
    const { admin, service } = await startOn(t)
    await admin`create sequence attempts`
    await onEachEnablement(admin, "perform nextval('attempts'); raise 'again' using errcode = '40001'")
    assertUnavailable(await service.enable(nurseCall, room))
    const [attempts] = await admin`select last_value::int as count from attempts`
    assert.equal(attempts?.count, 11)
    await admin`drop trigger trouble on enablements`
    assert.equal((await service.enable(nurseCall, room)).status, 201)
  })
})

async function startOn(
  t: TestContext,
  hasty = false,
): Promise<{ admin: Database['admin']; service: Hospital }> {
  const { admin, settings, hastyUrl, url } = await openDatabase(t)
  return { admin, service: await startHospital(t, settings(hasty ? hastyUrl : url)) }
}

async function startBehindProxy(t: TestContext, hasty = false) {
  const { settings, hastyUrl, url } = await openDatabase(t)
  const proxy = await startProxy(t, hasty ? hastyUrl : url)
  return { proxy, service: await startHospital(t, settings(proxy.url)) }
}

/** As a role of its own, with what ends its connections. */
async function startAsRole(t: TestContext) {
  const { admin, settings, url } = await openDatabase(t)
  const [{ name } = { name: '' }] = await admin`select current_schema() as name`
  const role = `clerk_of_${name}`
  await admin.unsafe(`create role ${role} login; grant all on schema ${name} to ${role}`)
  const service = await startHospital(t, settings(url.replace('//postgres@', `//${role}@`)))
  const endConnections = () =>
    admin`select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = ${role}`
  return { admin, service, role, endConnections }
}

async function onEachEnablement(admin: Database['admin'], body: string): Promise<void> {
  await admin.unsafe(`create function trouble() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
    create trigger trouble before insert on enablements for each row execute function trouble()`)
}

function assertUnavailable({ status, headers }: Answer): void {
  assert.deepEqual([status, headers.get('retry-after')], [503, '1'])
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 20_000; looks += 1) if (await isSo()) return
  assert.fail('It does not come to that.')
}
