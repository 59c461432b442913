/** What does not compile. The compiler runs the test: a line that it should refuse and does not is an error. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RefusalCode } from '../../src/protocol/refusals.ts'
import type * as clients from '../../src/protocol/test-controls/clients.ts'
import type * as clocks from '../../src/protocol/test-controls/clock.ts'
import type * as wireFaults from '../../src/protocol/test-controls/faults.ts'
import type * as journals from '../../src/protocol/test-controls/journal.ts'
import type * as worlds from '../../src/protocol/test-controls/worlds.ts'
import {
  type AccessTokenOptions,
  type Activation,
  type ClockState,
  type FaultErrorCode,
  type FaultMatch,
  type FaultOperation,
  type FaultPreset,
  type FaultRule,
  hospital,
  type JournalEntry,
  type JournalFilter,
  type Settled,
  type StoredEnablement,
  type Verdict,
  type World,
  type WorldFixture,
  type WorldOptions,
  type WorldSettings,
} from '../../src/testing/index.ts'

/** The same shape as the service has it, but for the brands of its IDs, and with nothing to be changed. */
type Plain<T> = T extends string & { readonly brand: string }
  ? string
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T
type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false
type AllSame<Pairs extends readonly true[]> = Pairs

/** Fails to compile when the library and the service no longer mean the same. */
export type InStep = AllSame<
  [
    Same<Plain<wireFaults.FaultRule>, Plain<FaultRule>>,
    Same<keyof wireFaults.FaultRule, keyof FaultRule>,
    Same<keyof wireFaults.FaultMatch, keyof FaultMatch>,
    Same<keyof wireFaults.FaultEffect, keyof FaultRule['effect']>,
    Same<keyof wireFaults.FaultWhen, keyof NonNullable<FaultRule['when']>>,
    Same<wireFaults.FaultPreset, FaultPreset>,
    Same<wireFaults.FaultOperation, FaultOperation>,
    Same<RefusalCode, FaultErrorCode>,
    Same<Plain<journals.Verdict>, Plain<Verdict>>,
    Same<keyof journals.JournalEntry, keyof JournalEntry>,
    Same<keyof JournalFilter, keyof Omit<journals.JournalQuery, 'wait' | 'maxResults'>>,
    Same<Plain<clocks.ClockView>, Plain<ClockState>>,
    Same<keyof clocks.ClockView, keyof ClockState>,
    Same<Plain<clocks.Settled>, Plain<Settled>>,
    Same<Plain<clocks.Activation>, Plain<Activation>>,
    Same<Plain<clients.StoredEnablement>, Plain<StoredEnablement>>,
    Same<keyof clients.StoredEnablement, keyof StoredEnablement>,
    Same<keyof Omit<clients.TestTokenRequest, 'clientId'>, keyof Omit<AccessTokenOptions, 'as'>>,
    Same<keyof worlds.WorldSettings, keyof WorldSettings>,
    Same<keyof worlds.WorldRequest, keyof WorldOptions>,
  ]
>

/** An entry of the service is one of the library. */
export const entryOf = (entry: Plain<journals.JournalEntry>): JournalEntry => entry

/** Never called: what it says is for the compiler. */
export async function wrongUse(world: World, fixture: WorldFixture): Promise<void> {
  const { faults, journal, clock } = world
  // @ts-expect-error There is no such operation.
  await faults.add({ match: { operation: 'enabel' }, effect: { error: 'FORBIDDEN' } })
  // @ts-expect-error A rule has an effect.
  await faults.add({ match: { operation: 'enable' } })
  // @ts-expect-error There is no such code.
  await faults.add({ effect: { error: 'TEAPOT' } })
  // @ts-expect-error There is no such preset.
  await faults.preset('flakey')
  // @ts-expect-error A match has no such property.
  journal.expect({ operaton: 'enable' })
  // @ts-expect-error Nor has a filter.
  await journal.entries({ state: 429 })
  // @ts-expect-error A duration has other parts.
  await clock.advance({ weeks: 1 })
  // @ts-expect-error A number says no unit.
  await clock.advance(5)
  // @ts-expect-error There are three ways to sleep.
  world.client({ sleep: 'never' })
  // @ts-expect-error A snapshot is no name.
  await world.restore('checked-in')
  // @ts-expect-error A held activation has no delay.
  await world.activation.set({ kind: 'held', ms: 3 })

  const scenario = hospital({ wards: 2 })
    .withSkill('nurseCall')
    .withLinkedSkill('lights')
    .withClient('desk', { manages: 'ward1' })
  scenario.skill.nurseCall satisfies string
  scenario.account.lights.redirectUri satisfies string
  // @ts-expect-error It has no such skill.
  scenario.skill.heating satisfies string
  // @ts-expect-error This skill links no accounts.
  scenario.account.nurseCall satisfies object
  // @ts-expect-error It has no such client.
  scenario.client.nurse satisfies string
  // @ts-expect-error A client manages wards.
  scenario.withClient('nurse', { manages: 'room1' })

  // As Vitest and Playwright declare their fixtures.
  const vitestFixture: (context: { task: object }, use: (value: World) => Promise<void>) => Promise<void> =
    fixture
  const playwrightFixture: (
    args: { page: object },
    use: (value: World) => Promise<void>,
    info: object,
  ) => Promise<void> = fixture
  await Promise.all([vitestFixture, playwrightFixture])
}

describe('The types of skillkeeper/testing', () => {
  test('refuse what is wrong, and are in step with those of the service', () => {
    const scenario = hospital({ wards: 2, roomsPerWard: 3 }).withSkill('nurseCall')
    assert.equal(scenario.skill.nurseCall, 'amzn1.ask.skill.nurseCall')
    assert.equal(scenario.rooms.length, 6)
  })
})
