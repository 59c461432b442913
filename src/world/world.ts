/**
 * A world: storage, keys, clock, throttle and background step, opened and closed together. It has no socket and knows
 * no settings, files or engines: these come in as ports.
 */
import type { Clock } from '../model/ports/clock.ts'
import type { Context, Limits, Log } from '../model/ports/context.ts'
import type { KeyRecord, Storage } from '../model/ports/storage.ts'
import type { ForeignIssuer } from '../model/ports/token-check.ts'
import type { World } from '../model/ports/world.ts'
import type { SealingKeys } from '../oauth/sealing.ts'
import { openSecrets, type ServiceSecrets } from '../oauth/secrets.ts'
import { ensureKeys } from '../oauth/service-keys.ts'
import { createTokenCheck } from '../oauth/token-check.ts'
import { createTokenServers } from '../oauth/token-servers.ts'
import { checkClock } from '../operations/upkeep/check-clock.ts'
import { forgetExpired } from '../operations/upkeep/forget-expired.ts'
import { StorageOpenError } from '../storage/engine/storage-open-error.ts'
import { startWorker, type Worker } from '../worker/worker.ts'
import { createGuessLimit } from './guess-limit.ts'
import { openKeyRing, type SealingKeyFile } from './key-ring.ts'
import type { NewId } from './new-id.ts'
import { createThrottle } from './throttle.ts'
import { createTurns } from './turns.ts'

/** A world that runs. */
export interface OpenWorld extends World {
  /**
   * Resolves when the background step has nothing left that is due at or before `now()`. Work whose attempt failed is due
   * at its next attempt, and work that another node left behind counts once this node has found it.
   */
  settled(): Promise<void>
  /** Does at once what the duties of upkeep do in their time, for a world whose clock moves on command. */
  upkeep(): Promise<void>
  /** Ends the background step after its current work, then closes the storage. No request may be under way. */
  close(): Promise<void>
}

/** Secrets that are kept outside of storage. */
export interface OwnSecrets extends Pick<World, 'operatorTokens'> {
  readonly sealingKeys: SealingKeys
  /** `undefined` if a setting provides the sealing keys, or nothing is kept. */
  readonly sealingKeyFile: SealingKeyFile | undefined
}

/** The limits of a world that an operator can set. */
export interface WorldLimits extends Limits {
  /** How long an enablement stays `ENABLING`, in milliseconds. */
  readonly activationDelayMs: number
  /** The maximum number of requests of one client in a second; 0 is no limit. */
  readonly rateLimit: number
  /** The maximum number of wrong secrets of one client from one address in a minute; 0 is no limit. */
  readonly wrongSecretsMax: number
  /** How long the operations log is kept, in milliseconds. */
  readonly logKeptMs: number
  /** How soon the world finds work that another node left behind, in milliseconds. */
  readonly restMs: number
}

/** The most changes of one caller that are planned or previewed at the same time. */
const plansMax = 3

/** The parts of a world that its caller provides. */
export interface WorldParts {
  /** Moves everything in the world. */
  readonly clock: Clock
  /** Makes IDs on that clock. The IDs of requests come from it too, so that entries of the log may have them. */
  readonly newId: NewId
  readonly log: Log
  readonly limits: WorldLimits
  openStorage(effects: Clock & Pick<Context, 'newId'>): Promise<Storage>
  /** `isSealed`: the storage has values that an existing key sealed. */
  openOwnSecrets(isSealed: boolean): OwnSecrets
  /** Called once the storage is open, before the background step begins. */
  prepare(context: Context): Promise<void>
  /** Verifies access tokens, instead of the world itself. */
  readonly issuer: ForeignIssuer | undefined
  /** The address of this service: the address of a token server may be a path, such as `/auth/o2/token`. */
  readonly ownUrl: string
  /** Calls that address, if a plain `fetch` cannot. */
  readonly ownFetch: typeof fetch | undefined
  /** From when an enablement that is written at `now` is `ENABLED`, instead of after the activation delay. */
  readonly activateAt?: Context['activateAt']
  /** Stands between the world and the token servers of skills. */
  aroundTokenServers?(servers: Context['tokenServers'], storage: Storage): Context['tokenServers']
  /** The number of the first signing key; 1. */
  readonly firstSigningKey?: number
  /** Whether the duties run that keep a storage small and its keys fresh for years; true. */
  readonly hasUpkeep?: boolean
}

/**
 * Opens a world. Throws whatever a part throws, or a `StorageOpenError` if the sealing keys do not open what the storage
 * has; everything that was opened is closed then.
 */
export async function openWorld(parts: WorldParts): Promise<OpenWorld> {
  await using opened = new AsyncDisposableStack()
  const { clock, newId, log, limits, issuer } = parts
  const now = () => clock.now()
  const sleepUntil: Clock['sleepUntil'] = (at, signal) => clock.sleepUntil(at, signal)
  const storage = await parts.openStorage({ now, sleepUntil, newId })
  opened.defer(() => storage.close())
  const newest = await storage.log.findNewest()
  // The order of the log is that of its IDs, also when an earlier start had a clock that was ahead.
  if (newest !== undefined) newId.startBehind(newest.id)
  const stored = await storage.keys.list()
  const { sealingKeys, sealingKeyFile, operatorTokens } = parts.openOwnSecrets(stored.length > 0)
  const secrets = openStoredKeys(
    sealingKeys,
    await ensureKeys(storage.keys, stored, sealingKeys, now(), parts.firstSigningKey),
    now(),
  )
  // The worker starts later than the context, which has to lead to it.
  let worker: Worker | undefined
  const { ownUrl, ownFetch } = parts
  const tokenServers = createTokenServers({ secrets, ownUrl, now, ...(ownFetch && { ownFetch }) })
  const context: Context = {
    now,
    sleepUntil,
    newId,
    log,
    storage,
    secrets,
    tokenServers: parts.aroundTokenServers?.(tokenServers, storage) ?? tokenServers,
    limits: { batchItemsMax: limits.batchItemsMax },
    activateAt: parts.activateAt ?? ((at) => at + limits.activationDelayMs),
    workIsDue: (at) => worker?.workIsDue(at),
    changesAreDue: () => worker?.changesAreDue(),
  }
  await checkClock(context, newest)
  await parts.prepare(context)
  const keys = openKeyRing(context, {
    secrets,
    sealingKeys,
    file: sealingKeyFile,
    sealingKeysChanged: () => worker?.sealingKeysChanged(),
  })
  const running = startWorker(context, {
    ...limits,
    refreshSigningKeys: keys.refreshSigningKeys,
    hasUpkeep: parts.hasUpkeep ?? true,
  })
  worker = running
  opened.defer(running.stop)
  const closing = opened.move()
  return {
    context,
    tokens: createTokenCheck(context, operatorTokens, issuer),
    throttle: createThrottle(now, limits.rateLimit),
    plans: createTurns(plansMax),
    guesses: createGuessLimit(now, limits.wrongSecretsMax),
    keys,
    operatorTokens,
    settled: running.settled,
    async upkeep() {
      await keys.refreshSigningKeys()
      await forgetExpired(context, { until: now(), logKeptMs: limits.logKeptMs })
    },
    close: () => closing.disposeAsync(),
  }
}

function openStoredKeys(sealingKeys: SealingKeys, keys: readonly KeyRecord[], now: number): ServiceSecrets {
  try {
    return openSecrets({ sealingKeys, keys, now })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StorageOpenError(`What is stored cannot be opened with this sealing key: ${reason}`, {
      cause: error,
    })
  }
}
