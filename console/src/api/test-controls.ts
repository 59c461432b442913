/** The test controls of the world that this page is about. */
import type { ReadToken, TestToken, TestTokenRequest } from '../../../src/protocol/test-controls/clients.ts'
import type { ClockChange, ClockView, Settled } from '../../../src/protocol/test-controls/clock.ts'
import type { FaultList, FaultPreset, FaultView } from '../../../src/protocol/test-controls/faults.ts'
import type { JournalPage } from '../../../src/protocol/test-controls/journal.ts'
import type { SnapshotList, SnapshotView } from '../../../src/protocol/test-controls/snapshots.ts'
import type { WorldList, WorldView } from '../../../src/protocol/test-controls/worlds.ts'
import { call } from './call.ts'
import type { Plain } from './wire.ts'

const root = '/_skillkeeper/test'
const one = (kind: string, id: string, step = '') => `${root}/${kind}/${encodeURIComponent(id)}${step}`

export type { JournalEntry } from '../../../src/protocol/test-controls/journal.ts'
export type Fault = Plain<FaultView>

export const readJournal = (after: number, wait: number, signal: AbortSignal) =>
  call<JournalPage>('GET', `${root}/journal`, { query: { after, wait }, signal })

export const readClock = (signal?: AbortSignal) => call<ClockView>('GET', `${root}/clock`, { signal })
export const changeClock = (body: ClockChange) => call<ClockView>('PUT', `${root}/clock`, { body })
export const advanceClock = (body: { by: string } | { toNextDue: true }) =>
  call<Settled>('POST', `${root}/clock/advance`, { body })

export const readFaults = (signal?: AbortSignal) =>
  call<Plain<FaultList>>('GET', `${root}/faults`, { signal })
export const addFault = (rule: unknown) => call<Fault>('POST', `${root}/faults`, { body: rule })
export const addPreset = (name: FaultPreset) =>
  call<unknown>('POST', `${root}/faults/presets`, { body: { name } })
export const switchFault = (id: string, enabled: boolean) =>
  call<Fault>('PATCH', one('faults', id), { body: { enabled } })
export const removeFault = (id: string) => call<undefined>('DELETE', one('faults', id))

export const readSnapshots = (signal?: AbortSignal) =>
  call<SnapshotList>('GET', `${root}/snapshots`, { signal })
export const takeSnapshot = (name: string) =>
  call<SnapshotView>('POST', `${root}/snapshots`, { body: name === '' ? {} : { name } })
export const restoreSnapshot = (id: string) => call<undefined>('POST', one('snapshots', id, '/restore'))
export const removeSnapshot = (id: string) => call<undefined>('DELETE', one('snapshots', id))

export const makeToken = (body: Plain<TestTokenRequest>) =>
  call<TestToken>('POST', `${root}/tokens`, { body })
export const readToken = (accessToken: string) =>
  call<ReadToken>('POST', `${root}/tokens/read`, { body: { accessToken } })

export const readWorlds = (signal?: AbortSignal) => call<WorldList>('GET', `${root}/worlds`, { signal })
export const createWorld = () => call<WorldView>('POST', `${root}/worlds`, { body: {} })
export const removeWorld = (id: string) => call<undefined>('DELETE', one('worlds', id))
