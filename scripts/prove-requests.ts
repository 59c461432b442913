// Sends generated requests, valid and invalid ones, for every operation of the OpenAPI document, and reports the responses.
// If a response is 5xx or not as documented, it prints the request and exits with 1.
//
//   npm run prove:requests              100,000 requests
//   npm run prove:requests -- 5000      5000 requests
//   npm run prove:requests -- 5000 7    5000 requests from the seed 7, which a failure prints
import { proveRequests } from '../test/support/requests/prove.ts'

const requests = Number(process.argv[2] ?? 100_000)
const seed = process.argv[3] === undefined ? {} : { seed: Number(process.argv[3]) }
const ends: (() => unknown)[] = []
const startedAt = performance.now()

try {
  const owner = { after: (end: () => unknown) => void ends.push(end) }
  const report = await proveRequests(owner, { requests, ...seed, tell: tellProgress })
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`\n${report.requests} requests in ${seconds} s: none with 5xx, all answered as documented`)
  for (const [operationId, counts] of [...report.statuses].sort()) {
    const statuses = [...counts].sort().map(([status, count]) => `${status}: ${count}`)
    console.log(`${operationId.padEnd(24)}${statuses.join('  ')}`)
  }
} catch (error) {
  console.error(`\n${error instanceof Error ? `${error.message}\n\n${error.cause ?? ''}` : error}`)
  process.exitCode = 1
} finally {
  for (const end of ends.reverse()) await end()
}

function tellProgress(sent: number): void {
  if (process.stdout.isTTY && sent % 100 === 0) process.stdout.write(`\r${sent} of ${requests} requests`)
}
