/** `skillkeeper test …` against a service that runs with test controls in a process of its own. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connectTestService, type TestService, type World } from '../../src/testing/index.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'
import { enableRequest, newYear, otherRoom, room, scenario, target } from '../support/test-worlds.ts'

const operatorToken = 'the-token-of-the-operator'

describe('The command line, for a service with test controls,', { concurrency: 2 }, () => {
  let service: TestService
  const stops: (() => unknown)[] = []

  before(async () => {
    const owner = { after: (stop: () => unknown) => void stops.push(stop) }
    const program = runProgram(owner, ['serve', '--test-controls', '--log-level', 'silent'], {
      env: { SKILLKEEPER_OPERATOR_TOKEN: operatorToken },
    })
    service = await connectTestService(await program.url, operatorToken)
    assert.match(program.stdout(), /^Skillkeeper is ready at \S+ \(test controls\)$/m)
  })
  after(async () => {
    for (const stop of stops.toReversed()) await stop()
  })

  /** Commands that name the world by the environment. */
  async function open(t: TestContext) {
    const world = await service.world({ catalog: scenario, clock: { frozenAt: newYear } })
    t.after(() => world[Symbol.asyncDispose]())
    const { run, runPlain, start, write } = commandsIn(t, service, world)
    return { world, run, runPlain, start, write }
  }

  test('creates, lists and removes worlds', async (t) => {
    const { run, write } = commandsIn(t, service)
    write('catalog.json', scenario.catalog)
    const made = await run('world', 'create', 'made', '--catalog', 'catalog.json', '--frozen-at', newYear)
    assert.equal(made.exitCode, 0, made.stderr)
    assert.match(made.stdout, new RegExp(`made +${service.url}/_world/made`))
    const copy = await run('world', 'create', '--from', 'made', '--port', '0', '--output', 'json')
    const { id, portUrl, settings } = JSON.parse(copy.stdout)
    assert.ok(portUrl.startsWith('http://127.0.0.1:'))
    assert.equal(settings.activationDelayMs, 200)
    const listed = await run('world', 'list', '--output', 'json')
    const ids = JSON.parse(listed.stdout).map((world: { id: string }) => world.id)
    for (const one of ['default', 'made', id]) assert.ok(ids.includes(one), one)
    for (const one of ['made', id]) assert.equal((await run('world', 'remove', one)).exitCode, 0)

    const wrong: [string[], number, RegExp][] = [
      [['world', 'remove', 'made'], 1, /There is no world made/],
      [['world', 'remove', 'default'], 1, /default world cannot be removed/],
      [['world', 'create', 'Made'], 1, /id is missing or invalid/],
      [['world', 'create', '--from', 'a', '--snapshot', 'b'], 2, /exclude each other/],
      [['world', 'create', '--catalog', 'none.json'], 2, /none\.json cannot be read as JSON/],
      [['world', 'create', '--port', '70000'], 2, /--port/],
    ]
    for (const [args, exitCode, reason] of wrong) {
      const refused = await run(...args)
      assert.equal(refused.exitCode, exitCode, args.join(' '))
      assert.match(refused.stderr, reason)
    }
  })

  test('shows and moves the clock of the world that --world or SKILLKEEPER_WORLD names', async (t) => {
    const { world, run } = await open(t)
    await world.client().enable(enableRequest)
    assert.match(
      (await run('clock', 'show')).stdout,
      /2027-01-01T00:00:00\.000Z +frozen +\S+00\.200Z +activate/,
    )
    assert.match((await run('clock', 'advance', 'next')).stdout, /2027-01-01T00:00:00\.200Z/)
    assert.match((await run('clock', 'advance', 'PT1H')).stdout, /2027-01-01T01:00:00\.200Z/)
    assert.match((await run('clock', 'advance', '2027-02-01T00:00:00Z')).stdout, /2027-02-01T00:00:00\.000Z/)
    assert.match(
      (await run('clock', 'run', '--offset', 'P1D', '--rate', '2')).stdout,
      /2027-02-02T\S+ +running/,
    )
    const frozen = await run('clock', 'freeze', '2027-03-01T00:00:00Z', '--output', 'json')
    assert.equal(JSON.parse(frozen.stdout).now, '2027-03-01T00:00:00.000Z')
    assert.equal((await world.clock.now()).getTime(), Date.UTC(2027, 2, 1))
    const back = await run('clock', 'advance', '2027-02-01T00:00:00Z')
    assert.equal(back.exitCode, 1)
    assert.match(back.stderr, /never runs backwards/)
    assert.equal((await run('clock', 'advance', '1h')).exitCode, 1)
    const gone = await run('clock', 'show', '--world', 'gone')
    assert.equal(gone.exitCode, 1)
    assert.match(gone.stderr, /There is no world gone/)
    assert.equal((await run('clock', 'show', '--world', 'No World')).exitCode, 2)
  })

  test('says when enablements become ENABLED, and releases those that are held', async (t) => {
    const { world, run } = await open(t)
    assert.match((await run('activation', 'show')).stdout, /delay +200/)
    assert.match((await run('activation', 'set', '--held')).stdout, /held/)
    await world.client().enable(enableRequest)
    await world.client().enable({ ...enableRequest, unitId: otherRoom })
    assert.match((await run('activation', 'release', '--unit', room)).stderr, /^Released enablements: 1\.$/m)
    assert.equal((await world.enablement(room, target.skillId))?.status, 'ENABLED')
    assert.equal((await world.enablement(otherRoom, target.skillId))?.status, 'ENABLING')
    assert.match((await run('activation', 'set', '--delay', '5')).stdout, /delay +5/)
    assert.match((await run('activation', 'set', '--reads', '2')).stdout, /reads +2/)
    assert.match((await run('activation', 'set')).stdout, /immediate/)
    assert.equal((await run('activation', 'set', '--held', '--reads', '2')).exitCode, 2)
  })

  test('adds, lists and removes faults', async (t) => {
    const { world, run, write } = await open(t)
    const effect = { error: 'FORBIDDEN' }
    write('rule.json', { id: 'no', match: { operation: 'enable' }, effect })
    assert.match((await run('fault', 'add', 'rule.json')).stdout, /^no +true +0 +0 +\{/m)
    await assert.rejects(world.client().enable(enableRequest), { status: 403 })
    const piped = await run('fault', 'add', '-', { input: JSON.stringify({ id: 'piped', effect }) })
    assert.equal(piped.exitCode, 0, piped.stderr)
    const preset = await run('fault', 'preset', 'dying-proxy', '--seed', '3')
    assert.match(preset.stdout, /^dying-proxy-late /m)
    const list = JSON.parse((await run('fault', 'list', '--output', 'json')).stdout)
    assert.deepEqual(
      list.slice(0, 2).map(({ id, struck }: { id: string; struck: number }) => [id, struck]),
      [
        ['no', 1],
        ['piped', 0],
      ],
    )
    assert.equal((await run('fault', 'remove', 'no')).exitCode, 0)
    assert.equal((await run('fault', 'clear')).exitCode, 0)
    await world.client().enable(enableRequest)

    write('idle.json', { match: { operation: 'list', stage: 'live' }, effect })
    assert.match((await run('fault', 'add', 'idle.json')).stderr, /The rule never strikes/)
    write('typo.json', { match: { operation: 'enabel' }, effect })
    const typo = await run('fault', 'add', 'typo.json')
    assert.equal(typo.exitCode, 1)
    assert.match(typo.stderr, /Did you mean enable/)
    assert.equal((await run('fault', 'preset', 'flakey')).exitCode, 2)
    assert.equal((await run('fault', 'preset', 'flaky', '--seed', 'x')).exitCode, 2)
    assert.equal((await run('clock', 'run', '--rate', '-1')).exitCode, 2)
  })

  test('saves and restores snapshots, and resets', async (t) => {
    const { world, run } = await open(t)
    await world.client().enable(enableRequest)
    const saved = await run('snapshot', 'save', 'one room', '--faults', '--output', 'json')
    const { id, name } = JSON.parse(saved.stdout)
    assert.equal(name, 'one room')
    await world.client().disable(target)
    assert.equal((await run('snapshot', 'restore', id)).exitCode, 0)
    assert.ok(await world.enablement(room, target.skillId))
    assert.match((await run('snapshot', 'list')).stdout, new RegExp(`${id} +one room +${world.id}`))
    assert.equal((await run('reset')).exitCode, 0)
    assert.equal(await world.enablement(room, target.skillId), undefined)
    assert.equal((await run('reset', '--empty')).exitCode, 0)
    const made = await run('world', 'create', '--snapshot', id, '--output', 'json')
    assert.equal(made.exitCode, 0, made.stderr)
    assert.equal((await run('snapshot', 'remove', id)).exitCode, 0)
    const gone = await run('snapshot', 'restore', id)
    assert.equal(gone.exitCode, 1)
    assert.match(gone.stderr, /There is no snapshot/)
  })

  test('shows the journal with its decisions, and follows it', async (t) => {
    const { world, run, start } = await open(t)
    await world.client().enable(enableRequest)
    await assert.rejects(
      world.client({ as: scenario.client.ward }).get({ ...target, unitId: scenario.room(2, 1) }),
    )
    const all = await run('journal')
    assert.match(all.stdout, /enable +201[\s\S]*get +403/)
    assert.doesNotMatch(all.stdout, /WHY|\+token/)
    const one = await run('journal', '--operation', 'get', '--status', '403', '--why')
    assert.match(one.stdout, /\+token/)
    assert.match(one.stdout, /-role \(/)
    assert.doesNotMatch(one.stdout, /enable +201/)
    const filtered = await run(
      'journal',
      '--unit',
      room,
      '--client',
      scenario.client.desk,
      '--output',
      'json',
    )
    assert.deepEqual(
      JSON.parse(filtered.stdout).map(({ seq }: { seq: number }) => seq),
      [1],
    )

    const follower = start('journal', '--follow', '--output', 'csv')
    await seen(follower, /,get,403,/)
    await world.client().disable(target)
    await seen(follower, /,disable,204,/)
    follower.process.kill('SIGINT')
    assert.equal(await follower.ended, 'SIGINT')
  })

  test('verifies, and ends with 1 and the nearest requests if that fails', async (t) => {
    const { world, run, write } = await open(t)
    await world.client().enable(enableRequest)
    write('good.json', { match: { operation: 'enable', body: { unitId: room } }, count: { exactly: 1 } })
    const good = await run('verify', 'good.json')
    assert.equal(good.exitCode, 0, good.stderr)
    write('bad.json', { match: { operation: 'enable', body: { stage: 'development' } } })
    const bad = await run('verify', 'bad.json', '--output', 'json')
    assert.equal(bad.exitCode, 1)
    assert.equal(JSON.parse(bad.stdout).pass, false)
    assert.match(
      bad.stderr,
      /Nearest: #1\n {2}body\.stage: expected "development" \(string\), found "live" \(string\)/,
    )
    write('typo.json', { match: { operaton: 'enable' } })
    assert.match((await run('verify', 'typo.json')).stderr, /Did you mean operation/)
  })

  test('runs any other command in a world, too', async (t) => {
    const { world, runPlain } = await open(t)
    const env = { SKILLKEEPER_CLIENT_ID: scenario.client.desk, SKILLKEEPER_CLIENT_SECRET: 'secret of desk' }
    const enabled = await runPlain(['enable', target.skillId, room, '--world', world.id], env)
    assert.equal(enabled.exitCode, 0, enabled.stderr)
    assert.ok(await world.enablement(room, target.skillId))
    const amazon = await runPlain(['list', room, '--region', 'EU', '--world', world.id], env)
    assert.equal(amazon.exitCode, 2)
    assert.match(amazon.stderr, /Amazon's service has no worlds/)
  })

  test('explains that a service without test controls has none', async (t) => {
    const plain = runProgram(t, ['serve', '--data', ':memory:', '--log-level', 'silent'], {
      env: { SKILLKEEPER_OPERATOR_TOKEN: operatorToken },
    })
    const { run } = commandsIn(t, { url: await plain.url })
    const refused = await run('world', 'list')
    assert.equal(refused.exitCode, 1)
    assert.match(refused.stderr, /has no test controls.*--test-controls/)
  })

  test('completes its commands, and the names of files', async (t) => {
    const { runPlain } = commandsIn(t, service)
    const offered = async (...words: string[]) => (await runPlain(['complete', '--', ...words])).stdout
    assert.match(await offered('tes'), /^test\t/m)
    assert.match(await offered('test', 'cl'), /^clock\t/m)
    assert.match(await offered('test', 'clock', 'ad'), /^advance\t/m)
    assert.match(await offered('test', 'journal', '--fol'), /^--follow\t/m)
    assert.match((await runPlain(['complete', 'bash'])).stdout, /test\\ fault\\ add\|/)
  })
})

function commandsIn(t: TestContext, { url }: { readonly url: string }, world?: World) {
  const folder = temporaryFolder(t)
  const variables = {
    SKILLKEEPER_ENDPOINT: url,
    SKILLKEEPER_OPERATOR_TOKEN: operatorToken,
    ...(world && { SKILLKEEPER_WORLD: world.id }),
  }
  const startPlain = (args: readonly string[], env = {}, input?: string) =>
    runProgram(t, args, { cwd: folder, env: { ...variables, ...env }, ...(input !== undefined && { input }) })
  async function runPlain(args: readonly string[], env = {}, input?: string) {
    const program = startPlain(args, env, input)
    const exitCode = await program.ended
    return { exitCode, stdout: program.stdout(), stderr: program.stderr() }
  }
  return {
    runPlain,
    start: (...args: string[]) => startPlain(['test', ...args]),
    run(...given: (string | { readonly input: string })[]) {
      const args = given.filter((one) => typeof one === 'string')
      const input = given.find((one) => typeof one === 'object')?.input
      return runPlain(['test', ...args], {}, input)
    },
    write(name: string, value: unknown) {
      writeFileSync(path.join(folder, name), JSON.stringify(value))
    },
  }
}

/** Resolves when the program has written it. */
async function seen(program: ReturnType<typeof runProgram>, pattern: RegExp): Promise<void> {
  const { stdout } = program.process
  assert.ok(stdout)
  while (!pattern.test(program.stdout())) {
    const isOver = await Promise.race([
      new Promise((resolve) => stdout.once('data', () => resolve(false))),
      program.ended.then(() => true),
    ])
    if (isOver) assert.fail(`It ended without ${pattern}:\n${program.stdout()}${program.stderr()}`)
  }
}
