/** Wires one service together: opens its parts in order, and closes them in the opposite order. */
import type { AddressInfo } from 'node:net'
import { buildApp } from '../http/app.ts'
import type { Context } from '../model/ports/context.ts'
import type { ForeignIssuer } from '../model/ports/token-check.ts'
import { createForeignIssuer } from '../oauth/foreign-issuer.ts'
import { createTokenCheck } from '../oauth/token-check.ts'
import { readAddress } from '../storage/postgres/address.ts'
import { lockFolder } from '../storage/sqlite/folder.ts'
import { type Clock, stayAwakeFor, systemClock } from './clock.ts'
import type { LogOutput } from './log/log-output.ts'
import { openTelemetry, type Telemetry } from './log/telemetry.ts'
import { createNewId } from './new-id.ts'
import { type Backing, openBacking, type Starting, untilStopped } from './open-backing.ts'
import { completeSettings } from './settings/read-settings.ts'
import type { Settings } from './settings/settings.ts'
import { readStartCatalog } from './start-catalog.ts'
import { cannotStart } from './start-error.ts'
import { asStartError, cannotListen } from './start-failure.ts'
import type { Tls } from './tls.ts'

/** The settings, all of them optional, and what only a program can give. */
export interface StartOptions extends Partial<Omit<Settings, 'catalog'>> {
  /** The path of a catalog file, or a catalog itself; the demo catalog without it. */
  catalog?: string | object
  /** Moves everything: token expiry, due times, leases, throttle windows. The machine's clock without it. */
  clock?: Clock
  /**
   * Takes the log, one line a call: JSON unless `logFormat` is `pretty`. Without it the lines go to standard error if
   * `logLevel` or `logFormat` is given, else nowhere.
   */
  log?: LogOutput
  /** Gives up the start, such as one that waits for its database; it rejects with the reason then. */
  signal?: AbortSignal
}

/** A running service. */
export interface Service {
  /** Where it listens: `http://127.0.0.1:5337`. */
  readonly url: string
  /** With `tls` and its own certificates: the certificate that a client has to trust, as PEM. */
  readonly certificateAuthority?: string
  /**
   * Stops taking connections after `drainGraceMs` (0 unless given here: a program knows when its own clients are done),
   * lets the requests under way finish (for `drainTimeoutMs` at most) and closes everything. Safe to call twice.
   */
  stop(): Promise<void>
}

function usesTls({ tls, tlsCert }: Settings): boolean {
  return tls || tlsCert !== undefined
}

type App = ReturnType<typeof buildApp>

/** What `startSkillkeeper` of the library promises, once its Node is known to be new enough. */
export async function startSkillkeeper(options: StartOptions = {}): Promise<Service> {
  const { clock = systemClock, log, catalog, signal, ...given } = options
  const isAskedToLog = [log, given.logLevel, given.logFormat].some((value) => value !== undefined)
  const settings = completeSettings({
    ...given,
    drainGraceMs: given.drainGraceMs ?? 0,
    logLevel: given.logLevel ?? (isAskedToLog ? undefined : 'silent'),
  })
  const telemetry = openTelemetry(settings, log)
  const parts = new AsyncDisposableStack()
  parts.defer(() => telemetry.flush())
  try {
    const opened = await openParts({ settings, catalog, clock, telemetry, signal, parts })
    let stopped: Promise<void> | undefined
    return {
      ...opened,
      stop: () => {
        stopped ??= stayAwakeFor(parts.disposeAsync())
        return stopped
      },
    }
  } catch (error) {
    await parts.disposeAsync()
    signal?.throwIfAborted()
    throw asStartError(error)
  }
}

interface Opening {
  readonly settings: Settings
  readonly catalog: string | object | undefined
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly signal: AbortSignal | undefined
  /** Whatever is opened is closed by this, the last one first. */
  readonly parts: AsyncDisposableStack
}

async function openParts({
  settings,
  catalog,
  clock,
  telemetry,
  signal,
  parts,
}: Opening): Promise<Omit<Service, 'stop'>> {
  const now = () => clock.now()
  const { log } = telemetry
  const effects: Starting['effects'] = {
    now,
    sleepUntil: (at, signal) => clock.sleepUntil(at, signal),
    newId: createNewId(now),
    // Only these: the settings contain secrets, too.
    limits: { activationDelayMs: settings.activationDelayMs, batchItemsMax: settings.batchItemsMax },
    log,
  }
  let ownUrl = ''
  let backing: Backing | undefined
  // Before any secret is made in the folder: another process may be starting on it too.
  const lock = settings.databaseUrl === undefined ? lockFolder(settings.data) : undefined
  parts.defer(() => lock?.close())
  // Only who serves HTTPS waits for its code.
  const tls = usesTls(settings) ? (await import('./tls.ts')).openTls(settings, effects) : undefined
  const ownFetch = tls && { ownFetch: tls.ownFetch }
  const catalogOfStart = readStartCatalog(catalog)
  const starting: Starting = {
    settings,
    catalog: catalogOfStart,
    lock,
    signal,
    effects,
    ownUrl: () => ownUrl,
    ...ownFetch,
  }
  // Opened behind the server, and closed behind it: the requests under way still need it.
  const behind = parts.use(new AsyncDisposableStack())
  if (tls !== undefined) parts.defer(untilStopped(tls.keepFresh))
  const app = openApp(starting, telemetry, () => backing, tls)
  parts.defer(async () => void (await app.close()))
  const url = await listen(app, settings)
  ownUrl = loopbackUrl(url)
  backing = await openBacking(starting, behind)
  const storage = storageName(settings)
  log.info(
    { url, storage, pid: process.pid },
    `Process ${process.pid} takes requests, and keeps everything in ${storage}`,
  )
  return { url, ...(tls?.authority !== undefined && { certificateAuthority: tls.authority }) }
}

/** Where everything is kept, without a password. */
function storageName({ databaseUrl, data }: Settings): string {
  if (databaseUrl === undefined) return data
  const read = readAddress(databaseUrl)
  return 'address' in read ? read.address.name : 'PostgreSQL'
}

function openApp(
  starting: Starting,
  telemetry: Telemetry,
  backing: () => Backing | undefined,
  tls: Tls | undefined,
): App {
  const { settings } = starting
  const context = contextOf(starting, backing)
  const issuer = foreignIssuer(settings, context)
  const tokens = createTokenCheck(context, issuer)
  const operatorTokens = () => backing()?.operatorTokens() ?? []
  const keys = () => required(backing()).keys
  return buildApp({
    context,
    tokens,
    isIssuer: issuer === undefined,
    operatorTokens,
    keys,
    isReady: () => backing() !== undefined,
    writeLine: telemetry.writeLine,
    limits: settings,
    ...(tls && { createServer: tls.servers.create, holdsFor: tls.holdsFor }),
  })
}

/** What the requests work with: there before what is behind it, which no request gets to see before it is open. */
function contextOf({ effects }: Starting, backing: () => Backing | undefined): Context {
  const context = () => required(backing()).context
  return {
    ...effects,
    get storage() {
      return context().storage
    },
    get secrets() {
      return context().secrets
    },
    get tokenServers() {
      return context().tokenServers
    },
    workIsDue: (at) => context().workIsDue(at),
  }
}

function required(backing: Backing | undefined): Backing {
  if (backing === undefined) throw new Error('A request got in before what it needs was open.')
  return backing
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

async function listen(app: App, settings: Settings): Promise<string> {
  const { host, port } = settings
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw cannotListen(error, host, port)
  }
  const address = app.server.address()
  const scheme = usesTls(settings) ? 'https' : 'http'
  return urlOf(scheme, host, isAddress(address) ? address.port : port)
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Where the service reaches itself: one that listens on all addresses listens on the loopback address too. */
function loopbackUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
