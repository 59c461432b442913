/** Storages that an earlier release has written. */
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { readMigrations } from '../../src/app/migrations.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import { openPostgresStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { openEmbedded, temporaryFolder } from './embedded-storage.ts'
import { createHandClock } from './hand-clock.ts'
import { openDatabase } from './postgres.ts'

/** What an earlier release has written: the number of its last migration, and statements that add rows. */
export interface EarlierRelease {
  readonly lastMigration: number
  readonly rows: string
}

/** Opens a data folder of the earlier release. */
export async function upgradeFolder(t: TestContext, release: EarlierRelease): Promise<Storage> {
  const { open } = await earlierFolder(t, release)
  return open()
}

/** A storage of the earlier release. */
export interface Earlier {
  /** Opens it with these migrations, by default all of them. */
  open(migrations?: ReturnType<typeof readMigrations>): Promise<Storage>
  /** Runs a query on what is stored. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

export async function earlierFolder(t: TestContext, release: EarlierRelease): Promise<Earlier> {
  const folder = await temporaryFolder(t)
  await (await openEmbedded(t, folder, migrationsOf(release))).close()
  const query = (sql: string) => {
    const database = new DatabaseSync(path.join(folder, 'skillkeeper.db'))
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }
  const database = new DatabaseSync(path.join(folder, 'skillkeeper.db'))
  database.exec(release.rows)
  database.close()
  return { open: (migrations) => openEmbedded(t, folder, migrations), query: async (sql) => query(sql) }
}

/** Opens a database of the earlier release. */
export async function upgradeDatabase(t: TestContext, release: EarlierRelease): Promise<Storage> {
  const { open } = await earlierDatabase(t, release)
  return open()
}

export async function earlierDatabase(t: TestContext, release: EarlierRelease): Promise<Earlier> {
  const { url, admin } = await openDatabase(t)
  const { now, sleepUntil } = createHandClock()
  const options = { now, sleepUntil, newId: createNewId(now) }
  await (await openPostgresStorage(url, { ...options, migrations: migrationsOf(release) })).close()
  await admin.unsafe(release.rows)
  return {
    async open(migrations = readMigrations()) {
      const storage = await openPostgresStorage(url, { ...options, migrations })
      t.after(() => storage.close())
      return storage
    },
    query: (sql) => admin.unsafe(sql),
  }
}

function migrationsOf({ lastMigration }: EarlierRelease): ReturnType<typeof readMigrations> {
  return readMigrations().filter(({ number }) => number <= lastMigration)
}
