/** The world that the settings describe: its storage, its secrets, its catalog and its limits. */
import type { Clock } from '../model/ports/clock.ts'
import type { ForeignIssuer } from '../model/ports/token-check.ts'
import { Refusal } from '../model/refusal.ts'
import { createForeignIssuer } from '../oauth/foreign-issuer.ts'
import { openEmbeddedStorage, openPostgresStorage } from '../storage/open-storage.ts'
import type { FolderLock } from '../storage/sqlite/folder.ts'
import { type OpenWorld, openWorld, type WorldParts } from '../world/world.ts'
import { readMigrations } from './migrations.ts'
import { folderSecrets, sharedSecrets } from './secrets/data-folder.ts'
import type { Settings } from './settings/settings.ts'
import { loadStartCatalog, type StartCatalog } from './start-catalog.ts'
import { cannotStart } from './start-error.ts'

/** The parts that exist before the world. */
export interface OwnWorldParts
  extends Pick<WorldParts, 'clock' | 'newId' | 'log' | 'issuer' | 'ownUrl' | 'ownFetch'> {
  readonly catalog: StartCatalog
  /** The lock of the data folder, if there is one. */
  readonly lock: FolderLock | undefined
  /** Ends the wait for a database. */
  readonly signal: AbortSignal | undefined
}

/** Only this process works in a folder, so it knows all due work. */
const folderRestMs = 60_000
const dayMs = 24 * 3_600_000
/** Pauses between two attempts to reach the database, in milliseconds. */
const retryMs = { first: 250, longest: 5000 } as const

/**
 * Opens the world. Waits for a database that is down, and logs each attempt. Throws other failures, such as a wrong
 * password, at once.
 */
export async function openOwnWorld(settings: Settings, parts: OwnWorldParts): Promise<OpenWorld> {
  const { clock, log, signal, ownUrl } = parts
  const worldParts = worldPartsOf(settings, parts)
  for (let pauseMs: number = retryMs.first; ; pauseMs = Math.min(2 * pauseMs, retryMs.longest)) {
    try {
      return await openWorld(worldParts)
    } catch (error) {
      if (settings.databaseUrl === undefined || !isDown(error)) throw error
      log.warn(
        { url: ownUrl, retryAfterMs: pauseMs, detail: error.detail ?? error.message },
        'The database is down: requests are answered 503 until it is there',
      )
    }
    await clock.sleepUntil(clock.now() + pauseMs, signal)
    signal?.throwIfAborted()
  }
}

function isDown(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE'
}

/** Returns the parts of a world by the settings. Throws a `StartError`. */
export function worldPartsOf(settings: Settings, parts: OwnWorldParts): WorldParts {
  const { clock, newId, log, issuer, ownUrl, ownFetch, catalog, lock } = parts
  const { data, databaseUrl, host } = settings
  // Reports a missing setting before it waits for a database.
  const shared = databaseUrl === undefined ? undefined : sharedSecrets(settings)
  return {
    clock,
    newId,
    log,
    limits: {
      activationDelayMs: settings.activationDelayMs,
      batchItemsMax: settings.batchItemsMax,
      rateLimit: settings.rateLimit,
      wrongSecretsMax: settings.wrongSecretsMax,
      logKeptMs: settings.operationsKeptDays * dayMs,
      restMs: databaseUrl === undefined ? folderRestMs : settings.pollMs,
    },
    openStorage(effects) {
      const options = { ...effects, log, migrations: readMigrations() }
      return databaseUrl === undefined
        ? openEmbeddedStorage(data, options, lock)
        : openPostgresStorage(databaseUrl, options)
    },
    openOwnSecrets: (isSealed) => shared ?? folderSecrets(settings, isSealed, log),
    prepare: (context) => loadStartCatalog(context, host, catalog),
    issuer,
    ownUrl,
    ownFetch,
  }
}

/** Returns the foreign issuer of the settings, if they name one. Throws a `StartError` if its address is invalid. */
export function openIssuer(settings: Settings, clock: Clock): ForeignIssuer | undefined {
  const { tokenInfoUrl, oidcIssuer, oidcAudience } = settings
  if (tokenInfoUrl === undefined && oidcIssuer === undefined) return undefined
  try {
    if (tokenInfoUrl !== undefined)
      return createForeignIssuer({ kind: 'tokeninfo', url: tokenInfoUrl }, clock)
    const audience = oidcAudience === undefined ? {} : { audience: oidcAudience }
    return createForeignIssuer({ kind: 'openid', issuer: oidcIssuer ?? '', ...audience }, clock)
  } catch (error) {
    throw cannotStart('usage', error instanceof Error ? error.message : String(error), error)
  }
}
