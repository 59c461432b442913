/**
 * The scope in which the parts behind a request run: the storage and the token servers are called in its scope. Work of the
 * background has none.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { JournalChange } from '../../protocol/test-controls/journal.ts'
import type { Subject } from './subject.ts'

export interface Scope {
  /** Returns what the request is about, once its operation runs. */
  subject: () => Subject | undefined
  /** Which rules have been asked whether they strike this request, and the answer: each counts a request once. */
  asked: Map<string, boolean> | undefined
  /** The rule that struck. */
  fault: string | undefined
  /** The changes of the request, in the order of the commits. */
  readonly changes: JournalChange[]
}

const scopes = new AsyncLocalStorage<Scope | 'past faults'>()

const unknownYet = () => undefined

export function createScope(): Scope {
  return { subject: unknownYet, asked: undefined, fault: undefined, changes: [] }
}

export function runInScope<T>(scope: Scope, run: () => T): T {
  return scopes.run(scope, run)
}

/** Runs a look-up of the test controls themselves, which no fault strikes. */
export function pastFaults<T>(run: () => T): T {
  return scopes.run('past faults', run)
}

/** Runs what goes on after the request, such as the background of a world that a request creates. */
export function outsideRequests<T>(run: () => T): T {
  return scopes.exit(run)
}

/** Returns the scope of the request; `undefined` for work of the background, and past faults. */
export function currentScope(): Scope | undefined {
  const scope = scopes.getStore()
  return scope === 'past faults' ? undefined : scope
}

/** Whether a request is at work, of a test control as well; `false` for work of the background. */
export function isInRequest(): boolean {
  return scopes.getStore() !== undefined
}

export function isPastFaults(): boolean {
  return scopes.getStore() === 'past faults'
}
