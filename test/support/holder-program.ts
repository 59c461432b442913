// A process of its own that holds a data folder until it is killed; it says when it has it.
import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'

const now = Date.now
const options = { ...systemClock, newId: createNewId(now), migrations: readMigrations() }
await openEmbeddedStorage(process.argv[2] ?? '', options)
process.stdout.write('open\n')
setInterval(() => {}, 60_000)
