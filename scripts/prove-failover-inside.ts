// scripts/prove-failover.ts runs this program in its own namespaces. It builds the machines, starts everything, harms it and
// reports the results. All processes that it starts end with the namespaces.
import { startCluster, until } from '../test/support/failover/cluster.ts'
import { harms, isKind } from '../test/support/failover/harm.ts'
import { buildMachines } from '../test/support/failover/machines.ts'
import { type FailoverReport, failoverRounds, type Kill } from '../test/support/failover/rounds.ts'
import { startNodes } from '../test/support/failover/service.ts'

const [folder = '', ...names] = process.argv.slice(2)
const kinds = names.filter(isKind)

console.log('Three machines are built. That takes half a minute.')
const machines = buildMachines(folder, ['node1', 'node2', 'node3'])
const cluster = await startCluster(folder, machines)
await until('A cluster of three machines', cluster.isWhole, 120_000)
const nodes = await startNodes({ after: () => {} }, folder, cluster.databaseUrl)
console.log(`Two nodes of Skillkeeper write to three machines of PostgreSQL. ${kinds.length} kills follow.`)
const started = performance.now()
tell(await failoverRounds(cluster, nodes, kinds, tellKill))
process.exit()

function tellKill({ kills, ledger }: FailoverReport): void {
  const last = kills.at(-1)
  if (last === undefined) return
  const { kind, from, to, outageMs, wholeMs } = last
  const counts = `${ledger.acknowledged.size} acknowledged, ${ledger.lost.length} lost`
  const times = `outage ${seconds(outageMs)}, three machines again after ${seconds(wholeMs)}`
  console.log(`${kills.length}. ${kind.padEnd(9)} ${from} to ${to}: ${times}; ${counts}`)
}

function tell({ kills, ledger }: FailoverReport): void {
  console.log('\nkills                                         number   outage, median    worst')
  for (const [kind, { title }] of Object.entries(harms)) {
    tellOutages(
      title,
      kills.filter((kill) => kill.kind === kind),
    )
  }
  tellOutages('all', kills)
  const rows: [string, number][] = [
    ['writes acknowledged', ledger.acknowledged.size],
    ['of them lost', ledger.lost.length],
    ['half batches', ledger.halfBatches.length],
    ['answers that left the outcome open (503)', ledger.unknown],
    ['of them found done', ledger.unknownThatStand],
    ['enablements that never became ENABLED', ledger.neverEnabled.length],
    ['answers that nothing explains, or none', ledger.faults.length],
    ['the longest wait for an answer, ms', Math.round(ledger.longestAnswerMs)],
    ['minutes', Math.round((performance.now() - started) / 60_000)],
  ]
  console.log('')
  for (const [name, value] of rows) console.log(`${name.padEnd(44)}${String(value).padStart(8)}`)
  const faults = [...ledger.lost, ...ledger.halfBatches, ...ledger.neverEnabled, ...ledger.faults]
  for (const fault of faults.slice(0, 100)) console.log(fault)
  if (faults.length > 0) process.exitCode = 1
}

function tellOutages(title: string, kills: readonly Kill[]): void {
  if (kills.length === 0) return
  const outages = kills.map(({ outageMs }) => outageMs).sort((a, b) => a - b)
  const median = outages[outages.length >> 1] ?? 0
  const cells = [
    String(kills.length).padStart(8),
    seconds(median).padStart(17),
    seconds(outages.at(-1) ?? 0).padStart(9),
  ]
  console.log(`${title.padEnd(44)}${cells.join('')}`)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
