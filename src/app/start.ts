/** Wires one service together: opens its parts in order, and closes them in the opposite order. */
import type { AddressInfo } from 'node:net'
import { buildApp } from '../http/app.ts'
import { registerOperatorRoutes } from '../http/operator-routes.ts'
import { registerTokenRoutes } from '../http/token-routes.ts'
import type { Context } from '../model/context.ts'
import type { KeyRecord, Storage } from '../model/storage.ts'
import { createForeignIssuer } from '../oauth/foreign-issuer.ts'
import { openSecrets, type ServiceSecrets } from '../oauth/secrets.ts'
import { ensureKeys } from '../oauth/service-keys.ts'
import { createTokenCheck } from '../oauth/token-check.ts'
import { createTokenServers } from '../oauth/token-servers.ts'
import type { ForeignIssuer } from '../operations/verify-token.ts'
import { openEmbeddedStorage, openPostgresStorage, type StorageOptions } from '../storage/open-storage.ts'
import { startWorker, type Worker } from '../worker/worker.ts'
import { type Clock, systemClock } from './clock.ts'
import { type OwnSecrets, ownSecrets } from './data-folder.ts'
import type { LogOutput } from './log-output.ts'
import { readMigrations } from './migrations.ts'
import { createNewId } from './new-id.ts'
import { completeSettings } from './read-settings.ts'
import type { Settings } from './settings.ts'
import { loadStartCatalog } from './start-catalog.ts'
import { cannotStart } from './start-error.ts'
import { asStartError, cannotListen } from './start-failure.ts'
import { openTelemetry, type Telemetry } from './telemetry.ts'

/** The settings, all of them optional, and what only a program can give. */
export interface StartOptions extends Partial<Omit<Settings, 'catalog'>> {
  /** The path of a catalog file, or a catalog itself; the demo catalog without it. */
  catalog?: string | object
  /** Moves everything: token expiry, due times, leases, throttle windows. The machine's clock without it. */
  clock?: Clock
  /** Takes the log, one line of JSON a call; standard error without it. */
  log?: LogOutput
}

/** A running service. */
export interface Service {
  /** Where it listens: `http://127.0.0.1:5337`. */
  readonly url: string
  /**
   * Stops taking connections, lets the requests under way finish (for `drainTimeoutMs` at most) and closes everything.
   * Safe to call twice.
   */
  stop(): Promise<void>
}

type App = ReturnType<typeof buildApp>

/** Nobody else leaves work behind in a folder; what is due there is known. */
const folderPollMs = 60_000
const dayMs = 24 * 3_600_000
/** A signing key is published an hour before it signs, so to look every half hour is enough. */
const keyCheckMs = 30 * 60_000

/**
 * Starts a service and resolves when it takes requests. Rejects with a `StartError` that says what to put right;
 * everything that was opened is closed again then. Many services may run in one process.
 */
export async function startSkillkeeper(options: StartOptions = {}): Promise<Service> {
  const { clock = systemClock, log, catalog, ...given } = options
  const settings = completeSettings(given)
  const telemetry = openTelemetry(settings.logLevel, log)
  const parts = new AsyncDisposableStack()
  parts.defer(() => telemetry.flush())
  try {
    const url = await openParts({ settings, catalog, clock, telemetry, parts })
    let stopped: Promise<void> | undefined
    return {
      url,
      stop: () => {
        stopped ??= parts.disposeAsync()
        return stopped
      },
    }
  } catch (error) {
    await parts.disposeAsync()
    throw asStartError(error)
  }
}

interface Opening {
  readonly settings: Settings
  readonly catalog: string | object | undefined
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Whatever is opened is closed by this, the last one first. */
  readonly parts: AsyncDisposableStack
}

async function openParts({ settings, catalog, clock, telemetry, parts }: Opening): Promise<string> {
  const now = () => clock.now()
  const newId = createNewId(now)
  const { log } = telemetry
  const storage = await openStorage(settings, { now, newId, migrations: readMigrations() })
  parts.defer(() => storage.close())

  const own = ownSecrets(settings, (await storage.keys.list()).length > 0, log)
  const keys = await ensureKeys(storage.keys, own.sealingKeys, now())
  const secrets = openStoredKeys(own, keys, now())
  // The worker and the address come later than the context, which has to lead to both.
  let worker: Worker | undefined
  let ownUrl = ''
  const context: Context = {
    now,
    sleepUntil: (at, signal) => clock.sleepUntil(at, signal),
    newId,
    storage,
    secrets,
    tokenServers: createTokenServers({ secrets, ownUrl: () => ownUrl, now }),
    limits: settings,
    log,
    workIsDue: (at) => worker?.workIsDue(at),
  }
  await loadStartCatalog(context, settings, catalog)
  worker = startWorker(context, {
    logKeptMs: settings.operationsKeptDays * dayMs,
    restMs: settings.databaseUrl === undefined ? folderPollMs : settings.pollMs,
  })
  parts.defer(worker.stop)
  parts.defer(keepKeysFresh(context, secrets, own))

  const app = openApp(context, settings, own, telemetry)
  parts.defer(async () => void (await app.close()))
  const url = await listen(app, settings)
  ownUrl = loopbackUrl(url)
  log.info({ url, storage: storageName(settings) }, `Skillkeeper listens at ${url}`)
  return url
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

/** Where everything is kept, without a password. */
function storageName({ databaseUrl, data }: Settings): string {
  if (databaseUrl === undefined) return data
  const { host, pathname } = new URL(databaseUrl)
  return `postgres://${host}${pathname}`
}

function openStorage({ databaseUrl, data }: Settings, options: StorageOptions): Promise<Storage> {
  return databaseUrl === undefined
    ? openEmbeddedStorage(data, options)
    : openPostgresStorage(databaseUrl, options)
}

/** Takes in the signing keys that are due, here or made by another node. Gives what ends it. */
function keepKeysFresh(context: Context, secrets: ServiceSecrets, own: OwnSecrets): () => Promise<void> {
  const stopping = new AbortController()
  async function loop(): Promise<void> {
    for (;;) {
      await context.sleepUntil(context.now() + keyCheckMs, stopping.signal)
      if (stopping.signal.aborted) return
      try {
        secrets.useKeys(await ensureKeys(context.storage.keys, own.sealingKeys, context.now()), context.now())
      } catch (error) {
        context.log.error(
          { err: error },
          'The signing keys could not be looked after; those in use stay in use',
        )
      }
    }
  }
  const ended = loop()
  return () => {
    stopping.abort()
    return ended
  }
}

function openApp(
  context: Context,
  settings: Settings,
  { operatorToken }: OwnSecrets,
  telemetry: Telemetry,
): App {
  const issuer = foreignIssuer(settings, context)
  const tokens = createTokenCheck(context, issuer)
  return buildApp({
    context,
    tokens,
    operatorToken,
    writeLine: telemetry.writeLine,
    limits: settings,
    routes: [
      (app) => registerOperatorRoutes(app, context, { catalogChanged: () => tokens.forget() }),
      ...(issuer ? [] : [(app: App) => registerTokenRoutes(app, context, { tokens, operatorToken })]),
    ],
  })
}

function foreignIssuer(settings: Settings, context: Context): ForeignIssuer | undefined {
  const { tokenInfoUrl, oidcIssuer, oidcAudience } = settings
  if (tokenInfoUrl === undefined && oidcIssuer === undefined) return undefined
  try {
    if (tokenInfoUrl !== undefined)
      return createForeignIssuer({ kind: 'tokeninfo', url: tokenInfoUrl }, context)
    const audience = oidcAudience === undefined ? {} : { audience: oidcAudience }
    return createForeignIssuer({ kind: 'openid', issuer: oidcIssuer ?? '', ...audience }, context)
  } catch (error) {
    throw cannotStart('usage', error instanceof Error ? error.message : String(error), error)
  }
}

async function listen(app: App, { host, port }: Settings): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw cannotListen(error, host, port)
  }
  const address = app.server.address()
  return urlOf(host, isAddress(address) ? address.port : port)
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Where the service reaches itself: one that listens on all addresses listens on the loopback address too. */
function loopbackUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
