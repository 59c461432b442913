// Kills the service during writes, many times on one data folder, and reports what was lost. The exit code is 1 if anything
// was lost.
//
//   npm run prove:crash            200 kills, or the number in SKILLKEEPER_KILLS
//   npm run prove:crash -- 1000    1000 kills
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type CrashReport, crashRounds } from '../test/support/crash-rounds.ts'

const kills = Number(process.argv[2] ?? process.env.SKILLKEEPER_KILLS ?? 200)
const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-crash-'))
const ends: (() => unknown)[] = []

try {
  const report = await crashRounds({ after: (end) => ends.push(end) }, folder, kills, tellProgress)
  tell(report)
} finally {
  for (const end of ends) await end()
  rmSync(folder, { recursive: true, force: true })
}

function tellProgress(report: CrashReport): void {
  if (!process.stdout.isTTY) return
  process.stdout.write(`\r${report.kills} of ${kills} kills, ${report.acknowledged} writes acknowledged`)
}

function tell(report: CrashReport): void {
  const again = report.readyMs.slice(1).sort((a, b) => a - b)
  const rows: [string, number][] = [
    ['kills', report.kills],
    ['writes acknowledged', report.acknowledged],
    ['of them lost', report.lost.length],
    ['writes under way at a kill', report.unanswered],
    ['of them there afterwards', report.unansweredThatStand],
    ['half batches', report.halfBatches.length],
    ['records found ENABLING at a start', report.foundEnabling],
    ['of them never ENABLED', report.neverEnabled.length],
    ['ready again, median ms', again[again.length >> 1] ?? 0],
    ['ready again, worst ms', again.at(-1) ?? 0],
  ]
  console.log('')
  for (const [name, value] of rows) console.log(`${name.padEnd(36)}${String(Math.round(value)).padStart(10)}`)
  const faults = [...report.lost, ...report.halfBatches, ...report.neverEnabled]
  for (const fault of faults) console.log(fault)
  if (faults.length > 0) process.exitCode = 1
}
