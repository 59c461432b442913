// A database that lets nobody in any more while a service runs on it: the service lives on, and is right again when it is.
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import postgres from 'postgres'
import { Refusal } from '../../src/model/refusal.ts'
import { StorageOpenError } from '../../src/storage/engine/storage-open-error.ts'
import { openPostgres } from '../../src/storage/postgres/driver.ts'
import { hospital } from '../support/catalogs.ts'
import { type Hospital, startHospital } from '../support/enablements.ts'
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { openNode } from '../support/postgres.ts'
import { administer } from '../support/postgres-server.ts'
import { startTlsServer, type TlsServer } from '../support/postgres-tls.ts'

const { room, otherRoom, nurseCall, menu } = hospital
const batch = { items: [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' })) }

let server: TlsServer
let databases = 0
before(async () => {
  server = await startTlsServer()
  await administer(server.url, 'create database clean')
  await (await openNode(`${server.url}/clean`)).close()
  const clean = postgres(`${server.url}/clean`, { max: 1 })
  for (const what of ['schema public', 'all tables in schema public', 'all sequences in schema public'])
    await clean.unsafe(`grant all on ${what} to guarded`)
  await clean.end()
})
after(() => server.stop())

interface House {
  readonly role: string
  readonly database: string
  readonly admin: postgres.Sql
  /** Of the database, as the role. */
  readonly url: string
}

/** What makes the database refuse, and what makes up for it. */
const ways: [name: string, refuse: (house: House) => string, again: (house: House) => string][] = [
  [
    'its role has no connection left',
    ({ role }) => `alter role ${role} connection limit 0`,
    ({ role }) => `alter role ${role} connection limit -1`,
  ],
  [
    'it has no connection left',
    ({ database }) => `alter database ${database} connection limit 0`,
    ({ database }) => `alter database ${database} connection limit -1`,
  ],
  [
    'its role may not log in',
    ({ role }) => `alter role ${role} nologin`,
    ({ role }) => `alter role ${role} login`,
  ],
  [
    'its role has another password',
    ({ role }) => `alter role ${role} password 'other'`,
    ({ role }) => `alter role ${role} password 'right'`,
  ],
  [
    'its role is gone',
    ({ role }) => `alter role ${role} rename to gone_${role}`,
    ({ role }) => `alter role gone_${role} rename to ${role}`,
  ],
  [
    'its role may not connect',
    ({ database }) => `revoke connect on database ${database} from public`,
    ({ database }) => `grant connect on database ${database} to public`,
  ],
  [
    'it takes no connections',
    ({ database }) => `alter database ${database} allow_connections false`,
    ({ database }) => `alter database ${database} allow_connections true`,
  ],
  [
    'it is gone',
    ({ database }) =>
      `alter database ${database} allow_connections false; ${endConnections(database)}; alter database ${database} rename to gone_${database}`,
    ({ database }) =>
      `alter database gone_${database} rename to ${database}; alter database ${database} allow_connections true`,
  ],
]

for (const [place, parameters] of [
  ['without TLS', 'sslmode=disable'],
  ['with TLS', 'sslmode=require'],
  ['with TLS by preference', 'sslmode=prefer'],
] as const) {
  describe(`A running service whose database is reached ${place}, when`, () => {
    for (const [name, refuse, again] of ways) {
      test(`${name}, is 503 and lives on`, async (t) => {
        const house = await openHouse(t, parameters)
        await refusedAndBack(house, await startOn(t, house.url), refuse, again)
      })
    }
  })
}

describe('A running service whose database is reached by PgBouncer, when', () => {
  for (const [name, refuse, again] of ways) {
    test(`${name}, is 503 and lives on`, async (t) => {
      if (!hasPgBouncer(t)) return
      const house = await openHouse(t)
      // Without it, it says for 15 seconds what it was told last.
      const pooler = await startPgBouncer(t, house.url, {
        mode: 'transaction',
        user: house.role,
        settings: ['server_login_retry = 0', 'query_wait_timeout = 2'],
      })
      await refusedAndBack(house, await startOn(t, pooler.urlOf(house.url)), refuse, again, true)
    })
  }
})

describe('At the start, over TLS,', () => {
  for (const [name, refuse] of ways) {
    const passes = / connection left$| takes no connections$/.test(name)
    test(`when ${name}, ${passes ? 'it is waited for' : 'the reason is told'}`, async (t) => {
      const house = await openHouse(t, 'sslmode=require')
      for (const statement of refuse(house).split(';')) await house.admin.unsafe(statement)
      const driver = openPostgres(house.url)
      t.after(() => driver.close())
      await assert.rejects(driver.migrate('select 1'), passes ? Refusal : StorageOpenError)
    })
  }
})

async function refusedAndBack(
  house: House,
  service: Hospital,
  refuse: (house: House) => string,
  again: (house: House) => string,
  isPooled = false,
): Promise<void> {
  const { enable, get, list, call, adminToken: token } = service
  assert.equal((await enable(nurseCall, room)).status, 201)
  await service.settled()
  for (const statement of refuse(house).split(';')) await house.admin.unsafe(statement)
  // A connection that was let in just before is not in the list of connections yet.
  do await house.admin.unsafe(endConnections(house.database))
  while ((await call('GET', '/readyz')).status !== 503)
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all([
      get(nurseCall, room),
      list(room),
      enable(nurseCall, otherRoom),
      enable(menu, otherRoom),
      call('POST', `/v1/skills/${menu}/enablements/batch`, { token, body: batch }),
      call('GET', '/readyz'),
    ])
    for (const { status, text } of answers) assert.equal(status, 503, text)
    assert.equal((await call('GET', '/livez')).status, 200)
  }
  assert.deepEqual(
    service.log.filter((line) => /"level":"(error|fatal)"/.test(line)),
    [],
  )
  for (const statement of again(house).split(';')) await house.admin.unsafe(statement)
  // A pooler tries the server again at a time of its own.
  while (isPooled && (await call('GET', '/readyz')).status === 503);
  assert.equal((await get(nurseCall, room)).body.status, 'ENABLED')
  assert.equal((await call('GET', '/readyz')).status, 200)
  assert.equal((await enable(nurseCall, otherRoom)).status, 201)
  assert.equal(
    (await call('POST', `/v1/skills/${menu}/enablements/batch`, { token, body: batch })).status,
    202,
  )
}

function endConnections(database: string): string {
  return `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${database}'`
}

async function openHouse(t: TestContext, parameters = ''): Promise<House> {
  databases += 1
  const [role, database] = [`clerk_${databases}`, `house_${databases}`]
  const admin = postgres(`${server.url}/postgres`, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create role ${role} login password 'right' in role guarded`)
  await admin.unsafe(`create database ${database} template clean strategy file_copy`)
  t.after(() => admin.end())
  return {
    role,
    database,
    admin,
    url: `postgres://${role}:right@127.0.0.1:${server.port}/${database}?${parameters}`,
  }
}

function startOn(t: TestContext, databaseUrl: string): Promise<Hospital> {
  return startHospital(t, {
    databaseUrl,
    pollMs: 600_000,
    sealingKey: Buffer.alloc(32, 7).toString('base64'),
  })
}
