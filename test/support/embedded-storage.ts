import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import type { Migration } from '../../src/storage/engine/migrate.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import type { OpenedStorage } from '../storage/conformance/records.ts'

/** Opens the embedded storage for a test, in a folder that exists, or in memory; closes it when the test ends. */
export async function openEmbedded(
  t: TestContext,
  folder: string,
  migrations: readonly Migration[] = readMigrations(),
  newId: () => string = createNewId(Date.now),
): Promise<Storage> {
  const storage = await openEmbeddedStorage(folder, { ...systemClock, newId, migrations })
  t.after(() => storage.close())
  return storage
}

export async function openInMemory(t: TestContext, newId?: () => string): Promise<OpenedStorage> {
  const storage = await openEmbedded(t, ':memory:', undefined, newId)
  return { storage, otherNode: storage }
}

export async function openInFolder(t: TestContext, newId?: () => string): Promise<OpenedStorage> {
  const storage = await openEmbedded(t, await temporaryFolder(t), undefined, newId)
  return { storage, otherNode: storage }
}

/** A folder of the test's own, gone when it ends. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'skillkeeper-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Returns all files of a folder and of the folders in it, byte by byte. */
export function readFiles(folder: string): [name: string, text: string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name)
    return entry.isFile() ? [[path.relative(folder, file), readFileSync(file, 'latin1')]] : []
  })
}
