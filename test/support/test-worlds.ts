/** Worlds of a service with test controls, through skillkeeper/testing. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  hospital,
  startTestService,
  TestControlError,
  type TestService,
  type World,
  type WorldOptions,
} from '../../src/testing/index.ts'

export const scenario = hospital({ wards: 2, roomsPerWard: 2 })
  .withSkill('nurseCall')
  .withLinkedSkill('lights')
  .withClient('desk')
  .withClient('ward', { manages: 'ward1' })

export const room = scenario.room(1, 1)
export const otherRoom = scenario.room(1, 2)
export const target = { skillId: scenario.skill.nurseCall, unitId: room }
export const enableRequest = { ...target, stage: 'live' } as const
export const newYear = '2027-01-01T00:00:00.000Z'

/** A service with the scenario, which is stopped after the test. */
export async function startDouble(t: TestContext): Promise<TestService> {
  const service = await startTestService({ catalog: scenario })
  t.after(() => service.stop())
  return service
}

/** A world of a service of its own, frozen at New Year unless the options say otherwise. */
export async function openWorld(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const service = await startDouble(t)
  return service.world({ clock: { frozenAt: newYear }, ...options })
}

/** The error that the call rejects with. */
export async function controlError(call: Promise<unknown>): Promise<TestControlError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof TestControlError, String(error))
    return error
  }
  return assert.fail('The call succeeded.')
}
