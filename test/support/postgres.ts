/**
 * One PostgreSQL for the process, stopped at its end, or the one that the variable SKILLKEEPER_TEST_ENGINE names. Each
 * storage has a schema of its own, which is as good as a database and made in a tenth of the time.
 */
import { after, type TestContext } from 'node:test'
import postgres from 'postgres'
import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import { openPostgresStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import type { OpenedStorage } from '../storage/conformance/records.ts'
import { administer, type Server, startServer } from './postgres-server.ts'

const shared = process.env.SKILLKEEPER_TEST_ENGINE
let running: Promise<Server> | undefined
let databases = 0
const byFolder = new Map<string, Promise<string>>()
/** They go after all tests of the process: a test would drop its own before its service has stopped. */
const schemas: string[] = []
after(async () => {
  // Whoever still waits for an answer was killed, and what it held is given up soon.
  if (running === undefined)
    for (const name of schemas)
      await administer(await serverUrl(), `set lock_timeout = '10s'; drop schema ${name} cascade`)
  await (await running)?.stop()
})

async function serverUrl(): Promise<string> {
  if (shared?.startsWith('postgres://')) return shared
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
  const url = await serverUrl()
  const name = newName('test')
  await administer(url, `create schema ${name}`)
  schemas.push(name)
  return `${url}/postgres?search_path=${name}`
}

/** The address of an empty database that orders texts by the locale, as ICU has it. */
export async function openSortedDatabase(t: TestContext, locale: string): Promise<string> {
  const url = await serverUrl()
  const name = newName('sorted')
  await administer(
    url,
    `create database ${name} template template0 locale_provider icu icu_locale '${locale}'`,
  )
  t.after(() => administer(url, `drop database ${name} (force)`))
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
  if (folder === ':memory:') return emptyDatabase()
  const known = byFolder.get(folder) ?? emptyDatabase()
  byFolder.set(folder, known)
  return known
}

/** Opens the storage twice, as two nodes would; closes both when the test ends. */
export async function openInPostgres(t: TestContext, newId?: () => string): Promise<OpenedStorage> {
  const url = await emptyDatabase()
  const [storage, otherNode] = await Promise.all([openNode(url, newId), openNode(url, newId)])
  t.after(() => Promise.all([storage.close(), otherNode.close()]))
  return { storage, otherNode }
}

export function openNode(url: string, newId: () => string = createNewId(Date.now)) {
  return openPostgresStorage(url, { ...systemClock, newId, migrations: readMigrations() })
}
