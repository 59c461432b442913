/** A service with test controls in another process: by its address, in a container, in a job of GitHub Actions. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { environmentName, settingName } from '../../src/app/settings/setting.ts'
import { settingKeys } from '../../src/app/settings/settings.ts'
import { connectTestService } from '../../src/testing/index.ts'
import { listen } from '../support/listen.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'
import { controlError, enableRequest, room, scenario, startDouble, target } from '../support/test-worlds.ts'
import { readTestingGuide } from '../support/testing-guide.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const source = new URL('../../scripts/client-source.js', import.meta.url).href
const token = 'a-token-for-tests'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly if?: string
  readonly with?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

interface Action {
  readonly inputs: Readonly<Record<string, object>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

const action: Action = parse(readFileSync(path.join(root, 'deploy/github-action/action.yml'), 'utf8'))

describe('A service with test controls that runs elsewhere', { concurrency: 2 }, () => {
  test('is used from another process by the environment, and does not stop with it', async (t) => {
    const service = await startDouble(t)
    const folder = temporaryFolder(t)
    const program = path.join(folder, 'program.mjs')
    writeFileSync(
      program,
      `import { connectTestService } from 'skillkeeper/testing'
       await using service = await connectTestService()
       const world = await service.world({ id: 'elsewhere' })
       const target = ${JSON.stringify(enableRequest)}
       await world.client({ sleep: 'advance' }).enable(target)
       console.log(world.url)`,
    )
    const env = {
      PATH: process.env.PATH,
      SKILLKEEPER_ENDPOINT: `${service.url}/`,
      SKILLKEEPER_OPERATOR_TOKEN: service.token,
    }
    const child = runNode(['--import', source, program], env)
    assert.equal(await child.exitCode, 0, child.output())
    assert.equal(child.output(), `${service.url}/_world/elsewhere\n`)
    const here = await connectTestService(`${service.url}//`, service.token)
    await using copy = await here.world({ from: { id: 'elsewhere', clock: {} } as never })
    assert.ok(await copy.enablement(room, target.skillId))
    await here.stop()
    await using again = await service.world()
    assert.ok(again.id)
  })

  test('is not connected to if nothing answers, the token is wrong, or it has no test controls', async (t) => {
    const service = await startDouble(t)
    const plain = runProgram(t, ['serve', '--data', ':memory:', '--log-level', 'silent'], {
      env: { SKILLKEEPER_OPERATOR_TOKEN: token },
    })
    const closed = await listen(() => () => {})
    await closed.stop()
    const page = await listen(() => (_, response) => void response.end('<html>'))
    t.after(() => page.stop())
    const wrong: [string, string, RegExp][] = [
      [closed.url, token, /got no response: /],
      [service.url, 'not-the-right-token', /operator's token/],
      [await plain.url, token, /has no test controls\. Start it with --test-controls\.$/],
      [page.url, token, /status 200, and no answer of Skillkeeper/],
      ['nowhere', token, /^nowhere is not the address of a service\.$/],
      ['', token, /^Which service\?.*SKILLKEEPER_ENDPOINT and SKILLKEEPER_OPERATOR_TOKEN/],
    ]
    for (const [url, key, reason] of wrong)
      assert.match((await controlError(connectTestService(url, key))).message, reason)
  })

  test('has the paths that docs/testing.md names', async (t) => {
    const service = await startDouble(t)
    const guide = readFileSync(path.join(root, 'docs/testing.md'), 'utf8')
    const rows = [...guide.matchAll(/^\| (`\/.*`) \| ([A-Z].*) \|$/gm)]
    const calls = rows.flatMap(([, paths = '', methods = '']) => {
      const columns = methods.split('; ')
      return paths.split(', ').flatMap((text, index) => {
        const of = columns[index] ?? columns[0] ?? ''
        return of.split(', ').map((method) => ({ method, path: text.replaceAll('`', '') }))
      })
    })
    assert.ok(calls.length > 25)
    for (const { method, path } of calls) {
      const headers = { authorization: `Bearer ${service.token}`, accept: '*/*' }
      const url = `${service.url}/_skillkeeper/test${path.replace('ID', 'none')}`
      const controller = new AbortController()
      const answer = await fetch(url, { method, headers, signal: controller.signal })
      const text = path.endsWith('/stream') ? '' : await answer.text()
      controller.abort()
      assert.ok(answer.status !== 405 && !text.includes('nothing at this path'), `${method} ${path}: ${text}`)
    }
  })

  test('runs with the variables that docs/testing.md gives a container', async (t) => {
    const guide = readTestingGuide()
    const codeOf = (purpose: string) => guide.find((block) => block.purpose === purpose)?.code ?? ''
    const given = Object.fromEntries(
      [...codeOf('container').matchAll(/-e (\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
    )
    const workflow = parse(codeOf('workflow'))
    assert.deepEqual(workflow.jobs.test.services.skillkeeper.env, given)
    const known = new Set(settingKeys.map(settingName).map(environmentName))
    assert.deepEqual(
      Object.keys(given).filter((name) => !known.has(name)),
      [],
    )
    for (const name of Object.keys(given)) assert.ok(codeOf('testcontainers').includes(name), name)
    assert.ok(codeOf('testcontainers').trim().split('\n').length <= 10)
    const step = workflow.jobs.test.steps.find(({ with: inputs }: Step) => inputs?.['run'] !== undefined)
    for (const input of Object.keys(step.with)) assert.ok(input in action.inputs, input)

    // The image sets the address; its command is `serve`.
    const env = { ...given, SKILLKEEPER_HOST: '0.0.0.0', SKILLKEEPER_LOG_LEVEL: 'silent' }
    const url = (await runProgram(t, ['serve'], { env }).url).replace('0.0.0.0', '127.0.0.1')
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
    const service = await connectTestService(url, token)
    await using world = await service.world({ catalog: scenario })
    await world.client().enable(enableRequest)
    await using demo = await service.world()
    await demo.client().list({ unitId: 'amzn1.alexa.unit.did.ROOM101' })
  })

  test('is started by the action, whose journals are kept if the tests fail', async (t) => {
    if (spawnSync('curl', ['--version']).status !== 0) return t.skip('curl is not installed')
    const job = startJob(t)
    const [begin, tests, collect, upload] = action.runs.steps
    assert.equal(action.runs.using, 'composite')
    assert.deepEqual([collect?.if, upload?.if], ['failure()', 'failure()'])
    assert.match(upload?.uses ?? '', /^actions\/upload-artifact@v\d+$/)
    const free = await listen(() => () => {})
    await free.stop()
    const begun = await job.run(begin, { url: '', token: '', port: new URL(free.url).port, run: '' })
    assert.equal(begun.exitCode, 0, begun.output)
    const pid = Number(job.read('skillkeeper.pid'))
    t.after(() => process.kill(pid))
    const { SKILLKEEPER_ENDPOINT: url, SKILLKEEPER_OPERATOR_TOKEN: secret } = job.variables()
    assert.equal(url, free.url)
    assert.ok(begun.output.includes(`::add-mask::${secret}`))

    const failing = `node --import ${source} -e "
      import { connectTestService } from 'skillkeeper/testing'
      await using world = await (await connectTestService()).world({ id: 'failed' })
      await world.client().list({ unitId: 'amzn1.alexa.unit.did.ROOM101' })
      process.exitCode = 3"`
    assert.equal((await job.run(tests, { run: failing })).exitCode, 3)
    const collected = await job.run(collect, {})
    assert.equal(collected.exitCode, 0, collected.output)
    assert.deepEqual(readdirSync(path.join(job.folder, 'skillkeeper-journals')).sort(), [
      'default.json',
      'failed.json',
    ])
    const [entry] = JSON.parse(job.read('skillkeeper-journals/failed.json'))
    assert.equal(entry.operation, 'list')
    assert.match(upload?.with?.['path'] ?? '', /^\$\{\{ runner\.temp \}\}\/skillkeeper-journals$/)
  })

  test('is awaited by the action, which reports one that does not come', async (t) => {
    if (spawnSync('curl', ['--version']).status !== 0) return t.skip('curl is not installed')
    const service = await startDouble(t)
    const job = startJob(t)
    const [begin] = action.runs.steps
    const begun = await job.run(begin, { url: service.url, token: service.token, port: '1' })
    assert.equal(begun.exitCode, 0, begun.output)
    assert.deepEqual(job.variables(), {
      SKILLKEEPER_ENDPOINT: service.url,
      SKILLKEEPER_OPERATOR_TOKEN: service.token,
      SKILLKEEPER_KEEP_WORLDS: 'true',
    })
    assert.ok(!existsSync(path.join(job.folder, 'skillkeeper.pid')))
    const impatient = { run: begin?.run?.replace('--retry 60', '--retry 0') ?? '' }
    const none = await job.run({ ...begin, ...impatient }, { url: 'http://127.0.0.1:1', token, port: '1' })
    assert.equal(none.exitCode, 1)
    assert.match(none.output, /::error::Skillkeeper is not ready at http:\/\/127\.0\.0\.1:1\./)
  })
})

/** A job of GitHub Actions: its folder, and what runs a step of the action with inputs. `npx` runs this repository. */
function startJob(t: TestContext) {
  const folder = temporaryFolder(t)
  const programs = path.join(folder, 'programs')
  mkdirSync(programs)
  const npx = path.join(programs, 'npx')
  writeFileSync(npx, `#!/bin/sh\nshift 2\nexec '${process.execPath}' '${root}bin/skillkeeper.js' "$@"\n`)
  chmodSync(npx, 0o755)
  const outcome = path.join(folder, 'github-env')
  writeFileSync(outcome, '')
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8')
  const variables = (): Record<string, string> =>
    Object.fromEntries(
      read('github-env')
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('=')),
    )
  async function run(step: Step | undefined, inputs: Readonly<Record<string, string>>) {
    assert.ok(step?.run)
    const own = Object.entries(step.env ?? {}).map(([name, value]) => {
      const input = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value)?.[1]
      assert.ok(input !== undefined && input in action.inputs, value)
      return [name, inputs[input] ?? '']
    })
    const env = {
      PATH: [programs, path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
      HOME: folder,
      RUNNER_TEMP: folder,
      GITHUB_ENV: outcome,
      ...variables(),
      ...Object.fromEntries(own),
    }
    // As GitHub runs `shell: bash`.
    const script = path.join(folder, 'step.sh')
    writeFileSync(script, step.run)
    const child = runNode(['--noprofile', '--norc', '-eo', 'pipefail', script], env, 'bash', folder)
    return { exitCode: await child.exitCode, output: child.output() }
  }
  return { folder, run, read, variables }
}

/** Runs a program to the end of its process, whatever its own children do with its output. */
function runNode(args: readonly string[], env: NodeJS.ProcessEnv, command = process.execPath, cwd?: string) {
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  return { exitCode: once(child, 'close').then(([code]) => code), output: () => output }
}
