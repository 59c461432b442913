/**
 * What stands behind the server: the storage, the secrets that lie in it, the catalog of the start, and the background
 * step. It is opened when the server listens already, since a database may be down for longer than anybody waits.
 */
import type { Context } from '../model/ports/context.ts'
import type { KeyRing } from '../model/ports/key-ring.ts'
import type { KeyRecord, Storage } from '../model/ports/storage.ts'
import { Refusal } from '../model/refusal.ts'
import { openSecrets, type ServiceSecrets } from '../oauth/secrets.ts'
import { ensureKeys } from '../oauth/service-keys.ts'
import { createTokenServers } from '../oauth/token-servers.ts'
import { checkClock } from '../operations/upkeep/check-clock.ts'
import { openEmbeddedStorage, openPostgresStorage, type StorageOptions } from '../storage/open-storage.ts'
import type { FolderLock } from '../storage/sqlite/folder.ts'
import { startWorker, type Worker } from '../worker/worker.ts'
import { folderSecrets, type OwnSecrets, sharedSecrets } from './data-folder.ts'
import { openKeyRing } from './key-ring.ts'
import { readMigrations } from './migrations.ts'
import type { NewId } from './new-id.ts'
import type { OperatorTokens } from './operator-tokens.ts'
import type { Settings } from './settings/settings.ts'
import { loadStartCatalog, type StartCatalog } from './start-catalog.ts'
import { cannotStart } from './start-error.ts'

export interface Backing {
  readonly context: Context
  readonly keys: KeyRing
  readonly operatorTokens: OperatorTokens
}

/** What is there before anything is opened. */
export interface Starting {
  readonly settings: Settings
  readonly catalog: StartCatalog
  /** The data folder is this process's, if there is one. */
  readonly lock: FolderLock | undefined
  readonly effects: Pick<Context, 'now' | 'sleepUntil' | 'limits' | 'log'> & { readonly newId: NewId }
  /** Ends the wait for a database. */
  readonly signal: AbortSignal | undefined
  /** Where this service reaches itself, once it listens. */
  ownUrl(): string
  /** How it does, if a plain `fetch` cannot. */
  readonly ownFetch?: typeof fetch
}

/** Nobody else leaves work behind in a folder; what is due there is known. */
const folderPollMs = 60_000
const dayMs = 24 * 3_600_000
/** Pauses between two tries to reach the database. */
const retryMs = { first: 250, longest: 5000 } as const

/**
 * Opens all of it; `parts` closes it. Waits for a database that is down, and tells the log of each try; what waiting
 * does not mend, such as a wrong password, it throws.
 */
export async function openBacking(starting: Starting, parts: AsyncDisposableStack): Promise<Backing> {
  const { settings, signal } = starting
  const { log, now, sleepUntil } = starting.effects
  for (let pauseMs: number = retryMs.first; ; pauseMs = Math.min(2 * pauseMs, retryMs.longest)) {
    const tried = new AsyncDisposableStack()
    try {
      const backing = await openOnce(starting, tried)
      parts.use(tried)
      return backing
    } catch (error) {
      await tried.disposeAsync()
      if (settings.databaseUrl === undefined || !isDown(error)) throw error
      log.warn(
        { url: starting.ownUrl(), retryAfterMs: pauseMs, detail: error.detail ?? error.message },
        'The database is down: requests are answered 503 until it is there',
      )
    }
    await sleepUntil(now() + pauseMs, signal)
    signal?.throwIfAborted()
  }
}

function isDown(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE'
}

async function openOnce(starting: Starting, parts: AsyncDisposableStack): Promise<Backing> {
  const { settings, catalog, effects, ownUrl, ownFetch } = starting
  const { now, newId, log } = effects
  // What a setting lacks is told before anybody waits for a database.
  const shared = settings.databaseUrl === undefined ? undefined : sharedSecrets(settings)
  const storage = await openStorage(starting, { ...effects, migrations: readMigrations() })
  parts.defer(() => storage.close())

  const [newest] = await storage.log.list({}, { newest: true, limit: 1 })
  // The order of the log is that of its IDs, also when an earlier start had a clock that was ahead.
  if (newest !== undefined) newId.startBehind(newest.id)
  const own = shared ?? folderSecrets(settings, (await storage.keys.list()).length > 0, log)
  const secrets = openStoredKeys(own, await ensureKeys(storage.keys, own.sealingKeys, now()), now())
  // The worker comes later than the context, which has to lead to it.
  let worker: Worker | undefined
  const context: Context = {
    ...effects,
    storage,
    secrets,
    tokenServers: createTokenServers({ secrets, ownUrl, now, ...(ownFetch && { ownFetch }) }),
    workIsDue: (at) => worker?.workIsDue(at),
  }
  await checkClock(context, newest)
  await loadStartCatalog(context, settings, catalog)
  worker = startWorker(context, {
    logKeptMs: settings.operationsKeptDays * dayMs,
    restMs: settings.databaseUrl === undefined ? folderPollMs : settings.pollMs,
  })
  parts.defer(worker.stop)
  const keys = openKeyRing(context, secrets, own, worker.sealingKeysChanged)
  parts.defer(untilStopped(keys.keepFresh))
  return { context, keys, operatorTokens: own.operatorTokens }
}

function openStoredKeys(
  { sealingKeys }: OwnSecrets,
  keys: readonly KeyRecord[],
  now: number,
): ServiceSecrets {
  try {
    return openSecrets({ sealingKeys, keys, now })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw cannotStart('storage', `What is stored cannot be opened with this sealing key: ${reason}`, error)
  }
}

function openStorage({ settings, lock }: Starting, options: StorageOptions): Promise<Storage> {
  const { databaseUrl, data } = settings
  return databaseUrl === undefined
    ? openEmbeddedStorage(data, options, lock)
    : openPostgresStorage(databaseUrl, options)
}

/** Gives what ends it. */
export function untilStopped(run: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
  const stopping = new AbortController()
  const ended = run(stopping.signal)
  return () => {
    stopping.abort()
    return ended
  }
}
