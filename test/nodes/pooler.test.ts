// A service whose database stands behind PgBouncer, which gives a connection of the server to one client after the other.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import postgres from 'postgres'
import { StartError } from '../../src/app/index.ts'
import { exportStorage, importStorage } from '../../src/app/move-storage.ts'
import { issueServerCertificate, makeAuthority } from '../../src/tls/authority.ts'
import { hospital } from '../support/catalogs.ts'
import { startHospital } from '../support/enablements.ts'
import { hasPgBouncer, type PgBouncerOptions, startPgBouncer } from '../support/pgbouncer.ts'
import { openDatabase, takeOwnServer } from '../support/postgres.ts'
import { temporaryFolder } from '../support/program.ts'

takeOwnServer()

const { room, otherRoom, nurseCall, menu } = hospital

const poolers: [name: string, options: PgBouncerOptions, parameters?: string][] = [
  ['in session pooling', { mode: 'session' }],
  ['in transaction pooling', { mode: 'transaction' }],
  [
    'in transaction pooling, told not to prepare statements',
    { mode: 'transaction' },
    '&prepared_statements=false',
  ],
  [
    'in transaction pooling that passes over what it does not know',
    {
      mode: 'transaction',
      settings: [
        'ignore_startup_parameters = search_path,statement_timeout,lock_timeout,idle_in_transaction_session_timeout',
      ],
    },
  ],
  [
    'in transaction pooling, told wrongly to prepare statements',
    { mode: 'transaction' },
    '&prepared_statements=true',
  ],
]

for (const [name, options, parameters = ''] of poolers) {
  describe(`Behind PgBouncer ${name},`, () => {
    test('reads and writes that come at once all go well', async (t) => {
      if (!hasPgBouncer(t)) return
      const { service } = await startPooled(t, options, parameters)
      const { enable, get, list, disable, call, adminToken: token } = service
      const batch = { items: [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' })) }
      for (let round = 0; round < 20; round += 1) {
        const answers = await Promise.all([
          ...[room, otherRoom].map((unit) => enable(nurseCall, unit)),
          ...[room, otherRoom].flatMap((unit) => [get(menu, unit), list(unit), list(unit)]),
          call('POST', `/v1/skills/${menu}/enablements/batch`, { token, body: batch }),
          call('GET', '/readyz'),
        ])
        for (const { status, text } of answers) assert.ok(status < 300 || status === 404, `${status} ${text}`)
        await service.settled()
        assert.equal((await get(nurseCall, room)).body.status, 'ENABLED')
        const gone = await Promise.all([nurseCall, menu].map((skill) => disable(skill, room)))
        assert.deepEqual(
          gone.map(({ status }) => status),
          [204, 204],
        )
      }
      assert.deepEqual(
        service.log.filter((line) => /"level":"(error|fatal)"/.test(line)),
        [],
      )
    })
  })
}

describe('Behind PgBouncer', () => {
  for (const mode of ['session', 'transaction'] as const) {
    test(`in ${mode} pooling, what takes too long is 503, and the server gives it up`, async (t) => {
      if (!hasPgBouncer(t)) return
      const { admin, service } = await startPooled(t, { mode }, '&statement_timeout=1600')
      await admin.unsafe(`create function trouble() returns trigger language plpgsql as $$
        begin perform pg_sleep(600); return new; end $$;
        create trigger trouble before insert on enablements for each row execute function trouble()`)
      assert.equal((await service.enable(nurseCall, room)).status, 503)
      assert.equal((await service.get(nurseCall, room)).status, 404)
      const sleeping = await admin`select from pg_stat_activity where wait_event = 'PgSleep'`
      assert.equal(sleeping.length, 0)
      await admin.begin(async (holder) => {
        await holder`lock table enablements in access exclusive mode`
        assert.equal((await service.get(nurseCall, room)).status, 503)
      })
      await admin`drop trigger trouble on enablements`
      assert.equal((await service.enable(nurseCall, room)).status, 201)
    })
  }

  test('nothing is left to the next who gets the connection of the server', async (t) => {
    if (!hasPgBouncer(t)) return
    const database = await openDatabase(t)
    const options: PgBouncerOptions = { mode: 'transaction', settings: ['default_pool_size = 1'] }
    const pooler = await startPgBouncer(t, database.url, options)
    const service = await startHospital(t, database.settings(pooler.urlOf(database.url)))
    assert.equal((await service.enable(nurseCall, room)).status, 201)
    const next = postgres(pooler.urlOf(database.url).replace(/\?.*/, ''), {
      max: 1,
      prepare: false,
      fetch_types: false,
    })
    t.after(() => next.end())
    const left = await next`select name from pg_settings where source = 'session' and name like any
      (array['%timeout', 'search_path'])`
    const statements = await next`select from pg_prepared_statements`
    assert.deepEqual([left.length, statements.length], [0, 0])
  })

  test('everything moves out and in', async (t) => {
    if (!hasPgBouncer(t)) return
    const { service, url } = await startPooled(t, { mode: 'transaction' })
    assert.equal((await service.enable(nurseCall, room)).status, 201)
    await service.settled()
    await service.stop()
    const target = await openDatabase(t)
    const pooler = await startPgBouncer(t, target.url, { mode: 'transaction' })
    const place = { data: 'not used', databaseUrl: pooler.urlOf(target.url) }
    const file = path.join(temporaryFolder(t), 'export.jsonl')
    const onProgress = () => {}
    const out = await exportStorage({ data: 'not used', databaseUrl: url }, file, onProgress)
    assert.equal(await importStorage(place, file, { startOver: false, onProgress }), out)
    const moved = await startHospital(t, target.settings(place.databaseUrl))
    // Its clock is where that of the first one started.
    assert.equal((await moved.get(nurseCall, room)).body.status, 'ENABLING')
    moved.clock.moveBy(200)
    assert.equal((await moved.get(nurseCall, room)).body.status, 'ENABLED')
  })

  test('with a certificate of its own, it is what is encrypted and verified', async (t) => {
    if (!hasPgBouncer(t)) return
    const authority = makeAuthority(Date.now(), ['localhost'])
    const file = path.join(temporaryFolder(t), 'ca.pem')
    writeFileSync(file, authority.certificate)
    const tls = issueServerCertificate(authority, ['localhost'], Date.now())
    const encrypted = `&sslmode=verify-full&sslrootcert=${file}`
    const database = await openDatabase(t)
    const pooler = await startPgBouncer(t, database.url, { mode: 'transaction', tls })
    const at = (host: string) => pooler.urlOf(database.url).replace('127.0.0.1', host) + encrypted
    const service = await startHospital(t, database.settings(at('localhost')))
    assert.equal((await service.enable(nurseCall, room)).status, 201)
    await assert.rejects(startHospital(t, database.settings(at('127.0.0.1'))), /altnames/)
  })

  const refusals: [
    what: string,
    options: PgBouncerOptions,
    change: (url: string) => string,
    reason: RegExp,
  ][] = [
    [
      'no such database',
      { mode: 'transaction' },
      (url) => url.replace('/postgres?', '/none?'),
      /"none" does not exist/,
    ],
    [
      'no such user',
      { mode: 'transaction' },
      (url) => url.replace('postgres@', 'nobody@'),
      /authentication failed/,
    ],
    [
      'a wrong password',
      { mode: 'transaction', settings: ['auth_type = md5'] },
      (url) => url.replace('postgres@', 'postgres:wrong@'),
      /password authentication failed/,
    ],
    [
      'no TLS where it is required',
      { mode: 'transaction' },
      (url) => `${url}&sslmode=require`,
      /does not offer TLS/,
    ],
    [
      'a pooler of single statements',
      { mode: 'transaction', settings: ['pool_mode = statement'] },
      (url) => url,
      /statement pooling/,
    ],
  ]
  for (const [what, options, change, reason] of refusals) {
    test(`the start ends with the reason, such as ${what}`, async (t) => {
      if (!hasPgBouncer(t)) return
      const { url, settings } = await openDatabase(t)
      const pooler = await startPgBouncer(t, url, options)
      await assert.rejects(startHospital(t, settings(change(pooler.urlOf(url)))), (error: Error) => {
        assert.ok(error instanceof StartError)
        assert.equal(error.kind, 'storage')
        assert.match(error.message, reason)
        return true
      })
    })
  }
})

async function startPooled(t: TestContext, options: PgBouncerOptions, parameters = '') {
  const database = await openDatabase(t)
  const pooler = await startPgBouncer(t, database.url, options)
  const url = pooler.urlOf(database.url) + parameters
  return { ...database, url, service: await startHospital(t, database.settings(url)) }
}
