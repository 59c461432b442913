/** The typed client against a real service. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { SkillsClient, type SkillsClientOptions, SkillsError } from '../../src/client/index.ts'
import { hospital, hospitalCatalog, secretOf, unit } from './catalogs.ts'
import { createEagerClock, type EagerClock } from './eager-clock.ts'
import { startService, type TestService } from './service.ts'
import { startUnreliableProxy, type UnreliableProxy } from './unreliable-proxy.ts'

export interface ClientWorld {
  readonly service: TestService
  readonly proxy: UnreliableProxy
  readonly clock: EagerClock
  /** A client of the hospital's administrator, behind the proxy. */
  readonly client: SkillsClient
  newClient(options?: Partial<SkillsClientOptions>): SkillsClient
}

export const adminCredentials = { clientId: hospital.admin, clientSecret: secretOf(hospital.admin) }

/** Rooms of the hospital of `catalogWithRooms`. */
export const roomId = (index: number) => unit(`ROOM-${1000 + index}`)

/** The hospital's catalog with so many more rooms. */
export function catalogWithRooms(count: number) {
  const [organization, ...others] = hospitalCatalog.organizations
  const rooms = Array.from({ length: count }, (_, index) => ({ id: roomId(index), name: `Room ${index}` }))
  const ward = { id: unit('LARGE-WARD'), name: 'Large ward', units: rooms }
  return {
    ...hospitalCatalog,
    organizations: [{ ...organization, units: [...(organization?.units ?? []), ward] }, ...others],
  }
}

export async function startClientWorld(t: TestContext, options: StartOptions = {}): Promise<ClientWorld> {
  const service = await startService(t, { rateLimit: 0, ...options })
  const proxy = await startUnreliableProxy(service.url)
  t.after(() => proxy.stop())
  const clock = createEagerClock()
  const newClient = (given: Partial<SkillsClientOptions> = {}) => {
    const all = { credentials: adminCredentials, clock, ...given }
    return new SkillsClient({
      ...all,
      endpoint: given.endpoint ?? proxy.url,
      region: undefined,
    } as SkillsClientOptions)
  }
  return { service, proxy, clock, newClient, client: newClient() }
}

/** The error that the call rejects with. */
export async function failure(call: Promise<unknown>): Promise<SkillsError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof SkillsError, String(error))
    return error
  }
  assert.fail('The call succeeded.')
}
