// Runs the tests, all in one process. In contrast to `node --test` it fails if a pattern matches no file, and if the process
// does not end because a test left something open. Tests of the behaviour that a client sees run twice, on the embedded
// engine and on PostgreSQL; SKILLKEEPER_TEST_ENGINE=postgres runs only the second.
//
//   npm test                          every test
//   npm test -- test/house            the tests whose path contains one of the words
//   npm test -- --test-name-pattern=… any option of the test runner
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const limitMs = 20 * 60_000
const oneTestLimitMs = 60_000
const root = fileURLToPath(new URL('..', import.meta.url))

const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-'))
const words = args.filter((arg) => !arg.startsWith('-'))

const all = globSync('test/**/*.test.ts', { cwd: root }).sort()
const chosen = words.length === 0 ? all : all.filter((file) => words.some((word) => file.includes(word)))
if (chosen.length === 0) {
  console.error(`No test file ${words.length === 0 ? 'in test/' : `has ${words.join(' or ')} in its path`}.`)
  process.exit(1)
}

/** The tests that run on both engines. */
const onBothEngines =
  /^test\/((batch|enablements|http|linking|oauth|operator|units)\/|bad-days\/(at-once|clocks|odd-text|paging)\.)/

process.exitCode = await run(chosen, {})
const again = chosen.filter((file) => onBothEngines.test(file))
if (process.exitCode === 0 && again.length > 0 && !process.env.SKILLKEEPER_TEST_ENGINE) {
  console.log('\nThe tests of what a client can see, once more on PostgreSQL:\n')
  process.exitCode = await run(again, { SKILLKEEPER_TEST_ENGINE: 'postgres' })
}

function run(files: readonly string[], variables: Readonly<Record<string, string>>): Promise<number> {
  const fixed = [
    '--test',
    '--test-isolation=none',
    '--test-reporter=spec',
    `--test-timeout=${oneTestLimitMs}`,
  ]
  const child = spawn(process.execPath, [...fixed, ...options, ...files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  })
  const watchdog = setTimeout(() => {
    console.error(`The tests did not end within ${limitMs / 60_000} minutes: something was left open.`)
    child.kill('SIGKILL')
  }, limitMs)
  // A signal to this program stops the tests.
  const stop = (signal: NodeJS.Signals) => void child.kill(signal)
  process.on('SIGTERM', stop)
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      process.off('SIGTERM', stop)
      clearTimeout(watchdog)
      resolve(code ?? 1)
    })
  })
}
