import { readdirSync, readFileSync } from 'node:fs'
import { createNewId } from '../../src/app/new-id.ts'
import type { Storage } from '../../src/model/storage.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'

/** The embedded storage, keeping nothing, for tests below HTTP. Close it when done. */
export function openMemoryStorage(now: () => number = Date.now): Promise<Storage> {
  const folder = new URL('../../migrations/', import.meta.url)
  const migrations = readdirSync(folder).map((name) => ({
    number: Number.parseInt(name, 10),
    name,
    text: readFileSync(new URL(name, folder), 'utf8'),
  }))
  return openEmbeddedStorage(':memory:', { now, newId: createNewId(now), migrations })
}
