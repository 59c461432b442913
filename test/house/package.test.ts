// The package as a user gets it: packed, installed without a network into an empty folder, then used as a program and
// as a library. Children run on this Node, or on an older one of the machine, and see nothing of the environment that
// the tests were started with.
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { oldestNode } from '../../bin/node-version.js'
import { files, root } from '../support/source-tree.ts'
import { recipeFor } from '../support/testing-guide.ts'

const run = promisify(execFile)

const unitId = 'amzn1.alexa.unit.did.R101'
const skillId = 'amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001'
const clientId = 'amzn1.application-oa2-client.front-desk'
const catalog = {
  organizations: [
    {
      id: 'amzn1.alexa.unit.did.ORG1',
      name: 'Mercy Health',
      solution: 'healthcare',
      country: 'US',
      units: [{ id: unitId, name: 'Room 101' }],
    },
  ],
  skills: [{ id: skillId, name: 'Nurse Call', stages: ['live'] }],
  clients: [
    {
      id: clientId,
      secret: 'a-secret-of-the-front-desk',
      roles: [{ unitId: 'amzn1.alexa.unit.did.ORG1', role: 'A4P.UnitAdmin' }],
    },
  ],
}

describe('The installed package', { timeout: 300_000 }, () => {
  let folder = ''
  let tarball = ''
  let environment: Record<string, string> = {}

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-package-'))
    environment = cleanEnvironment(folder)
    // The build replaces dist/, which other tests use at the same time.
    const copy = path.join(folder, 'source')
    for (const file of [...files, 'dist/console', 'dist/console.sha256'])
      cpSync(path.join(root, file), path.join(copy, file), { recursive: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
    await run('npm', ['pack', '--pack-destination', folder], { cwd: copy, env: environment })
    tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    writeFileSync(path.join(folder, 'catalog.json'), JSON.stringify(catalog))
    await run('npm', ['install', '--offline', `./${tarball}`], { cwd: folder, env: environment })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is one package with the licences of what it contains', () => {
    const modules = path.join(folder, 'node_modules')
    assert.deepEqual(
      readdirSync(modules).filter((name) => !name.startsWith('.')),
      ['skillkeeper'],
    )
    assert.deepEqual(readdirSync(path.join(modules, 'skillkeeper')).sort(), [
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'bin',
      'deploy',
      'dist',
      'docs',
      'examples',
      'migrations',
      'openapi.json',
      'package.json',
    ])
    assert.ok(readdirSync(path.join(modules, 'skillkeeper/dist')).includes('THIRD-PARTY-LICENSES'))
  })

  test('has a program of ASCII text, which takes half the memory', () => {
    const programs = path.join(folder, 'node_modules/skillkeeper/dist/program')
    const wide = readdirSync(programs).filter((name) =>
      /[^\0-\x7f]/.test(readFileSync(path.join(programs, name), 'utf8')),
    )
    assert.deepEqual(wide, [])
  })

  test('is sound to those who look at packages', async () => {
    const packed = Uint8Array.from(readFileSync(path.join(folder, tarball)))
    const { messages } = await publint({ pack: { tarball: packed.buffer } })
    assert.deepEqual(messages, [])
    const checked = await checkPackage(createPackageFromTarballData(packed))
    assert.ok(checked.types)
    const problems = checked.problems.map(
      (problem) => `${problem.kind} of ${'entrypoint' in problem ? problem.entrypoint : problem.kind}`,
    )
    // A Node that is new enough for the service has a `require` for modules, too.
    assert.deepEqual(problems, ['CJSResolvesToESM of .', 'CJSResolvesToESM of ./testing'])
  })

  test('has all that its own documents lead to, and every file that package.json names', () => {
    const place = path.join(folder, 'node_modules/skillkeeper')
    const documents = globSync('**/*.md', { cwd: place })
    assert.ok(documents.length > 20)
    const lost = documents.flatMap((document) => {
      const text = readFileSync(path.join(place, document), 'utf8').replace(
        /^```[\s\S]*?^```|`[^`\n]*`/gm,
        '',
      )
      return [...text.matchAll(/\]\(([^)\s#]+)/g)]
        .map(([, link = '']) => link)
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => !existsSync(path.join(place, path.dirname(document), link)))
        .map((link) => `${document}: ${link}`)
    })
    assert.deepEqual(lost, [])
    const { exports, bin, main, types, typesVersions } = JSON.parse(
      readFileSync(path.join(place, 'package.json'), 'utf8'),
    )
    const named = textsIn([exports, bin, main, types, typesVersions])
    assert.ok(named.length > 8)
    assert.deepEqual(
      named.filter((file) => !existsSync(path.join(place, file))),
      [],
    )
  })

  test('runs as a program that answers, and ends with 0 when it is told to stop', async () => {
    const operatorToken = 'an-operator-token-of-this-test'
    const service = ['serve', '--port', '0', '--data', ':memory:', '--activation-delay', '60000']
    // Not by npx: it hands a signal to a shell that does not pass it on.
    const child = spawn('node_modules/.bin/skillkeeper', [...service, '--catalog', 'catalog.json'], {
      cwd: folder,
      env: { ...environment, SKILLKEEPER_OPERATOR_TOKEN: operatorToken },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'exit')
    const lines: string[] = []
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text
    })
    try {
      const output = createInterface(child.stdout).on('line', (line) => lines.push(line))
      await Promise.race([once(output, 'line'), ended])
      const url = /^Skillkeeper is ready at (http:\/\/\S+)/.exec(lines[0] ?? '')?.[1]
      assert.ok(url, `It was not ready.\n${lines.join('\n')}\n${log}`)

      assert.equal((await fetch(`${url}/livez`)).status, 200)
      assert.deepEqual(await enableAndGet(url), {
        skill: { stage: 'live', id: skillId },
        unit: { id: unitId },
        accountLink: { status: 'NOT_LINKED' },
        status: 'ENABLING',
      })
    } finally {
      child.kill('SIGTERM')
    }
    assert.deepEqual(await ended, [0, null], log)
    assert.equal(lines.filter((line) => line.startsWith('Skillkeeper is ready at')).length, 1)
  })

  test('is found by npx', async () => {
    const { stdout } = await run('npx', ['skillkeeper', '--version'], { cwd: folder, env: environment })
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    assert.equal(stdout.trim(), version)
  })

  test('is a library that runs several services in one process', async () => {
    const program = `
      import { startSkillkeeper } from 'skillkeeper'
      const start = () => startSkillkeeper({ port: 0, data: ':memory:', logLevel: 'silent' })
      const services = await Promise.all([start(), start(), start()])
      const answers = await Promise.all(services.map(({ url }) => fetch(url + '/readyz')))
      await Promise.all(services.map((service) => service.stop()))
      console.log(JSON.stringify({ urls: new Set(services.map(({ url }) => url)).size, statuses: answers.map(({ status }) => status) }))
    `
    writeFileSync(path.join(folder, 'three.js'), program)
    const { stdout } = await run(process.execPath, ['three.js'], { cwd: folder, env: environment })
    assert.deepEqual(JSON.parse(stdout), { urls: 3, statuses: [200, 200, 200] })
  })

  test('has a client that enables a skill, loads nothing of the service, and knows no Node', async () => {
    const program = `
      import { startSkillkeeper } from 'skillkeeper'
      import { SkillsClient } from 'skillkeeper/client'
      const service = await startSkillkeeper({ port: 0, data: ':memory:', logLevel: 'silent', catalog: 'catalog.json' })
      const credentials = { clientId: '${clientId}', clientSecret: 'a-secret-of-the-front-desk' }
      const client = new SkillsClient({ endpoint: service.url, credentials })
      const target = { skillId: '${skillId}', unitId: '${unitId}' }
      await client.enable({ ...target, stage: 'live' })
      const { status } = await client.waitUntilEnabled(target)
      await service.stop()
      console.log(status)
    `
    writeFileSync(path.join(folder, 'client.js'), program)
    const { stdout } = await run(process.execPath, ['client.js'], { cwd: folder, env: environment })
    assert.equal(stdout.trim(), 'ENABLED')
    const dist = path.join(folder, 'node_modules/skillkeeper/dist/client')
    assert.deepEqual(readdirSync(dist), ['index.cjs', 'index.js'])
    for (const file of readdirSync(dist)) {
      const code = readFileSync(path.join(dist, file), 'utf8')
      assert.doesNotMatch(code, /\bimport\b|\brequire\b|node:|process\./)
    }
  })

  test('is a double for tests that loads the service when it is started, with the errors of the client', async () => {
    const program = `
      import { ApiError } from 'skillkeeper/client'
      import { hospital, startTestService } from 'skillkeeper/testing'
      await using service = await startTestService({ catalog: hospital().withSkill('nurseCall').withClient('desk') })
      await using world = await service.world({ clock: { frozenAt: '2027-01-01T00:00:00Z' } })
      await world.faults.add({ match: { operation: 'get' }, effect: { error: 'FORBIDDEN' } })
      const target = { skillId: 'amzn1.ask.skill.nurseCall', unitId: hospital().room(1, 1) }
      const error = await world.client().get(target).catch((error) => error)
      console.log(error instanceof ApiError, error.status, (await world.clock.now()).toISOString())
    `
    writeFileSync(path.join(folder, 'double.js'), program)
    const { stdout } = await run(process.execPath, ['double.js'], { cwd: folder, env: environment })
    assert.equal(stdout, 'true 403 2027-01-01T00:00:00.000Z\n')
    const dist = path.join(folder, 'node_modules/skillkeeper/dist/testing')
    assert.deepEqual(readdirSync(dist), ['index.js'])
    const imports = readFileSync(path.join(dist, 'index.js'), 'utf8').matchAll(/^import .* from "(.*)"/gm)
    assert.deepEqual(
      [...imports].map(([, from]) => from),
      ['../client/index.js'],
    )
  })

  test('runs 50 test files at once against one service, each in a world of its own', async () => {
    const place = path.join(folder, 'fifty')
    mkdirSync(place)
    for (const [name, code] of recipeFor('node:test')) writeFileSync(path.join(place, name), code)
    for (let file = 1; file <= 50; file += 1)
      writeFileSync(path.join(place, `file-${file}.test.js`), testOfOneFile(file))
    const args = ['run-tests.js', '--test-concurrency=51', '--test-reporter=spec']
    const { stdout } = await run(process.execPath, args, { cwd: place, env: environment })
    assert.match(stdout, /^ℹ pass 51$/m, stdout)
    assert.match(stdout, /^ℹ fail 0$/m, stdout)
  })

  test('has a client for an older Node, by import and by require', async (t) => {
    const older = olderNode(environment)
    if (older === undefined) return t.skip('this machine has no older Node')
    const program = `
      const fetch = async (url) => url.endsWith('/token') ? Response.json({ access_token: 'Atza|1' })
        : url.includes('batch') ? new Response(null, { status: 202 })
        : Response.json({ items: [], paginationContext: {}, skill: { id: 'a' }, unit: { id: 'b' }, status: 'ENABLED' })
      const client = new SkillsClient({ endpoint: 'http://127.0.0.1:1', credentials: { clientId: 'a', clientSecret: 'b' }, fetch })
      const many = client.enableMany(['b', 'c'], { skillId: 'a', stage: 'live' })
      const waited = client.waitUntilEnabled({ skillId: 'a', unitId: 'b' })
      const found = (async () => { for await (const _ of client.list({ unitId: 'b' })) return 1; return 0 })()
      Promise.all([many, waited, found]).then(([{ accepted }, { status }, count]) => console.log(accepted, status, count))
    `
    writeFileSync(
      path.join(folder, 'old.cjs'),
      `const { SkillsClient } = require('skillkeeper/client')${program}`,
    )
    writeFileSync(path.join(folder, 'old.mjs'), `import { SkillsClient } from 'skillkeeper/client'${program}`)
    // What is for tests connects to a service elsewhere, such as in a container.
    const connecting = `import { connectTestService } from 'skillkeeper/testing'
      const { name } = await connectTestService('http://127.0.0.1:1', 'token').catch((error) => error)
      console.log(name)`
    writeFileSync(path.join(folder, 'connecting.mjs'), connecting)
    const connected = await run(older, ['connecting.mjs'], { cwd: folder, env: environment })
    assert.equal(connected.stdout, 'TestControlError\n')
    for (const file of ['old.cjs', 'old.mjs']) {
      const { stdout }: { stdout: string } = await run(older, [file], { cwd: folder, env: environment })
      assert.equal(stdout, '2 ENABLED 0\n', file)
    }
  })

  test('says in one sentence which Node the library and the program need', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } })`
    const onOldNode = ['--import', `data:text/javascript,${encodeURIComponent(old)}`]
    const programs = {
      library: ['--input-type=module', '-e', "import 'skillkeeper'"],
      program: ['node_modules/skillkeeper/bin/skillkeeper.js', 'serve'],
    }
    for (const [name, program] of Object.entries(programs)) {
      const options = { cwd: folder, env: environment }
      const { stderr } = await run(process.execPath, [...onOldNode, ...program], options).catch(
        (error) => error,
      )
      assert.match(stderr, new RegExp(`Skillkeeper needs Node\\.js ${oldestNode} or newer; this is v`), name)
      assert.ok(stderr.length < 1500, stderr)
    }
  })

  test('declares types that need no other package', async () => {
    const program = `
      import { startSkillkeeper } from 'skillkeeper'
      import { SkillsClient, type Enablement } from 'skillkeeper/client'
      import { hospital, startTestService, type World } from 'skillkeeper/testing'
      await using tests = await startTestService()
      const scenario = hospital().withSkill('nurseCall')
      const world: World = await tests.world({ catalog: scenario })
      await world.client().list({ unitId: scenario.room(1, 1) })
      // @ts-expect-error The scenario has no such skill.
      const lights: string = scenario.skill.lights
      const service = await startSkillkeeper({ port: 0, data: ':memory:' })
      const client = new SkillsClient({ region: 'EU', credentials: () => 'Atza|token' })
      const items: readonly Enablement[] = (await client.list({ unitId: 'a' })).items
      // @ts-expect-error A unit is named by its ID.
      await client.list({ unit: items[0] })
      const url: string = service.url
      // @ts-expect-error A port is a number.
      await startSkillkeeper({ port: url })
      await service.stop()
    `
    writeFileSync(path.join(folder, 'typed.ts'), program)
    const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: [] }
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['typed.ts'] }),
    )
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    await run(process.execPath, [tsc, '-p', folder], { cwd: folder, env: environment })
  })
})

/**
 * A test that would notice any other: all use the same units, skills, names of rules and times, but each so many of them, and
 * each expects to find exactly its own.
 */
function testOfOneFile(number: number): string {
  return `
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectTestService, hospital } from 'skillkeeper/testing'

const number = ${number}
const scenario = hospital({ roomsPerWard: 7 }).withSkill('nurseCall').withClient('desk')
const service = await connectTestService()

test('file ' + number, async () => {
  await using world = await service.world({ catalog: scenario, clock: { frozenAt: '2027-01-01T00:00:00Z' } })
  const request = { skillId: scenario.skill.nurseCall, stage: 'live' }
  const rooms = scenario.rooms.slice(0, 1 + number % 6)
  const throttled = await world.faults.add({
    id: 'throttled', match: { operation: 'enable' }, when: { times: 1 + number % 3 }, effect: { error: 'TOO_MANY_REQUESTS' },
  })
  const snapshot = await world.snapshot()
  const client = world.client({ sleep: 'advance' })
  for (const unitId of rooms) await client.enable({ ...request, unitId })
  assert.equal(await throttled.struck(), 1 + number % 3)
  await world.clock.advanceTo(new Date(Date.UTC(2027, 1, number)))
  assert.equal((await world.clock.now()).getTime(), Date.UTC(2027, 1, number))
  for (const unitId of scenario.rooms) {
    const stored = await world.enablement(unitId, request.skillId)
    assert.equal(stored?.status, rooms.includes(unitId) ? 'ENABLED' : undefined)
  }
  await world.journal.expect({ operation: 'enable', status: 201 }).times(rooms.length)
  await world.journal.expect({ operation: 'enable', status: 429 }).times(1 + number % 3)
  await world.journal.expectNothingElse()
  await world.restore(snapshot)
  assert.equal(await world.enablement(rooms[0], request.skillId), undefined)
})
`
}

/** Only what a program needs to run, with this Node first in the search path. */
function cleanEnvironment(folder: string): Record<string, string> {
  const outside = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((entry) => !entry.includes('node_modules'))
  return {
    PATH: [path.dirname(process.execPath), ...outside].join(path.delimiter),
    HOME: folder,
    TMPDIR: tmpdir(),
    npm_config_cache: path.join(folder, '.npm'),
    npm_config_update_notifier: 'false',
  }
}

/** A Node of the machine that is older than the service needs. */
function olderNode({ PATH = '' }: Readonly<Record<string, string>>): string | undefined {
  const found = PATH.split(path.delimiter).map((place) => path.join(place, 'node'))
  return found.find((node) => {
    const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
    return status === 0 && Number.parseInt(stdout.slice(1), 10) < oldestNode
  })
}

/** All texts in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

async function enableAndGet(url: string): Promise<unknown> {
  const granted = await fetch(`${url}/auth/o2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: 'a-secret-of-the-front-desk',
      scope: 'alexa::enterprise:management',
    }),
  })
  assert.equal(granted.status, 200)
  const { access_token: token } = (await granted.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${token}` }

  const enabled = await fetch(`${url}/v1/skills/${skillId}/enablements`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ unitId, stage: 'live' }),
  })
  assert.equal(enabled.status, 201)
  return await (await fetch(`${url}/v1/skills/${skillId}/enablements?unitId=${unitId}`, { headers })).json()
}
