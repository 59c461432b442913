/** Starts one service: a world, and the server that takes requests for it. */
import { makeStartLink } from '../operations/sessions/make-code.ts'
import { readAddress } from '../storage/postgres/address.ts'
import { lockFolder } from '../storage/sqlite/folder.ts'
import { createNewId } from '../world/new-id.ts'
import type { OpenWorld } from '../world/world.ts'
import { stayAwakeFor, systemClock } from './clock.ts'
import { openTelemetry } from './log/telemetry.ts'
import type { Opened, Opening } from './opening.ts'
import { openIssuer, openOwnWorld } from './own-world.ts'
import { openServer } from './server.ts'
import type { Service, StartOptions } from './service.ts'
import { completeSettings, hasConsole } from './settings/read-settings.ts'
import type { Settings } from './settings/settings.ts'
import { readStartCatalog } from './start-catalog.ts'
import { asStartError } from './start-failure.ts'
import { requireNoMark } from './test-mark.ts'

/** A service with the world that it serves. */
export interface ServiceWithWorld {
  readonly service: Service
  readonly world: OpenWorld
  /**
   * Makes a link that signs the operator in to the console, once, within ten minutes; `undefined` if the console is off. For the
   * start only.
   */
  consoleLink(): Promise<string | undefined>
}

/** As `startSkillkeeper` of the library, which checks the version of Node first. */
export async function startSkillkeeper(options?: StartOptions): Promise<Service> {
  const { service } = await startWithWorld(options)
  return service
}

/** As `startSkillkeeper`, for a program that also needs the world itself. */
export async function startWithWorld(options: StartOptions = {}): Promise<ServiceWithWorld> {
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
    const opening = { settings, catalog, clock, telemetry, signal }
    const opened = settings.testControls
      ? await (await import('./test-service.ts')).openTestParts(opening, parts)
      : await openParts(opening, parts)
    const { server, world, testToken } = opened
    const { url, loopbackUrl, certificateAuthority } = server
    let stopped: Promise<void> | undefined
    const stop = () => {
      stopped ??= stayAwakeFor(parts.disposeAsync())
      return stopped
    }
    return {
      service: {
        url,
        ...(certificateAuthority !== undefined && { certificateAuthority }),
        testControls: settings.testControls,
        ...(testToken !== undefined && { testToken }),
        stop,
      },
      world,
      consoleLink: async () =>
        hasConsole(settings) ? makeStartLink(world.context, world.operatorTokens(), loopbackUrl) : undefined,
    }
  } catch (error) {
    await parts.disposeAsync()
    signal?.throwIfAborted()
    throw asStartError(error)
  }
}

/**
 * Opens the server first: while the database is down, the server refuses requests. `parts` closes all parts in the
 * opposite order.
 */
async function openParts(
  { settings, catalog, clock, telemetry, signal }: Opening,
  parts: AsyncDisposableStack,
): Promise<Opened> {
  const { log, writeLine } = telemetry
  // Locked before any secret is created in the folder: another process may start in it at the same time.
  const lock = settings.databaseUrl === undefined ? lockFolder(settings.data) : undefined
  parts.defer(() => lock?.close())
  if (settings.databaseUrl === undefined) requireNoMark(settings.data)
  const startCatalog = readStartCatalog(catalog)
  const issuer = openIssuer(settings, clock)
  let world: OpenWorld | undefined
  // Closed after the server: running requests still need it.
  parts.defer(() => world?.close())
  const now = () => clock.now()
  const newId = createNewId(now)
  const server = await openServer(settings, {
    effects: { now, sleepUntil: (at, ends) => clock.sleepUntil(at, ends), newId, log },
    findWorld: () => world,
    isIssuer: issuer === undefined,
    writeLine,
  })
  parts.defer(server.close)
  const { url, loopbackUrl: ownUrl, ownFetch } = server
  world = await openOwnWorld(settings, {
    clock,
    newId,
    log,
    catalog: startCatalog,
    lock,
    signal,
    issuer,
    ownUrl,
    ownFetch,
  })
  const storage = storageName(settings)
  log.info(
    { url, storage, pid: process.pid },
    `Process ${process.pid} takes requests, and keeps everything in ${storage}`,
  )
  return { server, world }
}

/** Returns the name of the storage, without a password. */
function storageName({ databaseUrl, data }: Settings): string {
  if (databaseUrl === undefined) return data
  const read = readAddress(databaseUrl)
  return 'address' in read ? read.address.name : 'PostgreSQL'
}
