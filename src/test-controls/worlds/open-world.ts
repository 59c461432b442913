/** Opens worlds, each like the world of the service: in memory, or in its folder. */
import type { Clock } from '../../model/ports/clock.ts'
import type { Log } from '../../model/ports/context.ts'
import { firstSigningKey } from '../../oauth/service-keys.ts'
import { loadCatalog } from '../../operations/catalog/load-catalog.ts'
import type { Migration } from '../../storage/engine/migrate.ts'
import { type CopiedStorage, openFolderStorage, openMemoryStorage } from '../../storage/open-storage.ts'
import { createNewId } from '../../world/new-id.ts'
import { type OwnSecrets, openWorld, type WorldParts } from '../../world/world.ts'
import { isInRequest } from '../requests/scope.ts'
import { worldPath } from './choose-world.ts'
import type { OpenOptions } from './open-held-world.ts'
import type { OpenedWorld } from './test-world.ts'

export interface WorldOpenerParts {
  readonly log: Log
  /** The clock of the machine. */
  readonly machine: Clock
  /** How the world of the service is opened. */
  readonly world: WorldParts
  readonly migrations: readonly Migration[]
  /** Where the service listens, once it does. */
  baseUrl(): string
  /** The key of calls that a world makes to itself. */
  readonly ownKey: string
  /** Calls that address, if a plain `fetch` cannot. */
  ownFetch(): typeof fetch | undefined
}

export function createWorldOpener(parts: WorldOpenerParts): (options: OpenOptions) => Promise<OpenedWorld> {
  let own: OwnSecrets | undefined

  /** All worlds share the secrets that rest outside of storage, since they are made from each other. */
  function secretsOnce(isSealed: boolean): OwnSecrets {
    // A sealing key that changes would leave the snapshots behind.
    own ??= { ...parts.world.openOwnSecrets(isSealed), sealingKeyFile: undefined }
    return own
  }

  /** A new world has a key of its own at once, which saves a commit. */
  function signingKeysOf(
    keys: Pick<OpenOptions, 'signingKeys' | 'firstSigningKey'>,
    isCopy: boolean,
    now: number,
  ) {
    if (keys.signingKeys.length > 0 || !isCopy) return keys.signingKeys
    return [firstSigningKey(secretsOnce(true).sealingKeys, keys.firstSigningKey, now)]
  }

  return async ({ id, image, folder, isNew, catalog, clock, instruments, activation, settings, ...keys }) => {
    let copied: CopiedStorage | undefined
    const sleepReally: Clock['sleepUntil'] = (at, signal) =>
      parts.machine.sleepUntil(parts.machine.now() + at - clock.now(), signal)
    const worldParts: WorldParts = {
      ...parts.world,
      clock: {
        now: clock.now,
        // A request that waits for another one must not wait until somebody moves the clock.
        sleepUntil: (at, signal) => (isInRequest() ? sleepReally(at, signal) : clock.sleepUntil(at, signal)),
      },
      newId: createNewId(clock.now),
      log: logOf(id, parts.log),
      limits: { ...parts.world.limits, ...settings, restMs: Number.POSITIVE_INFINITY },
      ownUrl: parts.baseUrl() + worldPath(id, parts.ownKey),
      ownFetch: parts.ownFetch(),
      firstSigningKey: keys.firstSigningKey,
      hasUpkeep: false,
      activateAt: activation.activateAt,
      openOwnSecrets: secretsOnce,
      aroundTokenServers: (servers, { catalog }) => instruments.tokenServers(servers, catalog),
      async openStorage(effects) {
        const options = {
          ...effects,
          // For pauses while another program holds the database.
          sleepUntil: sleepReally,
          migrations: parts.migrations,
          image,
          signingKeys: signingKeysOf(keys, image !== undefined, effects.now()),
          around: instruments.driver,
        }
        copied = await (folder === undefined
          ? openMemoryStorage(options)
          : openFolderStorage(folder, options))
        const { storage } = copied
        return { ...storage, enablements: activation.watch(storage.enablements, effects.newId) }
      },
      async prepare(context) {
        if (!isNew) return
        if (catalog === undefined) return parts.world.prepare(context)
        const call = { requestId: context.newId(), actor: 'operator' }
        await loadCatalog(context, catalog, call, 'start')
      },
    }
    const world = await instruments.opening(() => openWorld(worldParts))
    if (copied === undefined) throw new Error('A world was opened without a storage.')
    const { storage, image: imageNow, trim } = copied
    // There may be a thousand worlds, and few are at work.
    trim()
    return { world, storage, image: imageNow }
  }
}

function logOf(id: string, log: Log): Log {
  return {
    info: (fields, message) => log.info({ world: id, ...fields }, message),
    warn: (fields, message) => log.warn({ world: id, ...fields }, message),
    error: (fields, message) => log.error({ world: id, ...fields }, message),
  }
}
