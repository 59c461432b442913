/** The storage port, implemented once over a driver. The statements are in the folders beside this file, by noun. */

import type { Storage } from '../model/ports/storage.ts'
import { Refusal } from '../model/refusal.ts'
import { catalogStorage } from './catalog/catalog.ts'
import { cachedCatalog } from './catalog/catalog-cache.ts'
import { enablementStorage } from './enablements/enablements.ts'
import { type Driver, statement } from './engine/driver.ts'
import { type Migration, migrate } from './engine/migrate.ts'
import { StorageOpenError } from './engine/storage-open-error.ts'
import { Ids } from './ids/ids.ts'
import { linkStorage } from './links/account-links.ts'
import { delegatedLinkStorage } from './links/delegated-links.ts'
import { linkRenewalStorage } from './links/link-renewals.ts'
import { createRecorder, logStorage } from './log/operations-log.ts'
import { cachedRoles, forgettingRoles } from './roles/held-roles.ts'
import { roleStorage } from './roles/role-assignments.ts'
import { grantStorage } from './secrets/grants.ts'
import { keyStorage } from './secrets/keys.ts'
import { sealedStorage } from './secrets/sealed.ts'
import { openSqlite, type SqliteEffects } from './sqlite/driver.ts'
import type { FolderLock } from './sqlite/folder.ts'
import { requireNoImport } from './transfer/import-target.ts'

export interface StorageOptions extends SqliteEffects {
  newId(): string
  readonly migrations: readonly Migration[]
}

/**
 * Opens the embedded storage in the folder, or one that keeps nothing for `:memory:`, and brings its schema up to
 * date. `lock`: the lock of the folder, if the caller has taken it. Throws a `StorageOpenError` with a message for the operator,
 * and damages nothing.
 */
export async function openEmbeddedStorage(
  folder: string,
  options: StorageOptions,
  lock?: FolderLock,
): Promise<Storage> {
  return openStorage(await openSqlite(folder, options, lock), Number.POSITIVE_INFINITY, options)
}

/**
 * Opens the storage in the PostgreSQL database at the address (`postgres://…`), which many nodes may share, and brings
 * its schema up to date. Refuses with SERVICE_UNAVAILABLE while the database is down. Throws a `StorageOpenError` for an error that
 * waiting does not remove.
 */
export async function openPostgresStorage(url: string, options: StorageOptions): Promise<Storage> {
  // Its code takes time to load, which only its users need.
  const { openPostgres } = await import('./postgres/driver.ts')
  return openStorage(openPostgres(url), catalogStaleMs, options)
}

/** How long a change of the catalog by another node may be invisible, in milliseconds. */
const catalogStaleMs = 2_000

/** `staleMs`: see `catalogStaleMs`. */
async function openStorage(driver: Driver, staleMs: number, options: StorageOptions): Promise<Storage> {
  try {
    await migrate(driver, options.migrations, options)
    await requireNoImport(driver)
  } catch (error) {
    await driver.close()
    if (error instanceof StorageOpenError || error instanceof Refusal) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new StorageOpenError(`The storage cannot be brought up to date: ${reason}`, { cause: error })
  }
  const ids = new Ids(driver)
  const record = createRecorder(ids, options.newId)
  const roles = cachedRoles(roleStorage(driver, record, ids), options.now, staleMs)
  const stored = forgettingRoles(catalogStorage(driver, record, ids, options.newId), roles)
  const catalog = cachedCatalog(stored, options.now, staleMs)
  return {
    catalog,
    roles,
    enablements: enablementStorage(driver, record, ids),
    links: linkStorage(driver, record),
    renewals: linkRenewalStorage(driver, record),
    delegatedLinks: delegatedLinkStorage(driver, record, options.newId),
    grants: grantStorage(driver),
    keys: keyStorage(driver),
    sealed: sealedStorage(driver, () => catalog.forgetAll()),
    log: logStorage(driver, record),
    ping: driver.ping ?? (async () => void (await driver.read(statement('select 1 as answer')))),
    logBytes: () => driver.logBytes?.(),
    close: () => driver.close(),
  }
}
