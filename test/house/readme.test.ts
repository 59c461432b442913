// Runs the commands and programs of README.md, docs/tour.md and docs/client.md as a reader would copy them. Only the
// address of the service and the places of the package are replaced.
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
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')

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
  assert.equal(stdout, 'catalog.json is a valid catalog.\n')
})

test('The commands of the short tour in the README print what it says', { timeout: 60_000 }, async (t) => {
  if (spawnSync('curl', ['--version']).status !== 0) return t.skip('curl is not installed')
  const { folder, url } = await startDemo(t)
  const commands = blocks(readme, 'sh').find((block) => block.startsWith('api=')) ?? ''
  const { stdout } = await runShell(commands.replace('http://127.0.0.1:5337', url), folder)
  const statuses = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line).status)
  assert.deepEqual(statuses, ['ENABLING', 'ENABLED'])
})

test('The commands of docs/tour.md print what it says', { timeout: 60_000 }, async (t) => {
  if (spawnSync('curl', ['--version']).status !== 0) return t.skip('curl is not installed')
  const { folder, url } = await startDemo(t)
  const commands = blocks(readFileSync(path.join(root, 'docs/tour.md'), 'utf8'), 'sh').join('')
  assert.ok(commands.includes('api=http://127.0.0.1:5337\n'), 'the tour names the address once')
  const { stdout } = await runShell(commands.replace('http://127.0.0.1:5337', url), folder)

  const answers = stdout.split('\n').filter((line) => /^(\{|HTTP)/.test(line))
  const bodies = answers.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  const statuses = answers.filter((line) => line.startsWith('HTTP')).map((line) => line.split(' ')[1])
  assert.deepEqual(statuses, ['202', '204', '404', '204'])
  assert.deepEqual(
    bodies.slice(0, 2).map((body) => body.status),
    ['ENABLING', 'ENABLED'],
  )
  const [secondPage, linked, notFound, assigned, enabled, refused, log] = bodies.slice(13)
  assert.deepEqual(secondPage.paginationContext, {})
  assert.equal(secondPage.items.length, 2)
  assert.equal(linked.accountLink.status, 'LINKED')
  assert.equal(notFound.type, 'NOT_FOUND')
  assert.deepEqual([assigned.principalId, assigned.propagate], ['amzn1.account.DEMONORA', true])
  assert.deepEqual([enabled.status, refused.type], ['ENABLING', 'FORBIDDEN'])
  assert.ok(log.items.some((entry: { operation: string }) => entry.operation === 'disable'))
})

test('The program of the README enables a skill', { timeout: 60_000 }, async (t) => {
  const { stdout } = await runProgram(t, firstBlock('README.md', /startSkillkeeper/))
  assert.equal(stdout, 'ENABLING\n')
})

test('The program in docs/client.md that enables many units accepts them all', {
  timeout: 60_000,
}, async (t) => {
  const { url } = await startDemo(t)
  const { stdout } = await runProgram(t, manyUnits(url))
  assert.equal(stdout.trim(), '2 [] []')
})

test('The program in docs/client.md that enables many units reports what failed, and does not wait then', {
  timeout: 60_000,
}, async (t) => {
  const { stdout, stderr } = await runProgram(t, manyUnits('http://127.0.0.1:1'))
  assert.equal(stdout.split(' ')[0], '0')
  assert.equal(stderr.match(/^amzn1\.alexa\.unit\.did\.ROOM10[12] No complete response arrived/gm)?.length, 2)
})

test('The commands of the README for the command line print what it says', {
  timeout: 60_000,
}, async (t) => {
  const { folder, url } = await startDemo(t)
  const inClone = 'clone=$PWD\n'
  const commands = blocks(readme, 'sh').find((block) => block.startsWith(inClone)) ?? ''
  const { stdout } = await runShell(commands.replace(inClone, `clone='${root}'\n`), folder, {
    SKILLKEEPER_ENDPOINT: url,
  })
  assert.match(
    stdout,
    /^ENABLED +live +NOT_LINKED +amzn1\.ask\.skill\.3b1b6d5e-0000-4000-8000-000000000001$/m,
  )
})

/** The blocks of code of a document in one language. */
function blocks(document: string, language: 'sh' | 'ts'): string[] {
  return [...document.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, name]) => name === language)
    .map(([, , code = '']) => code)
}

function firstBlock(file: string, pattern: RegExp): string {
  const found = blocks(readFileSync(path.join(root, file), 'utf8'), 'ts').find((block) => pattern.test(block))
  return found ?? assert.fail(`${file} has no program with ${pattern}`)
}

/** The program of docs/client.md for many units, as a whole program. */
function manyUnits(endpoint: string): string {
  return `import { SkillsClient } from 'skillkeeper/client'
const credentials = { clientId: 'amzn1.application-oa2-client.demo', clientSecret: 'demo-secret' }
const client = new SkillsClient({ endpoint: '${endpoint}', credentials })
${firstBlock('docs/client.md', /failures/)}
console.log(accepted, refusals, failures)`
}

/** Starts a service with the demo catalog, whose data folder is where the commands look for it. */
async function startDemo(t: TestContext): Promise<{ folder: string; url: string }> {
  const folder = temporaryFolder(t)
  const service = await startSkillkeeper({
    port: 0,
    data: path.join(folder, 'skillkeeper-data'),
    logLevel: 'silent',
  })
  t.after(() => service.stop())
  return { folder, url: service.url }
}

async function runShell(commands: string, folder: string, variables: Record<string, string> = {}) {
  return await run('bash', ['-eu', '-c', commands], {
    cwd: folder,
    env: {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
      HOME: folder,
      ...variables,
    },
  })
}

/** Runs a program that imports the package. */
async function runProgram(t: TestContext, program: string) {
  const runnable = program
    .replace("from 'skillkeeper'", `from '${path.join(root, 'src/app/index.ts')}'`)
    .replace("from 'skillkeeper/client'", `from '${path.join(root, 'src/client/index.ts')}'`)
    .replace("data: ':memory:'", "data: ':memory:', logLevel: 'silent'")
  const folder = temporaryFolder(t)
  const file = path.join(folder, 'program.ts')
  writeFileSync(file, runnable)
  return await run(process.execPath, [file], { env: { HOME: folder } })
}
