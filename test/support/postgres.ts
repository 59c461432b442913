/**
 * The PostgreSQL that the runner shares between test files, or one for the process, which is stopped at its end. A
 * storage that a test only uses has a copy of a database whose schema is up to date, which takes a third of the time of all
 * migrations. A test of databases has a schema of its own, which is as good as an empty database.
 */
import { after, type TestContext } from 'node:test'
import postgres from 'postgres'
import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import { openPostgresStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import type { OpenedStorage } from '../storage/conformance/records.ts'
import { type Server, startServer } from './postgres-server.ts'

/** The number of an advisory lock. */
const templateLock = 131
let shared = process.env.SKILLKEEPER_TEST_POSTGRES
let running: Promise<Server> | undefined
let databases = 0
const byFolder = new Map<string, Promise<string>>()
/** What ends them. They go after all tests of the process: a test would drop its own before its service has stopped. */
const drops: string[] = []
let opened: Promise<{ url: string; sql: postgres.Sql }> | undefined
let template: Promise<string> | undefined
after(async () => {
  if (opened === undefined) return
  const { sql } = await opened
  // Whoever still waits for an answer was killed, and what it held is given up soon.
  if (running === undefined)
    for (const statement of ["set lock_timeout = '10s'", ...drops]) await sql.unsafe(statement)
  await sql.end()
  await (await running)?.stop()
})

/** For a test file that changes settings of the whole server, or looks at what all of its clients do. */
export function takeOwnServer(): void {
  shared = undefined
}

/** The server, and a connection to its database `postgres`. */
function openServer(): Promise<{ url: string; sql: postgres.Sql }> {
  opened ??= serverUrl().then((url) => ({
    url,
    sql: postgres(`${url}/postgres`, { max: 1, onnotice: () => undefined }),
  }))
  return opened
}

async function serverUrl(): Promise<string> {
  if (shared !== undefined) return shared
  // Nothing has to outlive the tests.
  running ??= startServer(['fsync=off'])
  return (await running).url
}

/** No other process that uses the server has the name. */
function newName(kind: string): string {
  databases += 1
  return `${kind}_${process.pid}_${databases}`
}

/** The address of an empty database. */
export async function emptyDatabase(): Promise<string> {
  const { url, sql } = await openServer()
  const name = newName('test')
  await sql.unsafe(`create schema ${name}`)
  drops.push(`drop schema ${name} cascade`)
  return `${url}/postgres?search_path=${name}`
}

/** The address of a database whose schema is up to date, and that contains nothing. */
async function freshDatabase(): Promise<string> {
  const { url, sql } = await openServer()
  template ??= makeTemplate(url, sql)
  const name = newName('copy')
  await sql.unsafe(`create database ${name} template ${await template} strategy file_copy`)
  drops.push(`drop database ${name} (force)`)
  return `${url}/${name}`
}

/** All processes that use the server copy the same database; the first of them makes it. */
async function makeTemplate(url: string, sql: postgres.Sql): Promise<string> {
  const name = 'migrated'
  await sql`select pg_advisory_lock(${templateLock})`
  const [known] = await sql`select from pg_database where datname = ${name}`
  if (known === undefined) {
    await sql.unsafe('create database migrating')
    await (await openNode(`${url}/migrating`)).close()
    await sql.unsafe(`alter database migrating rename to ${name}`)
  }
  await sql`select pg_advisory_unlock(${templateLock})`
  return name
}

/** The address of an empty database that orders texts by the locale, as ICU has it. */
export async function openSortedDatabase(t: TestContext, locale: string): Promise<string> {
  const { url, sql } = await openServer()
  const name = newName('sorted')
  await sql.unsafe(`create database ${name} template template0 locale_provider icu icu_locale '${locale}'`)
  t.after(() => sql.unsafe(`drop database ${name} (force)`))
  return `${url}/${name}`
}

export interface Database {
  readonly url: string
  /** With short limits: a statement may take 1600 ms, a lock 800, and a use of a connection 2000. */
  readonly hastyUrl: string
  /** Connections of an administrator; each statement takes any of them. */
  readonly admin: postgres.Sql
  /** What a service needs to run on the database, or on a way to it. */
  settings(url?: string): { databaseUrl: string; pollMs: number; sealingKey: string }
}

/** An empty database, and somebody who has it in hand. */
export async function openDatabase(t: TestContext): Promise<Database> {
  const url = await emptyDatabase()
  const admin = postgres(url, { max: 3, onnotice: () => undefined })
  t.after(() => admin.end({ timeout: 0 }))
  return {
    url,
    hastyUrl: `${url}&statement_timeout=1600`,
    admin,
    settings: (databaseUrl = url) => ({
      databaseUrl,
      pollMs: 600_000,
      sealingKey: Buffer.alloc(32, 7).toString('base64'),
    }),
  }
}

/** The same database for the same data folder; one of its own for what is only in memory. */
export function databaseFor(folder = ':memory:'): Promise<string> {
  if (folder === ':memory:') return freshDatabase()
  const known = byFolder.get(folder) ?? freshDatabase()
  byFolder.set(folder, known)
  return known
}

/** Opens the storage twice, as two nodes would; closes both when the test ends. */
export async function openInPostgres(t: TestContext, newId?: () => string): Promise<OpenedStorage> {
  const url = await freshDatabase()
  const [storage, otherNode] = await Promise.all([openNode(url, newId), openNode(url, newId)])
  t.after(() => Promise.all([storage.close(), otherNode.close()]))
  return { storage, otherNode }
}

export function openNode(url: string, newId: () => string = createNewId(Date.now)) {
  return openPostgresStorage(url, { ...systemClock, newId, migrations: readMigrations() })
}
