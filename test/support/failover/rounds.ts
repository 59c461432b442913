/**
 * Harms the primary again and again while clients write, lets each machine come back, and compares after each time what
 * is there with what was acknowledged.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type Cluster, until } from './cluster.ts'
import { harms, type Kind } from './harm.ts'
import { compare, type Ledger, newLedger, pair, type State } from './ledger.ts'
import {
  countLogged,
  type FoundRecord,
  getStatus,
  listAll,
  type Node,
  unitsOf,
  writersCount,
} from './service.ts'
import { newWriters, startWriters, type Writers } from './writers.ts'

/** Writes before the kill, and after the machine is back. */
const calmMs = 3_000
const recoveryTimeoutMs = 120_000
const enabledWithinMs = 30_000

export interface Kill {
  readonly kind: Kind
  readonly from: string
  readonly to: string
  /** The longest time without an acknowledged write, at the node that had to wait longer. */
  readonly outageMs: number
  /** From the kill until there were two standbys again. */
  readonly wholeMs: number
}

export interface FailoverReport {
  readonly kills: Kill[]
  readonly ledger: Ledger
}

export async function failoverRounds(
  cluster: Cluster,
  nodes: readonly Node[],
  kinds: readonly Kind[],
  tell: (report: FailoverReport) => void,
): Promise<FailoverReport> {
  const report: FailoverReport = { kills: [], ledger: newLedger() }
  const writers = newWriters()
  for (const [turn, kind] of kinds.entries()) {
    const running = startWriters(writers, nodes, report.ledger, turn)
    try {
      report.kills.push(await killOnce(cluster, running, kind))
    } catch (error) {
      report.ledger.faults.push(String(error))
    }
    await running.stop()
    await requireWhatIsKnown(nodes, report.ledger)
    tell(report)
    // Machines that do not come back are no ground for a further kill.
    if (report.ledger.faults.length > 0) break
  }
  await requireLogged(nodes, report.ledger)
  return report
}

async function killOnce(cluster: Cluster, running: Writers, kind: Kind): Promise<Kill> {
  const primary = await cluster.findPrimary()
  if (primary === undefined) throw new Error('There is no primary.')
  await pause(calmMs + Math.random() * calmMs)
  running.takeLongestGapMs()
  const at = performance.now()
  harms[kind].do(primary)
  const areWriting = async () => running.pulses.every(({ lastSentAt }) => lastSentAt > at + harmMs)
  await until('Acknowledged writes', areWriting, recoveryTimeoutMs)
  harms[kind].mend(primary, cluster)
  await until('Three machines', cluster.isWhole, recoveryTimeoutMs)
  const wholeMs = performance.now() - at
  const to = (await cluster.findPrimary())?.name ?? 'none'
  await pause(calmMs)
  return { kind, from: primary.name, to, outageMs: running.takeLongestGapMs(), wholeMs }
}

/** A write that was sent so long after the harm was acknowledged by somebody who is not harmed. */
const harmMs = 500

async function requireWhatIsKnown(nodes: readonly Node[], ledger: Ledger): Promise<void> {
  const units = Array.from({ length: writersCount }, (_, writer) => unitsOf(writer)).flat()
  const found = new Map<string, State>()
  const enabling: FoundRecord[] = []
  const remaining = units.entries()
  const readSome = async () => {
    for (const [index, unit] of remaining) {
      for (const record of await listAll(nodeAt(nodes, index), unit)) {
        found.set(pair(unit, record.skillId), record.state)
        if (record.status !== 'ENABLED') enabling.push(record)
      }
    }
  }
  await Promise.all([readSome(), readSome(), readSome(), readSome()])
  compare(ledger, found)
  const giveUpAt = performance.now() + enabledWithinMs
  for (const [index, { unitId, skillId }] of enabling.entries()) {
    while ((await getStatus(nodeAt(nodes, index), unitId, skillId)) !== 'ENABLED') {
      if (performance.now() > giveUpAt) {
        ledger.neverEnabled.push(`${unitId} ${skillId} is not ENABLED`)
        break
      }
      await pause(100)
    }
  }
}

/** Every acknowledged write, also one that others came after, has left its entries in the operations log. */
async function requireLogged(nodes: readonly Node[], ledger: Ledger): Promise<void> {
  for (const kind of ['enable', 'disable', 'batch_enable'] as const) {
    const counts = await countLogged(nodeAt(nodes, 0), kind)
    for (const [requestId, write] of ledger.acknowledged) {
      const count = counts.get(requestId) ?? 0
      if (write.kind !== kind || count === write.units.length) continue
      ledger.lost.push(`${count} of ${write.units.length} log entries of ${kind} ${requestId}`)
    }
  }
}

function nodeAt(nodes: readonly Node[], index: number): Node {
  return nodes[index % nodes.length] as Node
}
