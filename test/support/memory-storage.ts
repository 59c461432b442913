import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'

/** The embedded storage, keeping nothing, for what several tests share. Close it when done. */
export function openMemoryStorage(now: () => number = Date.now): Promise<Storage> {
  return openEmbeddedStorage(':memory:', {
    ...systemClock,
    now,
    newId: createNewId(now),
    migrations: readMigrations(),
  })
}
