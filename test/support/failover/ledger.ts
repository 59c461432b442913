/**
 * What has been promised: of each pair of unit and skill the states that it may be in by the answers so far. One after an
 * acknowledged write, several after one whose outcome is unknown. Knows no HTTP.
 */

export type State = 'development' | 'live' | undefined

/** A write of one skill for one unit, or for the units of a batch. */
export interface Write {
  readonly kind: 'enable' | 'disable' | 'batch_enable'
  readonly skillId: string
  readonly units: readonly string[]
  readonly state: State
}

export interface Ledger {
  /** Writes that were answered with success, by their request ID. */
  readonly acknowledged: Map<string, Write>
  /** Answers that leave open whether the write was done, and how many of those were found to stand. */
  unknown: number
  unknownThatStand: number
  /** What was acknowledged and is not there, or is there and was never asked for. */
  readonly lost: string[]
  readonly halfBatches: string[]
  readonly neverEnabled: string[]
  /** Answers that nothing explains, and requests without one. */
  readonly faults: string[]
  longestAnswerMs: number
  readonly pairs: Map<string, Set<State>>
  /** Since the last comparison. */
  open: Write[]
}

export function newLedger(): Ledger {
  return {
    acknowledged: new Map(),
    unknown: 0,
    unknownThatStand: 0,
    lost: [],
    halfBatches: [],
    neverEnabled: [],
    faults: [],
    longestAnswerMs: 0,
    pairs: new Map(),
    open: [],
  }
}

/** The state of the pair, if there can be no doubt about it. */
export function knownState(ledger: Ledger, unitId: string, skillId: string): State | 'unknown' {
  const states = ledger.pairs.get(pair(unitId, skillId))
  if (states === undefined) return undefined
  const [state] = states
  return states.size === 1 ? state : 'unknown'
}

export function noteAcknowledged(ledger: Ledger, write: Write, requestId: string): void {
  ledger.acknowledged.set(requestId, write)
  for (const unit of write.units) ledger.pairs.set(pair(unit, write.skillId), new Set([write.state]))
}

export function noteUnknown(ledger: Ledger, write: Write): void {
  ledger.unknown += 1
  ledger.open.push(write)
  for (const unit of write.units) {
    const key = pair(unit, write.skillId)
    const states = ledger.pairs.get(key) ?? new Set([undefined])
    ledger.pairs.set(key, new Set([...states, write.state]))
  }
}

/** Compares what is there, by unit and skill, with what was promised, and takes it as known from then on. */
export function compare(ledger: Ledger, found: ReadonlyMap<string, State>): void {
  for (const [key, states] of ledger.pairs) {
    if (states.has(found.get(key))) continue
    ledger.lost.push(`${key} is ${found.get(key)}, but acknowledged was ${[...states].join(' or ')}`)
  }
  for (const [key, state] of found) {
    if (!ledger.pairs.has(key)) ledger.lost.push(`${key} is ${state}, but nobody asked for it`)
  }
  for (const write of ledger.open) {
    const doubtful = write.units.filter((unit) => knownState(ledger, unit, write.skillId) === 'unknown')
    if (doubtful.length === 0) continue
    const done = doubtful.filter((unit) => found.get(pair(unit, write.skillId)) === write.state)
    if (done.length > 0) ledger.unknownThatStand += 1
    if (done.length > 0 && done.length < doubtful.length) {
      ledger.halfBatches.push(`${done.length} of ${doubtful.length} units of a batch of ${write.skillId}`)
    }
  }
  ledger.open = []
  for (const key of ledger.pairs.keys()) ledger.pairs.set(key, new Set([found.get(key)]))
}

export function pair(unitId: string, skillId: string): string {
  return `${unitId} ${skillId}`
}
