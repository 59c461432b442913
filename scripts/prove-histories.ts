// Plays random histories of requests by two clients, some of them concurrent, over restarts, and compares each response with
// a model. If they differ, it prints the shortest such history and exits with 1.
//
//   npm run prove:histories            10,000 histories
//   npm run prove:histories -- 500     500 histories
//   npm run prove:histories -- 500 7   500 histories from the seed 7, which a failure prints
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { proveHistories } from '../test/support/histories/prove.ts'

const histories = Number(process.argv[2] ?? 10_000)
const seed = process.argv[3] === undefined ? {} : { seed: Number(process.argv[3]) }
const data = mkdtempSync(path.join(tmpdir(), 'skillkeeper-histories-'))
const ends: (() => unknown)[] = []
const startedAt = performance.now()

try {
  const owner = { after: (end: () => unknown) => void ends.push(end) }
  const report = await proveHistories(owner, { histories, data, ...seed, tell: tellProgress })
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`\n${report.histories} histories in ${seconds} s: no divergence`)
  console.log(`${report.requests} requests, ${report.pairs} pairs at once, ${report.restarts} restarts`)
} catch (error) {
  console.error(`\n${error instanceof Error ? `${error.message}\n\n${error.cause ?? ''}` : error}`)
  process.exitCode = 1
} finally {
  for (const end of ends.reverse()) await end()
  rmSync(data, { recursive: true, force: true })
}

function tellProgress(played: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${played} of ${histories} histories`)
}
