/**
 * One PostgreSQL for the whole test run, stopped at its end. Each storage has a schema of its own, which is as good as a
 * database and made in a tenth of the time.
 */
import { after, type TestContext } from 'node:test'
import { readMigrations } from '../../src/app/migrations.ts'
import { createNewId } from '../../src/app/new-id.ts'
import { openPostgresStorage } from '../../src/storage/open-storage.ts'
import type { OpenedStorage } from '../storage/conformance/records.ts'
import { administer, type Server, startServer } from './postgres-server.ts'

let running: Promise<Server> | undefined
let databases = 0
const byFolder = new Map<string, Promise<string>>()
after(async () => (await running)?.stop())

/** The address of an empty database, which goes when the test ends. */
export async function emptyDatabase(t: TestContext): Promise<string> {
  // Nothing has to outlive the tests.
  running ??= startServer(['fsync=off'])
  const { url } = await running
  databases += 1
  const name = `test_${databases}`
  await administer(url, `create schema ${name}`)
  // Whoever still waits for an answer was killed, and what it held is given up soon.
  t.after(() => administer(url, `set lock_timeout = '10s'; drop schema ${name} cascade`))
  return `${url}/postgres?search_path=${name}`
}

/** The same database for the same data folder; one of its own for what is only in memory. */
export function databaseFor(t: TestContext, folder = ':memory:'): Promise<string> {
  if (folder === ':memory:') return emptyDatabase(t)
  const known = byFolder.get(folder) ?? emptyDatabase(t)
  byFolder.set(folder, known)
  return known
}

/** Opens the storage twice, as two nodes would; closes both when the test ends. */
export async function openInPostgres(t: TestContext): Promise<OpenedStorage> {
  const url = await emptyDatabase(t)
  const [storage, otherNode] = await Promise.all([openNode(url), openNode(url)])
  t.after(() => Promise.all([storage.close(), otherNode.close()]))
  return { storage, otherNode }
}

export function openNode(url: string) {
  const now = Date.now
  return openPostgresStorage(url, { now, newId: createNewId(now), migrations: readMigrations() })
}
