/** A service with test controls: many worlds behind one server. Loaded only with them. */
import { randomBytes, randomInt } from 'node:crypto'
import { type Observations, observeEach } from '../http/observations.ts'
import { refuse } from '../model/refusal.ts'
import { lockFolder } from '../storage/sqlite/folder.ts'
import { createTestControls, type ServerParts } from '../test-controls/open-test-controls.ts'
import { createNewId } from '../world/new-id.ts'
import { readMigrations } from './migrations.ts'
import type { Opened, Opening } from './opening.ts'
import { openIssuer, worldPartsOf } from './own-world.ts'
import { memoryFolder } from './secrets/data-folder.ts'
import { openServer, type Server } from './server.ts'
import type { Settings } from './settings/settings.ts'
import { readStartCatalog } from './start-catalog.ts'
import { StartError } from './start-error.ts'
import { requireMark } from './test-mark.ts'

/** Like the start of a service without test controls: the server first, then the world. `worldsMax`: the most worlds at once. */
export async function openTestParts(
  { settings: given, catalog, clock, telemetry }: Opening,
  parts: AsyncDisposableStack,
  worldsMax?: number,
): Promise<Opened> {
  const { log, writeLine } = telemetry
  const isInMemory = given.data === memoryFolder
  const lock = lockFolder(given.data)
  parts.defer(() => lock?.close())
  if (!isInMemory) requireMark(given.data)
  // A folder keeps the token that was made for it.
  const testToken =
    isInMemory && given.operatorToken === undefined ? randomBytes(18).toString('base64url') : undefined
  const settings: Settings = { ...given, ...(testToken !== undefined && { operatorToken: testToken }) }
  const issuer = openIssuer(settings, clock)
  const now = () => clock.now()
  const newId = createNewId(now)
  const effects = { now, sleepUntil: clock.sleepUntil, newId, log }
  let server: Server | undefined
  // A world is observed alike at all its ports.
  const observed = observeEach(effects)
  const listen = (port: number, { findUnnamed, ...by }: ServerParts) => {
    const observations: Observations = (world = findUnnamed()) => observed(world)
    const isIssuer = issuer === undefined
    return openServer({ ...settings, port }, { ...by, effects, observations, isIssuer, writeLine })
  }

  const controls = createTestControls({
    machine: clock,
    log,
    world: worldPartsOf(settings, {
      clock,
      newId,
      log,
      catalog: readStartCatalog(catalog),
      lock: undefined,
      signal: undefined,
      issuer,
      ownUrl: '',
      ownFetch: undefined,
    }),
    migrations: readMigrations(),
    worldsMax,
    folder: isInMemory ? undefined : settings.data,
    settings: {
      activationDelayMs: settings.activationDelayMs,
      batchItemsMax: settings.batchItemsMax,
      rateLimit: settings.rateLimit,
    },
    newId,
    newKey: () => randomBytes(16).toString('hex'),
    drawSeed: () => randomInt(2 ** 31),
    baseUrl: () => server?.loopbackUrl ?? '',
    ownFetch: () => server?.ownFetch,
    async listen(port, by) {
      try {
        return await listen(port, by)
      } catch (error) {
        if (!(error instanceof StartError)) throw error
        throw refuse('INVALID_PARAM', `port is invalid: ${error.message}`, { cause: error })
      }
    },
  })
  // Behind the server: the requests under way still need them.
  parts.defer(() => controls.close())
  server = await listen(settings.port, controls)
  parts.defer(server.close)
  parts.defer(controls.endWaits)
  const world = await controls.open()
  const { url } = server
  log.info(
    { url, storage: settings.data, testControls: true, pid: process.pid },
    `Process ${process.pid} takes requests of tests, which control it, and keeps everything in ${settings.data}`,
  )
  return { server, world, ...(testToken !== undefined && { testToken }) }
}
