// Runs the tests: each test file in a process of its own, and several files at a time. A file also fails if it runs no test,
// or if its process dies or does not end.
//
// A test file runs in up to three places:
//   - embedded: a service on the embedded engine. Every file runs here.
//   - postgres: a service on PostgreSQL. The files that test what a client sees run here, too.
//   - world: a world of a service with test controls, through the path of that world. The same files can run here, in a data
//     folder where the test has one. `npm test` runs those of a few folders, since the two other places test the same rules.
// SKILLKEEPER_TEST_ENGINE names a place, and limits the run to all files that can run there.
//
// What a world cannot show:
//   - kills: a test that kills a service starts the program, of which the test controls are no part;
//   - TLS, HTTP/2 and the flags of the command line: they belong to the server, and their tests start one of their own. That a
//     world is found over them is tested in test/test-controls;
//   - PostgreSQL and several nodes: the test controls refuse both;
//   - upkeep while the clock runs, such as that the operations log is shortened: in a world only an advance starts it. Such tests skip
//     themselves (`hasUpkeep`).
//
//   npm test                          every test
//   npm test -- test/house            the tests whose path contains one of the words; prints the titles of all of them
//   npm test -- --test-concurrency=1  one file at a time
//   npm test -- --test-name-pattern=… any option of the test runner
import { globSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { type EventData, run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { installProgram } from '../test/support/installed-program.ts'
import { startServer } from '../test/support/postgres-server.ts'

/** Where a service of the tests runs. */
type Place = 'embedded' | 'postgres' | 'world'

interface Job {
  readonly file: string
  readonly on: Place
}

// The limits find what never ends. They are long, since a busy machine is no fault of a test.
const oneTestLimitMs = 3 * 60_000
const oneFileLimitMs = 15 * 60_000
/** More would exceed the connections of the one PostgreSQL that the files share. */
const processesMax = 4
/** From so many on, it pays to bundle the program that the files start. */
const filesForBundle = 50
/** Saves each process a part of its start. The command line uses the same folder, where Node puts it without a name. */
const compileCache = path.join(tmpdir(), 'node-compile-cache')
const root = fileURLToPath(new URL('..', import.meta.url))

const args = process.argv.slice(2)
const words = args.filter((arg) => !arg.startsWith('-'))
const concurrency = args.find((arg) => arg.startsWith('--test-concurrency='))
const options = args.filter((arg) => arg.startsWith('-') && arg !== concurrency)
// A test file waits for half of its time.
const processes = Number(concurrency?.split('=')[1] ?? Math.min(2 * availableParallelism(), processesMax))
if (!Number.isInteger(processes) || processes < 1) fail(`${concurrency} is not a number of test files.`)

const { SKILLKEEPER_TEST_ENGINE: only } = process.env
/** The tests of what a client sees: on the embedded engine, on PostgreSQL, and in a world. */
const seenByClients =
  /^test\/((batch|changes|enablements|http|linking|oauth|operator|roles|rooms|sessions|units)\/|bad-days\/(at-once|clocks|odd-text|paging)\.)/
/** The folders with the longest files. They begin first, so that none of them is at work alone in the end. */
const longFirst = ['console', 'storage', 'bad-days', 'nodes', 'house', 'cli', 'operating']
/**
 * More that can run in a world, but would show nothing new on PostgreSQL. Two files of the command line are about the server itself: its
 * scheme, and the console of its default world.
 */
const seenInWorlds = /^test\/(catalog\/|client\/|cli\/(?!messages\.|sessions\.))/
/** The part of them that runs in a world every time. */
const alsoInWorlds = /^test\/(batch|enablements)\//

const all = globSync('test/**/*.test.ts', { cwd: root })
  .sort()
  .sort((a, b) => turn(a) - turn(b))
const chosen = words.length === 0 ? all : all.filter((file) => words.some((word) => file.includes(word)))
const chosenWith = (form: RegExp) => chosen.filter((file) => form.test(file))
const jobs: readonly Job[] = [
  ...jobsOn('embedded', chosen),
  ...jobsOn('postgres', chosenWith(seenByClients)),
  ...(only === 'world'
    ? jobsOn('world', [...chosenWith(seenByClients), ...chosenWith(seenInWorlds)])
    : jobsOn('world', chosenWith(alsoInWorlds))),
]
if (jobs.length === 0)
  fail(`No test file ${words.length === 0 ? 'in test/' : `has ${words.join(' or ')} in its path`}.`)

const startedAt = performance.now()
const total = { tests: 0, passed: 0, failed: 0, skipped: 0 }
const failedFiles: string[] = []
let filesDone = 0
const stopping = new AbortController()
let exitCodeOfStop: number | undefined
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    exitCodeOfStop = exitCode
    // `run` ignores a reason that is not an error.
    stopping.abort(new Error(`The tests were stopped by ${signal}.`))
  })
}

const program = jobs.length >= filesForBundle ? await installProgram() : undefined
// Nothing has to outlive the tests.
const server = jobs.some(({ on }) => on === 'postgres') ? await startServer(['fsync=off']) : undefined
const waiting = jobs.values()
try {
  await Promise.all(Array.from({ length: processes }, runWaiting))
} finally {
  program?.remove()
  await server?.stop()
}
report()
// A process that a test file has left behind may hold a pipe to this one open.
process.exit()

async function runWaiting(): Promise<void> {
  for (const job of waiting) {
    if (stopping.signal.aborted) return
    await runFile(job)
  }
}

async function runFile({ file, on }: Job): Promise<void> {
  const limit = AbortSignal.timeout(oneFileLimitMs)
  const events = run({
    files: [file],
    cwd: root,
    timeout: oneTestLimitMs,
    execArgv: options,
    env: {
      NODE_COMPILE_CACHE: compileCache,
      ...process.env,
      ...(program && { SKILLKEEPER_TEST_PROGRAM: program.file }),
      ...(server && { SKILLKEEPER_TEST_POSTGRES: server.url }),
      SKILLKEEPER_TEST_ENGINE: on === 'embedded' ? undefined : on,
    },
    signal: AbortSignal.any([stopping.signal, limit]),
  })
  /** The process of the file sums up at its end, then `run` does so with what it has received. */
  const summary: { file?: EventData.TestSummary; run?: EventData.TestSummary } = {}
  let ending = ''
  events.on('test:summary', (one) => {
    summary[one.file === undefined ? 'run' : 'file'] = one
  })
  events.on('test:fail', ({ name, details }) => {
    const { signal, exitCode } = details.error as { signal?: string; exitCode?: number }
    if (name === file && (signal ?? exitCode)) ending = `, its process ended with ${signal ?? exitCode}`
  })
  const shown = events.filter(({ type, data }) => type !== 'test:diagnostic' || data.file !== undefined)
  const output = (await shown.compose(new spec()).toArray()).join('')

  // `run` counts a file without results as one test that passes. Options may leave a file without tests.
  const ranTests = summary.file !== undefined && (summary.file.counts.tests > 0 || options.length > 0)
  const hasPassed = summary.run?.success === true && ranTests
  if (summary.run?.success && !ranTests) ending = ', it ran no test, or its process ended early'
  if (limit.aborted) ending = `, it did not end within ${oneFileLimitMs / 60_000} minutes`
  const counted = hasPassed ? summary.file : summary.run?.success ? undefined : summary.run
  const { tests, passed, skipped, todo } = counted?.counts ?? { tests: 1, passed: 0, skipped: 0, todo: 0 }
  total.tests += tests
  total.passed += passed
  total.skipped += skipped + todo
  total.failed += tests - passed - skipped - todo
  filesDone += 1
  const name = `${file}${{ embedded: '', postgres: ' on PostgreSQL', world: ' in a world' }[on]}`
  if (!hasPassed) failedFiles.push(name)
  const place = `${filesDone}/${jobs.length}`.padStart(2 * String(jobs.length).length + 1)
  const seconds = ((summary.run?.duration_ms ?? 0) / 1000).toFixed(1)
  console.log(`${place} ${hasPassed ? '✔' : '✖'} ${name}: ${tests} tests, ${seconds} s${ending}`)
  if (!hasPassed || words.length > 0) process.stdout.write(output)
}

/** Which files begin before others: those of the folders with long ones, in the order of these folders. */
function turn(file: string): number {
  const place = longFirst.indexOf(file.split(/[\\/]/)[1] ?? '')
  return place < 0 ? longFirst.length : place
}

/** SKILLKEEPER_TEST_ENGINE limits the run to one place. */
function jobsOn(on: Place, files: readonly string[]): Job[] {
  return !only || only === on ? files.map((file) => ({ file, on })) : []
}

function report(): void {
  const { tests, passed, failed, skipped } = total
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(
    `\nFiles: ${filesDone} of ${jobs.length}, ${failedFiles.length} failed. ` +
      `Tests: ${tests}, ${passed} passed, ${failed} failed, ${skipped} skipped. Time: ${seconds} s.`,
  )
  for (const name of failedFiles) console.log(`✖ ${name}`)
  if (tests === 0) console.error('No test ran.')
  process.exitCode = exitCodeOfStop ?? (failedFiles.length > 0 || tests === 0 ? 1 : 0)
}

function fail(reason: string): never {
  console.error(reason)
  process.exit(1)
}
