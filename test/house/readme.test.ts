// The commands of the README, run as they stand, as a newcomer would: only the address is another one.
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startSkillkeeper } from '../../src/app/index.ts'
import { temporaryFolder } from '../support/program.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')

test('npm start ends with the process that the shell knows, and npm run finds the files of whoever calls it', {
  timeout: 60_000,
}, async (t) => {
  const environment = { PATH: process.env.PATH, HOME: temporaryFolder(t) }
  const npm = spawn('npm', ['start', '--', '--port', '0', '--data', ':memory:'], {
    cwd: root,
    env: environment,
  })
  t.after(() => npm.kill('SIGKILL'))
  let output = ''
  for await (const chunk of npm.stdout) {
    output += chunk
    // The output ends when nothing is left that could write to it: neither npm nor its shell nor the service.
    if (/^Skillkeeper is ready at /m.test(output)) npm.kill('SIGTERM')
  }
  assert.match(output, /^Skillkeeper is ready at http:\/\/127\.0\.0\.1:\d+$/m)

  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'catalog.json'), '{"skills": []}')
  const { stdout } = await run(
    'npm',
    ['--prefix', root, 'run', '--silent', 'skillkeeper', '--', 'catalog', 'check', 'catalog.json'],
    { cwd: folder, env: environment },
  )
  assert.equal(stdout, 'catalog.json is a good catalog.\n')
})

test('The commands of the README do what it says', { timeout: 60_000 }, async (t) => {
  if (spawnSync('curl', ['--version']).status !== 0) return t.skip('curl is not installed')
  const folder = temporaryFolder(t)
  const service = await startSkillkeeper({
    port: 0,
    data: path.join(folder, 'skillkeeper-data'),
    logLevel: 'silent',
  })
  t.after(() => service.stop())

  const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)][1]?.[1] ?? ''
  assert.ok(commands.includes('api=http://127.0.0.1:5337\n'), 'the second block of the README is the trial')
  const { stdout } = await run(
    'bash',
    ['-eu', '-c', commands.replace('http://127.0.0.1:5337', service.url)],
    {
      cwd: folder,
      env: { PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`, HOME: folder },
    },
  )

  const answers = stdout.split('\n').filter((line) => /^(\{|HTTP)/.test(line))
  const bodies = answers.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  const statuses = answers.filter((line) => line.startsWith('HTTP')).map((line) => line.split(' ')[1])
  assert.deepEqual(statuses, ['202', '204', '404'])
  assert.deepEqual(
    bodies.slice(0, 2).map((body) => body.status),
    ['ENABLING', 'ENABLED'],
  )
  const [secondPage, linked, notFound, log] = bodies.slice(13)
  assert.deepEqual(secondPage.paginationContext, {})
  assert.equal(secondPage.items.length, 2)
  assert.equal(linked.accountLink.status, 'LINKED')
  assert.equal(notFound.type, 'NOT_FOUND')
  assert.ok(log.items.some((entry: { operation: string }) => entry.operation === 'disable'))
})

test('The program of the README does what it says', { timeout: 60_000 }, async (t) => {
  const { stdout } = await runProgram(
    t,
    (program) => `${program}\nconsole.log(accepted, refusals, failures)\n`,
  )
  assert.equal(stdout.trim(), '2 [] []')
})

test('The program of the README tells what failed, and waits for nothing then', {
  timeout: 60_000,
}, async (t) => {
  const { stdout, stderr } = await runProgram(t, (program) => {
    const withoutService = program.replace('endpoint: service.url', "endpoint: 'http://127.0.0.1:1'")
    return `${withoutService}\nconsole.log(accepted)\n`
  })
  assert.equal(stdout.trim(), '0')
  assert.equal(stderr.match(/^amzn1\.alexa\.unit\.did\.ROOM10[12] No whole answer came/gm)?.length, 2)
})

/** Runs the program of the README as `change` leaves it. */
async function runProgram(t: TestContext, change: (program: string) => string) {
  const program = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const source = fileURLToPath(new URL('../../src/app/index.ts', import.meta.url))
  const client = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url))
  const told = program
    .replace("from 'skillkeeper'", `from '${source}'`)
    .replace("from 'skillkeeper/client'", `from '${client}'`)
    .replace("data: ':memory:'", "data: ':memory:', logLevel: 'silent'")
  const folder = temporaryFolder(t)
  const file = path.join(folder, 'program.ts')
  writeFileSync(file, change(told))
  return await run(process.execPath, [file], { env: { HOME: folder } })
}

test('The commands of the README for the command line do what it says', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t)
  const service = await startSkillkeeper({
    port: 0,
    data: path.join(folder, 'skillkeeper-data'),
    logLevel: 'silent',
  })
  t.after(() => service.stop())
  const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)][2]?.[1] ?? ''
  const inClone = 'clone=$PWD\n'
  assert.ok(commands.startsWith(inClone), 'the third block of the README is for the command line')
  const { stdout } = await run('bash', ['-eu', '-c', commands.replace(inClone, `clone='${root}'\n`)], {
    cwd: folder,
    env: {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
      HOME: folder,
      SKILLKEEPER_ENDPOINT: service.url,
    },
  })
  assert.match(
    stdout,
    /^ENABLED +live +NOT_LINKED +amzn1\.ask\.skill\.3b1b6d5e-0000-4000-8000-000000000001$/m,
  )
})
