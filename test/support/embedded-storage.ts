import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import { createNewId } from '../../src/app/new-id.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import type { Migration } from '../../src/storage/engine/migrate.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import type { OpenedStorage } from '../storage/conformance/records.ts'

/** Opens the embedded storage for a test, in a folder that exists, or in memory; closes it when the test ends. */
export async function openEmbedded(
  t: TestContext,
  folder: string,
  migrations: readonly Migration[] = readMigrations(),
): Promise<Storage> {
  const now = Date.now
  const storage = await openEmbeddedStorage(folder, { ...systemClock, newId: createNewId(now), migrations })
  t.after(() => storage.close())
  return storage
}

export async function openInMemory(t: TestContext): Promise<OpenedStorage> {
  const storage = await openEmbedded(t, ':memory:')
  return { storage, otherNode: storage }
}

export async function openInFolder(t: TestContext): Promise<OpenedStorage> {
  const storage = await openEmbedded(t, await temporaryFolder(t))
  return { storage, otherNode: storage }
}

/** A folder of the test's own, gone when it ends. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'skillkeeper-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
