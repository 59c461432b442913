/** The instruments of one world besides its service: the fault rules and the journal. */
import type { Clock } from '../model/ports/clock.ts'
import type { Context } from '../model/ports/context.ts'
import type { Driver } from '../storage/engine/driver.ts'
import { faultyDriver } from './faults/faulty-driver.ts'
import { faultyTokenServers } from './faults/faulty-token-servers.ts'
import { createFaults, type Faults } from './faults/rules.ts'
import { watchedDriver } from './journal/changes.ts'
import { createJournal, type Journal, type JournalOptions } from './journal/journal.ts'
import { outsideRequests } from './requests/scope.ts'

export interface Instruments {
  readonly faults: Faults
  readonly journal: Journal
  /** The clock of the world. */
  now(): number
  /** The clock of the machine. */
  readonly machine: Clock
  /** Ends what a fault holds up: the world is removed, or the service stops. */
  readonly ending: AbortSignal
  /** The note of the journal beside a request that the throttle refuses; `undefined` for nothing. */
  throttleNote(): string | undefined
  /** Adds what happened to the world itself to the journal, such as `restored`. */
  note(text: string): void
  /** Opens the world, during which no fault strikes its storage. */
  opening<T>(open: () => Promise<T>): Promise<T>
  /** Wraps the driver of the storage of the world. */
  driver(driver: Driver): Driver
  tokenServers(
    servers: Context['tokenServers'],
    catalog: Context['storage']['catalog'],
  ): Context['tokenServers']
}

export interface InstrumentsOptions extends JournalOptions {
  now(): number
  readonly machine: Clock
  readonly ending: AbortSignal
  /** Whether the clock of the world stands still. */
  isFrozen(): boolean
  /** A random integer from 0 on. */
  drawSeed(): number
}

export function createInstruments(options: InstrumentsOptions): Instruments {
  const { now, machine, ending, isFrozen, drawSeed } = options
  const faults = createFaults({ now, drawSeed })
  const journal = createJournal(options)
  let worldsOpening = 0
  const isOpening = () => worldsOpening > 0
  const sleep = (ms: number) => machine.sleepUntil(machine.now() + ms, ending)
  return {
    faults,
    journal,
    now,
    machine,
    ending,
    throttleNote: () => (isFrozen() ? 'The clock is frozen.' : undefined),
    note(text) {
      journal.add({
        at: now(),
        realAt: machine.now(),
        durationMs: 0,
        requestId: '',
        subject: { operation: 'world', clientId: undefined, skillId: undefined, isBatch: false, targets: [] },
        roles: undefined,
        method: '',
        url: '',
        query: {},
        headers: {},
        body: undefined,
        status: 0,
        responseHeaders: {},
        payload: undefined,
        decision: { refusal: undefined, hasBegun: false, endedBefore: 'route' },
        fault: undefined,
        isTooEarly: false,
        note: text,
        changes: [],
      })
    },
    async opening(open) {
      worldsOpening += 1
      try {
        return await outsideRequests(open)
      } finally {
        worldsOpening -= 1
      }
    },
    driver: (driver) => watchedDriver(faultyDriver(driver, { faults, isOpening, sleep }), now),
    tokenServers: (servers, catalog) => faultyTokenServers(servers, { faults, catalog, sleep }),
  }
}
