/** A world in memory with the hospital's catalog, without a socket, on a clock that stands still. */
import type { TestContext } from 'node:test'
import { readMigrations } from '../../src/app/migrations.ts'
import { managementScope, type Principal } from '../../src/model/access.ts'
import type { Context } from '../../src/model/ports/context.ts'
import { accountOf } from '../../src/model/user-id.ts'
import { readSealingKey } from '../../src/oauth/sealing.ts'
import { loadCatalog } from '../../src/operations/catalog/load-catalog.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { type OpenWorld, openWorld, type WorldParts } from '../../src/world/world.ts'
import { hospital, hospitalCatalog } from './catalogs.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'

/** As a setting has them. */
export const worldSecrets = {
  sealingKey: Buffer.alloc(32, 7).toString('base64'),
  operatorToken: 'the-token-of-the-operator',
} as const

/** The administrator of the hospital, without a token. */
export function adminOf(context: Context): Principal {
  return {
    clientId: hospital.admin,
    accountId: accountOf(context, hospital.admin),
    personId: undefined,
    scopes: [managementScope],
  }
}

/** `changes` replace parts. */
export function worldParts(clock: HandClock, changes: Partial<WorldParts> = {}): WorldParts {
  return {
    clock,
    newId: createNewId(clock.now),
    log: { info() {}, warn() {}, error() {} },
    limits: {
      activationDelayMs: 1000,
      batchItemsMax: 100,
      rateLimit: 1,
      wrongSecretsMax: 1,
      logKeptMs: 24 * 3_600_000,
      restMs: 60_000,
    },
    openStorage: (effects) => openEmbeddedStorage(':memory:', { ...effects, migrations: readMigrations() }),
    openOwnSecrets: () => ({
      sealingKeys: [readSealingKey(worldSecrets.sealingKey)],
      sealingKeyFile: undefined,
      operatorTokens: () => [{ name: undefined, token: worldSecrets.operatorToken }],
    }),
    prepare: async (context) =>
      void (await loadCatalog(
        context,
        structuredClone(hospitalCatalog),
        { requestId: 'start', actor: 'operator' },
        'start',
      )),
    issuer: undefined,
    ownUrl: 'http://own.invalid',
    ownFetch: undefined,
    ...changes,
  }
}

export async function openMemoryWorld(
  t: TestContext,
  changes?: Partial<WorldParts>,
): Promise<{ world: OpenWorld; clock: HandClock }> {
  const clock = createHandClock()
  const world = await openWorld(worldParts(clock, changes))
  t.after(() => world.close())
  return { world, clock }
}
