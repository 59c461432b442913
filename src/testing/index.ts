/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Skillkeeper as a test double: worlds with a state, a clock, faults and a journal of their own.
 *
 * ```ts
 * import { startTestService } from 'skillkeeper/testing'
 *
 * await using service = await startTestService()
 * await using world = await service.world({ clock: { frozenAt: '2027-01-01T00:00:00Z' } })
 * await world.faults.add({ match: { operation: 'enable' }, when: { times: 2 }, effect: { error: 'TOO_MANY_REQUESTS' } })
 * await world.client({ sleep: 'advance' }).enable({ skillId, unitId, stage: 'live' })
 * await world.journal.expect({ operation: 'enable' }).times(3)
 * ```
 */
export type { LinkedAccount } from './account-link.ts'
export { TestControlError, type Verdict, VerificationError } from './errors.ts'
export type {
  FaultEffect,
  FaultErrorCode,
  FaultMatch,
  FaultOperation,
  FaultPreset,
  FaultRule,
  FaultWhen,
} from './fault-rule.ts'
export type { FaultHandle, Faults } from './faults.ts'
export type { Expectation, Journal } from './journal.ts'
export type { DecisionStep, JournalEntry, JournalFilter, JournalMatch } from './journal-entry.ts'
export { type HospitalOptions, hospital, type Managed, type Scenario } from './scenario.ts'
export { connectTestService, startTestService, type TestService, type TestServiceOptions } from './service.ts'
export type {
  AccessTokenOptions,
  Activation,
  ActivationControl,
  Snapshot,
  StoredEnablement,
  TestClientOptions,
  World,
  WorldOptions,
  WorldSettings,
} from './world.ts'
export type { ClockState, DurationLike, Settled, WorldClock } from './world-clock.ts'
export { type WorldFixture, worldFixture } from './world-fixture.ts'
