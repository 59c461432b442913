/** The background step: the work that follows responses. Each kind is a duty with its own pace. */
import type { Context } from '../model/ports/context.ts'
import { runChanges } from '../operations/changes/run-changes.ts'
import { settleLinks } from '../operations/links/settle-links.ts'
import { startForgetting } from '../operations/upkeep/forget-expired.ts'
import { reseal } from '../operations/upkeep/reseal.ts'
import { type Duty, startDuty } from './duty.ts'

export interface Worker {
  /** Wakes the duty of account links at the given time. */
  workIsDue(at: number): void
  /** Wakes the duty of changes. */
  changesAreDue(): void
  /** Wakes the duty that seals values again. */
  sealingKeysChanged(): void
  /** Resolves when no duty has work that is due now. A duty that failed and waits for its next attempt has none. */
  settled(): Promise<void>
  /** Ends each duty after its current run. The next start finds the remaining work. */
  stop(): Promise<void>
}

export interface WorkerOptions {
  /** How long the operations log is kept, in milliseconds. */
  readonly logKeptMs: number
  /** How soon the service finds work that another node left behind, in milliseconds. */
  readonly restMs: number
  /** Whether the duties run that keep a storage small and its keys fresh for years: not in a world whose clock moves on command. */
  readonly hasUpkeep: boolean
  /** Adds signing keys that are due, and reads those of other nodes. */
  refreshSigningKeys(): Promise<void>
}

const hourMs = 3_600_000
/** Half an hour is enough: a signing key is stored an hour before it signs. */
const signingKeysMs = hourMs / 2

export function startWorker(context: Context, options: WorkerOptions): Worker {
  const settling: Duty = {
    name: 'settle links',
    run: (signal) => settleLinks(context, signal),
    looksFirst: true,
    nextDueAt: () => context.storage.links.nextDueAt(),
    restMs: options.restMs,
    // While a clock stands still, a pause on it has no end.
    pauseMs: options.hasUpkeep ? 5 : 0,
  }
  const changing: Duty = {
    name: 'make changes',
    run: (signal) => runChanges(context, signal),
    looksFirst: true,
    nextDueAt: () => context.storage.changes.nextDueAt(),
    restMs: options.restMs,
    pauseMs: 0,
  }
  const upkeep: Duty = {
    name: 'remove expired records',
    run: startForgetting(context, options.logKeptMs),
    nextDueAt: async () => undefined,
    restMs: hourMs,
    pauseMs: hourMs,
  }
  const resealing: Duty = {
    name: 'seal again',
    run: (signal) => reseal(context, signal),
    nextDueAt: async () => undefined,
    restMs: hourMs,
    pauseMs: 1000,
  }
  const signing: Duty = {
    name: 'refresh the signing keys',
    run: () => options.refreshSigningKeys(),
    nextDueAt: async () => undefined,
    restMs: signingKeysMs,
    pauseMs: signingKeysMs,
  }
  const links = startDuty(context, settling)
  const changes = startDuty(context, changing)
  const sealing = options.hasUpkeep ? startDuty(context, resealing) : undefined
  const upkeeping = options.hasUpkeep ? [upkeep, signing].map((duty) => startDuty(context, duty)) : []
  const all = [links, changes, ...(sealing ? [sealing] : []), ...upkeeping]
  return {
    workIsDue: (at) => links.wake(at),
    changesAreDue: () => changes.wake(context.now()),
    sealingKeysChanged: () => sealing?.wake(context.now()),
    async settled() {
      await Promise.all(all.map((duty) => duty.settled()))
    },
    async stop() {
      await Promise.all(all.map((duty) => duty.stop()))
    },
  }
}
