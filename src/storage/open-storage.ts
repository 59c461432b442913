/** The storage port, implemented once over a driver. The statements are in the folders beside this file, by noun. */

import type { KeyRecord, Storage } from '../model/ports/storage.ts'
import { Refusal } from '../model/refusal.ts'
import { catalogStorage } from './catalog/catalog.ts'
import { cachedCatalog } from './catalog/catalog-cache.ts'
import { changeStorage } from './changes/changes.ts'
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
import { roomStorage } from './rooms/rooms.ts'
import { grantStorage } from './secrets/grants.ts'
import { keyStorage, replaceSigningKeys } from './secrets/keys.ts'
import { sealedStorage } from './secrets/sealed.ts'
import { sessionStorage } from './secrets/sessions.ts'
import { type CopiedDriver, openMemory, openSqlite, type SqliteEffects } from './sqlite/driver.ts'
import type { FolderLock } from './sqlite/folder.ts'
import { replaceDatabase } from './sqlite/replace-database.ts'
import { requireNoImport } from './transfer/import-target.ts'

export interface StorageOptions extends SqliteEffects {
  newId(): string
  readonly migrations: readonly Migration[]
  /** Wraps the driver, such as in one that fails on command. */
  readonly wrapDriver?: (driver: Driver) => Driver
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

export interface CopiedStorageOptions extends StorageOptions {
  /** What it contains in the beginning: the image of another storage. */
  readonly image?: Uint8Array | undefined
  /** The signing keys in the place of those of the image. */
  readonly signingKeys?: readonly KeyRecord[]
  /** Stands between the storage and its engine. */
  around?(driver: Driver): Driver
}

/** A storage, and copies of it. */
export interface CopiedStorage extends Pick<CopiedDriver, 'trim'> {
  readonly storage: Storage
  /** Returns everything that is committed, as the bytes of a database file. */
  image(): Uint8Array
}

/** Images of storages without a record. The migrations take longer than all else that opens a storage in memory. */
const emptyImages = new WeakMap<readonly Migration[], Uint8Array>()

/** Opens a storage in memory. Throws a `StorageOpenError`, such as for an image that a newer Skillkeeper made. */
export async function openMemoryStorage(given: CopiedStorageOptions): Promise<CopiedStorage> {
  const { migrations } = given
  const options = { ...given, image: given.image ?? emptyImages.get(migrations) }
  const opened = await openCopied(openMemory(options, options.image), options)
  if (options.image === undefined) emptyImages.set(migrations, opened.image())
  return opened
}

/**
 * Opens the embedded storage in a folder, whose lock the caller keeps. An image must be staged there before, and replaces what
 * the folder has. Throws a `StorageOpenError`.
 */
export async function openFolderStorage(
  folder: string,
  options: CopiedStorageOptions,
): Promise<CopiedStorage> {
  if (options.image !== undefined) replaceDatabase(folder)
  return openCopied(await openSqlite(folder, options, { close() {} }), options)
}

/** Images that this process took: they have its schema, and are whole. */
const ownImages = new WeakSet<Uint8Array>()

async function openCopied(driver: CopiedDriver, options: CopiedStorageOptions): Promise<CopiedStorage> {
  const { image, signingKeys = [], around = (one) => one } = options
  if (image === undefined || !ownImages.has(image)) await bringUpToDate(driver, options)
  if (image !== undefined && signingKeys.length > 0) await replaceSigningKeys(driver, signingKeys)
  return {
    storage: storageOn(around(driver), Number.POSITIVE_INFINITY, options),
    image() {
      const taken = driver.image()
      ownImages.add(taken)
      return taken
    },
    trim: driver.trim,
  }
}

/** Returns the image of a storage without its enablements, account links, changes and operations log. */
export async function emptiedImage(image: Uint8Array, effects: SqliteEffects): Promise<Uint8Array> {
  const memory = openMemory(effects, image)
  try {
    await memory.migrate(
      'delete from enablements; delete from account_links; delete from operations_log; delete from change_items; delete from change_scopes; delete from changes; update units set subscription = null',
    )
    return memory.image()
  } finally {
    await memory.close()
  }
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

/** How often followers of the log look for entries, in milliseconds: of one process, and of many nodes. */
const ownLookMs = 200
const sharedLookMs = 500

/** How long a change of the catalog by another node may be invisible, in milliseconds. */
const catalogStaleMs = 2_000

/** `staleMs`: see `catalogStaleMs`. */
async function openStorage(opened: Driver, staleMs: number, options: StorageOptions): Promise<Storage> {
  const driver = options.wrapDriver?.(opened) ?? opened
  await bringUpToDate(driver, options)
  return storageOn(driver, staleMs, options)
}

/** Closes the driver if it throws. */
async function bringUpToDate(
  driver: Driver,
  options: Pick<StorageOptions, 'migrations' | 'now' | 'log'>,
): Promise<void> {
  try {
    await migrate(driver, options.migrations, options)
    await requireNoImport(driver)
  } catch (error) {
    await driver.close()
    if (error instanceof StorageOpenError || error instanceof Refusal) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new StorageOpenError(`The storage cannot be brought up to date: ${reason}`, { cause: error })
  }
}

function storageOn(driver: Driver, staleMs: number, { newId, now }: StorageOptions): Storage {
  const ids = new Ids(driver)
  const record = createRecorder(ids, newId)
  const roles = cachedRoles(roleStorage(driver, record, ids), now, staleMs)
  const stored = forgettingRoles(catalogStorage(driver, record, ids, newId), roles)
  const catalog = cachedCatalog(stored, now, staleMs)
  return {
    catalog,
    roles,
    rooms: roomStorage(driver, ids),
    enablements: enablementStorage(driver, record, ids),
    changes: changeStorage(driver, record, ids),
    links: linkStorage(driver, record),
    renewals: linkRenewalStorage(driver, record),
    delegatedLinks: delegatedLinkStorage(driver, record, newId),
    grants: grantStorage(driver),
    sessions: sessionStorage(driver, record),
    keys: keyStorage(driver),
    sealed: sealedStorage(driver, () => catalog.forgetAll()),
    log: logStorage(driver, record, staleMs === Number.POSITIVE_INFINITY ? ownLookMs : sharedLookMs),
    ping: driver.ping ?? (async () => void (await driver.read(statement('select 1 as answer')))),
    logBytes: () => driver.logBytes?.(),
    close: () => driver.close(),
  }
}
