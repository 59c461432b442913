/** The context of operations on the embedded storage, with a skill that links accounts and rooms to enable it for. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Context } from '../../src/model/ports/context.ts'
import type { Skill } from '../../src/model/skill.ts'
import type { Unit } from '../../src/model/unit.ts'
import type { ServiceSecrets } from '../../src/oauth/secrets.ts'
import { createTokenServers } from '../../src/oauth/token-servers.ts'
import { catalogEntry, putRooms, skill, skillId, t0 } from '../storage/conformance/records.ts'
import { type HostileServer, startHostileServer } from './hostile-server.ts'
import { openMemoryStorage } from './memory-storage.ts'

export interface LinkingContext {
  /** Its clock shows `t0` until the test moves it. */
  readonly context: Context
  readonly root: Unit
  readonly rooms: readonly Unit[]
  /** The skill A. */
  readonly linked: Skill
  /** The token server of the skill. */
  readonly server: HostileServer
  /** What the context has logged as errors. */
  readonly faults: readonly unknown[]
  moveBy(ms: number): void
}

export async function openLinkingContext(
  t: TestContext,
  secrets: ServiceSecrets,
  roomCount: number,
): Promise<LinkingContext> {
  let at = t0
  const now = () => at
  const storage = await openMemoryStorage(now)
  t.after(() => storage.close())
  const server = await startHostileServer({})
  t.after(() => server.stop())
  const { root, rooms } = await putRooms(storage, roomCount)
  const linked = skill('A', {
    accountLinking: {
      accessTokenUri: `${server.url}/token`,
      clientId: 'c',
      sealedClientSecret: secrets.seal('s', 'skill-secret'),
      authenticationScheme: 'HTTP_BASIC',
      skipOnEnablement: false,
    },
  })
  assert.equal(linked.id, skillId('A'))
  await storage.catalog.put({ skills: [linked] }, catalogEntry())
  const faults: unknown[] = []
  let made = 0
  const context: Context = {
    now,
    sleepUntil: async () => {},
    newId: () => String(++made),
    storage,
    secrets,
    tokenServers: createTokenServers({ secrets, ownUrl: server.url, now }),
    limits: { batchItemsMax: 100 },
    activateAt: (at) => at,
    log: { info() {}, warn() {}, error: (fields) => faults.push(fields) },
    workIsDue() {},
    changesAreDue() {},
  }
  const moveBy = (ms: number) => {
    at += ms
  }
  return { context, root, rooms, linked, server, faults, moveBy }
}
