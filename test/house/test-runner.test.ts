// `npm test` in a folder of its own: what it reports of files that pass, that fail, and that do not come to their end.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const passes = `test('passes', () => {}); test('is skipped', (t) => t.skip())`

test('A run of test files that pass ends with 0 and adds up their tests', async (t) => {
  const { ended, output } = runTests(t, { one: passes, two: passes, other: passes }, ['one', 'two'])
  assert.equal(await ended, 0, output())
  assert.match(output(), /2\/2 ✔/)
  assert.match(output(), /✔ passes .*\n﹣ is skipped/)
  assert.match(output(), /Files: 2 of 2, 0 failed\. Tests: 4, 2 passed, 0 failed, 2 skipped\./)
})

test('A test file fails if a test fails, if it runs none, or if its process dies or ends early', async (t) => {
  const { ended, output } = runTests(t, {
    dies: `${passes}; test('dies', () => process.kill(process.pid, 'SIGKILL'))`,
    early: `${passes}; test('ends', () => process.exit(0))`,
    empty: '',
    hook: `${passes}; after(() => assert.fail('too late'))`,
    loads: `throw new Error('does not load')`,
    passes,
    wrong: `${passes}; test('is wrong', () => assert.equal(1, 2))`,
  })
  assert.equal(await ended, 1, output())
  const [, counts = '', failed = ''] = output().split(/(Files: .*)\n(?=✖)/)
  assert.deepEqual(
    failed.trim().split('\n').sort(),
    ['dies', 'early', 'empty', 'hook', 'loads', 'wrong'].map((name) => `✖ test/${name}.test.ts`),
  )
  const [files, all, failedFiles, tests, ...parts] = [...counts.matchAll(/\d+/g)].map(Number)
  assert.deepEqual([files, all, failedFiles], [7, 7, 6])
  assert.equal(
    tests,
    parts.slice(0, 3).reduce((sum, count) => sum + count),
    counts,
  )
  for (const shown of [
    /dies\.test\.ts: .*its process ended with SIGKILL/,
    /1 !== 2/,
    /too late/,
    /does not load/,
  ])
    assert.match(output(), shown)
})

test('A run in which no test ran fails', async (t) => {
  for (const args of [['nowhere'], ['--test-name-pattern=nothing'], ['--test-concurrency=none']]) {
    const { ended, output } = runTests(t, { passes }, args)
    assert.equal(await ended, 1, output())
  }
})

test('A signal to the run ends the processes of the test files, and the run by its number', async (t) => {
  const port = await freePort()
  const running = createServer().listen(port, '127.0.0.1')
  t.after(() => running.close())
  const connects = `connect(${port}, '127.0.0.1'); test('waits', () => new Promise(() => {}))`
  const { ended, output, stop } = runTests(t, {
    waits: `import { connect } from 'node:net'; ${connects}`,
    passes,
  })
  const [connection]: Socket[] = await once(running, 'connection')
  stop()
  assert.equal(await ended, 143, output())
  connection?.resume()
  if (connection && !connection.closed) await once(connection, 'close')
  assert.match(output(), /✖ test\/waits\.test\.ts/)
})

test('A signal ends the run even if a process that a test file has started keeps its output open', async (t) => {
  const port = await freePort()
  const running = createServer().listen(port, '127.0.0.1')
  t.after(() => running.close())
  const program = `require('node:net').connect(${port}, '127.0.0.1')`
  const { ended, output, stop } = runTests(t, {
    leaves: `
      import { spawn } from 'node:child_process'
      spawn(process.execPath, ['-e', ${JSON.stringify(program)}], { stdio: ['ignore', 'inherit', 'ignore'] })
      test('waits', () => new Promise(() => {}))`,
  })
  const [connection]: Socket[] = await once(running, 'connection')
  // The process ends with its connection.
  t.after(() => connection?.destroy())
  stop()
  assert.equal(await ended, 143, output())
})

/** Runs the tests of a folder that has these files, by their names. */
function runTests(t: TestContext, files: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const folder = temporaryFolder(t)
  for (const name of ['scripts', 'test']) mkdirSync(path.join(folder, name))
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}')
  copyFileSync(path.join(root, 'scripts/test.ts'), path.join(folder, 'scripts/test.ts'))
  symlinkSync(path.join(root, 'test/support'), path.join(folder, 'test/support'))
  const imports = `import assert from 'node:assert/strict'; import { after, test } from 'node:test'; `
  for (const [name, program] of Object.entries(files))
    writeFileSync(path.join(folder, `test/${name}.test.ts`), program === '' ? '' : imports + program)
  const { NODE_TEST_CONTEXT: _, SKILLKEEPER_TEST_ENGINE: __, ...env } = process.env
  const child = spawn(process.execPath, [path.join(folder, 'scripts/test.ts'), ...args], { env })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return { ended, output: () => output, stop: () => void child.kill('SIGTERM') }
}
