import { SkillsClient } from '../client/skills-client.ts'
import type { Controls } from './controls.ts'
import { createFaults } from './faults.ts'
import { createJournal } from './journal.ts'
import type {
  AccessTokenOptions,
  Activation,
  Snapshot,
  TestClientOptions,
  World,
  WorldOptions,
} from './types.ts'
import { createSleep, createWorldClock, instantText } from './world-clock.ts'

/** A world as the service describes it. */
interface View {
  readonly id: string
  readonly url: string
  readonly portUrl?: string
}

export async function createWorld(service: Controls, options: WorldOptions): Promise<World> {
  const { id, catalog, from, clock, settings, port } = options
  const view = await service.call<View>('POST', '/worlds', {
    id,
    catalog: catalogOf(catalog),
    from: sourceOf(from),
    settings,
    port,
    ...(typeof clock === 'object' && { clock: { frozenAt: instantText(clock.frozenAt) } }),
  })
  return worldOf(service, view)
}

/** A scenario has its catalog in a property. */
function catalogOf(given: object | undefined): unknown {
  return given !== undefined && 'catalog' in given ? given.catalog : given
}

function sourceOf(from: Snapshot | World | undefined): unknown {
  if (from === undefined) return undefined
  return 'clock' in from ? { world: from.id } : { snapshot: from.id }
}

function worldOf(service: Controls, { id, url, portUrl }: View): World {
  const controls = service.at(url)
  const clock = createWorldClock(controls)

  async function accessToken({ as, scopes, expired }: AccessTokenOptions = {}): Promise<string> {
    const asked = { clientId: as, scopes, expired }
    return (await controls.call<{ accessToken: string }>('POST', '/tokens', asked)).accessToken
  }

  async function remove(): Promise<void> {
    await service.call('DELETE', `/worlds/${id}`)
  }

  return {
    id,
    url,
    portUrl,
    clock,
    activation: {
      async set(activation) {
        await controls.call('PUT', '/activation', activation)
      },
      get: () => controls.call<Activation>('GET', '/activation'),
      async release(which = {}) {
        return (await controls.call<{ released: number }>('POST', '/activation/release', which)).released
      },
    },
    faults: createFaults(controls),
    journal: createJournal(controls),
    client({ as, sleep = 'world' }: TestClientOptions = {}) {
      let held: string | undefined
      return new SkillsClient({
        endpoint: url,
        async credentials({ rejectedToken }) {
          if (held === undefined || held === rejectedToken)
            held = await accessToken(as === undefined ? {} : { as })
          return held
        },
        ...(sleep !== 'real' && { clock: createSleep(controls, clock, sleep) }),
      })
    },
    accessToken,
    async snapshot(options = {}) {
      return snapshotOf(controls, await controls.call<SnapshotView>('POST', '/snapshots', options))
    },
    async restore(snapshot) {
      await controls.call('POST', `/snapshots/${snapshot.id}/restore`)
    },
    async reset(to = 'start') {
      await controls.call('POST', '/reset', { to })
    },
    enablement: (unitId, skillId) =>
      controls.find(`/enablements?${new URLSearchParams({ unitId, skillId })}`),
    remove,
    // A test may have removed the world already.
    async [Symbol.asyncDispose]() {
      await controls.find('/clock').then((known) => (known === undefined ? undefined : remove()))
    },
  }
}

interface SnapshotView {
  readonly id: string
  readonly name?: string
  readonly bytes: number
}

function snapshotOf(controls: Controls, { id, name, bytes }: SnapshotView): Snapshot {
  return {
    id,
    name,
    bytes,
    async remove() {
      await controls.call('DELETE', `/snapshots/${id}`)
    },
  }
}
