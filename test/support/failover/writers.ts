/** Clients that write to both nodes at once, each on units of its own and with one write under way at a time. */
import { setTimeout as pause } from 'node:timers/promises'
import { knownState, type Ledger, noteAcknowledged, noteUnknown, type State, type Write } from './ledger.ts'
import { type Node, send, skillIdOf, skillsCount, unitsEach, unitsOf, writersCount } from './service.ts'

const batchItems = 10
/** Between two writes of a client: so that the pairs suffice for all rounds. */
const pauseMs = 80
const pauseAfterRefusalMs = 250

/** When a node last acknowledged a write, and its longest time without. */
export interface Pulse {
  lastSentAt: number
  lastAt: number
  longestGapMs: number
}

export interface Writers {
  readonly pulses: readonly Pulse[]
  /** The longest time without at any node since the last call, up to now. */
  takeLongestGapMs(): number
  /** Rejects if a node has given an answer that nothing explains. */
  stop(): Promise<void>
}

interface Writer {
  readonly units: readonly string[]
  /** Counts the pairs that were taken, skill by skill. */
  next: number
}

export function newWriters(): Writer[] {
  return Array.from({ length: writersCount }, (_, writer) => ({ units: unitsOf(writer), next: 0 }))
}

/** Half of the clients write to each node; `turn` decides which half. */
export function startWriters(
  writers: readonly Writer[],
  nodes: readonly Node[],
  ledger: Ledger,
  turn: number,
): Writers {
  const now = performance.now()
  const pulses = nodes.map(() => ({ lastSentAt: 0, lastAt: now, longestGapMs: 0 }))
  const state = { isStopped: false }
  const running = writers.map((writer, index) => {
    const at = (index + turn) % nodes.length
    return writeOn(writer, nodes[at] as Node, pulses[at] as Pulse, ledger, state)
  })
  return {
    pulses,
    takeLongestGapMs: () => {
      const longest = pulses.map(({ longestGapMs, lastAt }) =>
        Math.max(longestGapMs, performance.now() - lastAt),
      )
      for (const pulse of pulses) pulse.longestGapMs = 0
      return Math.max(...longest)
    },
    stop: async () => {
      state.isStopped = true
      await Promise.all(running)
    },
  }
}

async function writeOn(
  writer: Writer,
  node: Node,
  pulse: Pulse,
  ledger: Ledger,
  state: { readonly isStopped: boolean },
): Promise<void> {
  while (!state.isStopped) {
    const write = chooseWrite(writer, ledger)
    // Half of the writes are sent again until they are acknowledged; what became of the others is seen later.
    const isRepeated = Math.random() < 0.5
    for (let attempt = 0; !state.isStopped; attempt += 1) {
      const isDone = await writeOnce(node, write, pulse, ledger, attempt > 0)
      if (isDone) break
      await pause(pauseAfterRefusalMs)
      if (!isRepeated) break
    }
    await pause(pauseMs)
  }
}

/** Whether the write needs no further attempt. */
async function writeOnce(
  node: Node,
  write: Write,
  pulse: Pulse,
  ledger: Ledger,
  isAgain: boolean,
): Promise<boolean> {
  const sentAt = performance.now()
  const outcome = await send(node, write)
  const at = performance.now()
  ledger.longestAnswerMs = Math.max(ledger.longestAnswerMs, at - sentAt)
  switch (outcome.kind) {
    case 'acknowledged':
      noteAcknowledged(ledger, write, outcome.requestId)
      pulse.longestGapMs = Math.max(pulse.longestGapMs, at - pulse.lastAt)
      pulse.lastAt = at
      pulse.lastSentAt = sentAt
      return true
    case 'gone':
      if (!isAgain) ledger.lost.push(`${write.units[0]} ${write.skillId} was gone before it was disabled`)
      return true
    case 'fault':
      ledger.faults.push(outcome.what)
      noteUnknown(ledger, write)
      return false
    case 'unknown':
      noteUnknown(ledger, write)
      return false
  }
}

/** Mostly of a pair that was never written, so that every acknowledged write can still be seen at the end. */
function chooseWrite(writer: Writer, ledger: Ledger): Write {
  const state = Math.random() < 0.5 ? 'live' : 'development'
  const dice = Math.random()
  if (dice < 0.3) {
    const known = chooseKnown(writer, ledger)
    if (known !== undefined) {
      const other: State = known.state === 'live' ? 'development' : 'live'
      const { unitId, skillId } = known
      if (dice < 0.2) return { kind: 'disable', skillId, units: [unitId], state: undefined }
      return { kind: 'enable', skillId, units: [unitId], state: other }
    }
  }
  if (dice < 0.4) {
    // From the next tens of units, so that all of them are fresh.
    const start = Math.ceil(writer.next / batchItems) * batchItems
    writer.next = start + batchItems
    const units = writer.units.slice(start % unitsEach, (start % unitsEach) + batchItems)
    return { kind: 'batch_enable', skillId: skillAt(start), units, state }
  }
  const at = writer.next
  writer.next += 1
  return { kind: 'enable', skillId: skillAt(at), units: [writer.units[at % unitsEach] ?? ''], state }
}

/** A pair of the last ones that is known to be enabled. */
function chooseKnown(writer: Writer, ledger: Ledger) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const at = Math.floor(Math.random() * writer.next)
    const unitId = writer.units[at % unitsEach] ?? ''
    const skillId = skillAt(at)
    const state = knownState(ledger, unitId, skillId)
    if (state !== undefined && state !== 'unknown') return { unitId, skillId, state }
  }
  return undefined
}

function skillAt(index: number): string {
  const skill = Math.floor(index / unitsEach)
  if (skill >= skillsCount) throw new Error('There are no fresh pairs left: fewer kills, or more skills.')
  return skillIdOf(skill)
}
