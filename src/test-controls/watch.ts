/** The facts about a request to a world while it is under way, and its way into the journal of the world. */
import type { FastifyReply } from 'fastify'
import { ageMs, type Exchange } from '../http/engine/exchange.ts'
import type { UnitId } from '../protocol/identifiers.ts'
import type { Hit } from './faults/strike.ts'
import type { Instruments } from './instruments.ts'
import { type Decision, recordExchange, statusOf } from './journal/exchange-record.ts'
import { pastFaults, type Scope } from './requests/scope.ts'
import type { TestWorld } from './worlds/test-world.ts'

export interface Watched {
  readonly instruments: Instruments
  readonly world: Pick<TestWorld, 'during' | 'storage'>
}

/** The facts about a request under way. */
export interface Watch extends Watched {
  readonly scope: Scope
  /** Whether the world itself has sent it, and waits for it. */
  readonly isOwn: boolean
  hit: Hit | undefined
  /** How the operation itself ended, if a fault replaced its answer. */
  outcome: Decision | undefined
  isRecorded: boolean
}

/** Records the exchange once: before its answer leaves, so that who has the answer finds the entry. */
export function record(
  watch: Watch,
  exchange: Exchange,
  reply: FastifyReply | undefined,
  payload: unknown,
): void {
  if (watch.isRecorded) return
  watch.isRecorded = true
  const { instruments, scope, hit, outcome } = watch
  const decision = outcome ?? decisionOf(exchange, reply !== undefined || statusOf(exchange, reply) > 0)
  const record = recordExchange(exchange, reply, payload, {
    // A refusal is explained by them.
    roles: decision.refusal === undefined ? undefined : rolesOf(watch, exchange),
    at: instruments.now(),
    realAt: instruments.machine.now(),
    durationMs: ageMs(exchange),
    decision,
    fault: scope.fault,
    isTooEarly: hit?.isTooEarly ?? false,
    note: decision.refusal?.reason === 'rate' ? instruments.throttleNote() : undefined,
    changes: scope.changes.length === 0 ? noChanges : scope.changes,
  })
  instruments.journal.add(record)
}

/** Without an answer the client is gone: what was not reached by then is not known to have passed. */
function decisionOf(exchange: Exchange, isAnswered: boolean): Decision {
  const { refusal, isChecked, principal } = exchange
  const endedBefore =
    isAnswered || refusal !== undefined || isChecked ? undefined : principal === undefined ? 'token' : 'form'
  if (refusal === undefined && isChecked && endedBefore === undefined) return done
  return { refusal, hasBegun: isChecked, endedBefore }
}

/** Shared by all records. */
const done: Decision = { refusal: undefined, hasBegun: true, endedBefore: undefined }
const noChanges: Scope['changes'] = []

/** Returns the units on which the caller has roles, as far as they are in memory. */
function rolesOf({ world }: Watch, { principal }: Exchange): readonly UnitId[] | undefined {
  if (principal === undefined) return undefined
  try {
    const held = pastFaults(() => world.storage().roles.held(principal.accountId))
    if (!(held instanceof Promise)) return held.assignments.map(({ unitId }) => unitId)
    held.catch(() => {})
  } catch {
    // The world changes to another state at this moment: its storage is closed.
  }
  return undefined
}
