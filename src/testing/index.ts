/**
 * Skillkeeper as a test double: worlds with a state, a clock, faults and a journal of their own.
 *
 * ```ts
 * import { hospital, startTestService } from 'skillkeeper/testing'
 *
 * await using service = await startTestService()
 * await using world = await service.world({ clock: { frozenAt: '2027-01-01T00:00:00Z' } })
 * await world.faults.add({ match: { operation: 'enable' }, when: { times: 2 }, effect: { error: 'TOO_MANY_REQUESTS' } })
 * await checkIn(world.url)
 * await world.journal.expect({ operation: 'enable' }).times(3)
 * ```
 */
export { TestControlError, type Verdict, VerificationError } from './errors.ts'
export { type HospitalOptions, hospital, type Scenario } from './scenario.ts'
export { connectTestService, startTestService, type TestServiceOptions } from './service.ts'
export type * from './types.ts'
