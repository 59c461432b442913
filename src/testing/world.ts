import type { AccountLinkRequest, Enablement, Stage } from '../client/enablement.ts'
import { SkillsClient } from '../client/index.ts'
import { authorizeLink, type LinkedAccount } from './account-link.ts'
import { createClientClock } from './client-clock.ts'
import type { Controls } from './controls.ts'
import { TestControlError } from './errors.ts'
import { createFaults, type Faults } from './faults.ts'
import { createJournal, type Journal } from './journal.ts'
import { createWorldClock, instantText, type WorldClock } from './world-clock.ts'

export interface WorldOptions {
  /** Lower-case letters, digits and hyphens, at most 63; random without it. */
  readonly id?: string
  /** A catalog as in a catalog file, or a scenario of `hospital()`; the catalog of the service without it. */
  readonly catalog?: object
  /** The state that the world starts with; without it, the state of the service when it was ready. Excludes `catalog`. */
  readonly from?: Snapshot | World
  /** `running` (the default), or frozen at a time. */
  readonly clock?: 'running' | { readonly frozenAt: Date | string }
  readonly settings?: WorldSettings
  /** A port that serves only this world; 0 takes a free one. */
  readonly port?: number
}

export interface WorldSettings {
  /** How long an enablement stays `ENABLING`, in milliseconds (200). */
  readonly activationDelayMs?: number
  /** The maximum number of items in a batch (100). */
  readonly batchItemsMax?: number
  /** Requests per second and client; 0 (the default) is no limit. */
  readonly rateLimit?: number
}

/**
 * A whole service with a state, a clock, faults and a journal of its own. Dispose of it when the test is over: this removes
 * it, unless `SKILLKEEPER_KEEP_WORLDS` is `true`, so that its journal can be read after a failure. Its methods reject with a
 * `TestControlError` that has the reason, also after the world was removed.
 */
export interface World extends AsyncDisposable {
  readonly id: string
  /** The base URL of the world, for any client of the API. */
  readonly url: string
  /** The base URL at its own port, if the world was created with `port`. */
  readonly portUrl: string | undefined
  readonly clock: WorldClock
  readonly activation: ActivationControl
  readonly faults: Faults
  readonly journal: Journal
  /** A client of the API that has its access tokens from `accessToken`. */
  client(options?: TestClientOptions): SkillsClient
  /** An access token of a client of the catalog, made without its secret. */
  accessToken(options?: AccessTokenOptions): Promise<string>
  /**
   * An `accountLinkRequest` with a new authorization code of the world's own token issuer, as if a person had allowed it. The
   * journal has the request as `authorize`, and `expectNothingElse` accepts it.
   */
  accountLink(account: LinkedAccount): Promise<AccountLinkRequest>
  /** Takes a snapshot of storage, clock, activation and settings; of the fault rules too with `faults`. */
  snapshot(options?: { readonly name?: string; readonly faults?: boolean }): Promise<Snapshot>
  /** Restores a snapshot of any world of the service. The journal continues. */
  restore(snapshot: Snapshot): Promise<void>
  /** Back to the state in which the world was created (`start`), or to that without enablements (`empty`). No faults. */
  reset(to?: 'start' | 'empty'): Promise<void>
  /** The stored record, whatever the faults are; `undefined` if the skill is not enabled for the unit. */
  enablement(unitId: string, skillId: string): Promise<StoredEnablement | undefined>
  /** Removes the world. A world that is gone is no error. */
  remove(): Promise<void>
}

export interface TestClientOptions {
  /** The ID of a client of the catalog; without it the one whose ID comes first in the alphabet. */
  readonly as?: string
  /**
   * How the client pauses between attempts. `world` (the default): until the clock of the world is there, so a frozen clock
   * has to be advanced. `advance`: it advances the clock of the world itself. `real`: in real time.
   */
  readonly sleep?: 'world' | 'advance' | 'real'
}

export interface AccessTokenOptions {
  /** The ID of a client of the catalog; without it the one whose ID comes first in the alphabet. */
  readonly as?: string
  /** The account of a person of the catalog for whom the token speaks; without it the token speaks for the client. */
  readonly personId?: string
  /** `alexa::enterprise:management` without it. */
  readonly scopes?: readonly string[]
  /** Whether the token is expired already. */
  readonly expired?: boolean
}

export interface Snapshot {
  readonly id: string
  readonly name: string | undefined
  readonly bytes: number
  /** Removes the snapshot from the service. */
  remove(): Promise<void>
}

export interface StoredEnablement {
  readonly unitId: string
  readonly skillId: string
  readonly stage: Stage
  readonly status: Enablement['status']
  readonly accountLink: 'LINKED' | 'NOT_LINKED'
  /** When it becomes `ENABLED`; absent while it waits for its account link or is held. */
  readonly enabledFrom?: string
  readonly createdAt: string
  readonly partitionNames: readonly string[]
  readonly nameFreeLocales: readonly string[]
}

/** When enablements that are written from now on become `ENABLED`. */
export type Activation =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'immediate' }
  /** After so many reads that return `ENABLING`. */
  | { readonly kind: 'reads'; readonly count: number }
  /** When they are released. */
  | { readonly kind: 'held' }

export interface ActivationControl {
  set(activation: Activation): Promise<void>
  get(): Promise<Activation>
  /** Makes held enablements `ENABLED` now, and returns their number. */
  release(which?: { readonly unitId?: string; readonly skillId?: string }): Promise<number>
}

/** A world as the service describes it. */
interface View {
  readonly id: string
  readonly portUrl?: string
}

export async function createWorld(service: Controls, options: WorldOptions): Promise<World> {
  const { id, catalog, from, clock = 'running', settings, port } = options
  const view = await service.call<View>('POST', '/worlds', {
    id,
    catalog: catalogOf(catalog),
    from: from && ('clock' in from ? { world: from.id } : { snapshot: from.id }),
    settings,
    port,
    ...(clock !== 'running' && { clock: { frozenAt: instantText(clock.frozenAt) } }),
  })
  return worldOf(service, view)
}

/** The catalog of a scenario, or the catalog itself. */
export function catalogOf(given: object | undefined): object | undefined {
  const inScenario: unknown = given && Reflect.get(given, 'catalog')
  return typeof inScenario === 'object' && inScenario !== null ? inScenario : given
}

function worldOf(service: Controls, { id, portUrl }: View): World {
  // By the address at which this process reaches the service: a container has another one.
  const url = `${service.url}/_world/${id}`
  const controls = service.at(url)
  const clock = createWorldClock(controls)
  const journal = createJournal(controls)

  async function accessToken({ as, ...options }: AccessTokenOptions = {}): Promise<string> {
    const request = { clientId: as, ...options }
    return (await controls.call<{ accessToken: string }>('POST', '/tokens', request)).accessToken
  }

  async function remove(): Promise<void> {
    await service.find('DELETE', `/worlds/${id}`)
  }

  return {
    id,
    url,
    portUrl,
    clock,
    activation: createActivationControl(controls),
    faults: createFaults(controls),
    journal,
    client: ({ as, sleep = 'world' } = {}) =>
      new SkillsClient({
        endpoint: url,
        credentials: heldToken(() => accessToken(as === undefined ? {} : { as })),
        ...(sleep !== 'real' && { clock: createClientClock(controls, clock, sleep) }),
      }),
    accessToken,
    async accountLink(account) {
      const { link, requestId } = await authorizeLink(controls, account)
      // Expected, since the test asked for it.
      await journal.expect({ requestId }).times(1)
      return link
    },
    async snapshot(options = {}) {
      return snapshotOf(service, await controls.call<SnapshotView>('POST', '/snapshots', options))
    },
    async restore(snapshot) {
      await controls.call('POST', `/snapshots/${snapshot.id}/restore`)
    },
    async reset(to = 'start') {
      await controls.call('POST', '/reset', { to })
    },
    async enablement(unitId, skillId) {
      const query = new URLSearchParams({ unitId, skillId })
      const found = await controls.find<StoredEnablement>('GET', `/enablements?${query}`)
      // In a world that is gone, nothing is known of the enablement.
      if (found === undefined) await service.call('GET', `/worlds/${id}`)
      return found
    },
    remove,
    async [Symbol.asyncDispose]() {
      if (process.env['SKILLKEEPER_KEEP_WORLDS'] === 'true') return
      try {
        await remove()
      } catch (error) {
        // A service that is stopped has no worlds.
        if (!(error instanceof TestControlError && error.status === undefined)) throw error
      }
    },
  }
}

/** Keeps a token until the service rejects it. */
function heldToken(mint: () => Promise<string>) {
  let held: string | undefined
  return async ({ rejectedToken }: { readonly rejectedToken: string | undefined }): Promise<string> => {
    if (held === undefined || held === rejectedToken) held = await mint()
    return held
  }
}

function createActivationControl(controls: Controls): ActivationControl {
  return {
    async set(activation) {
      await controls.call('PUT', '/activation', activation)
    },
    get: () => controls.call<Activation>('GET', '/activation'),
    async release(which = {}) {
      return (await controls.call<{ released: number }>('POST', '/activation/release', which)).released
    },
  }
}

interface SnapshotView {
  readonly id: string
  readonly name?: string
  readonly bytes: number
}

function snapshotOf(service: Controls, { id, name, bytes }: SnapshotView): Snapshot {
  return {
    id,
    name,
    bytes,
    async remove() {
      await service.find('DELETE', `/snapshots/${id}`)
    },
  }
}
