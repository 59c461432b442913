/** The files in deploy/ name settings, commands, files and ports: each of them is there. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { oldestNode } from '../../bin/node-version.js'
import { environmentName, settingName } from '../../src/app/settings/setting.ts'
import { settingKeys, settingTable } from '../../src/app/settings/settings.ts'
import { answerOf } from '../support/asking.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { listen } from '../support/listen.ts'
import { startOperatorService } from '../support/operator.ts'
import { runProgram } from '../support/program.ts'
import { openConnection } from '../support/raw-connection.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  bin: Readonly<Record<string, string>>
}
const variables = new Set(['SKILLKEEPER_CONFIG', ...settingKeys.map(settingName).map(environmentName)])
const port = String(settingTable.port.default)

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
}

interface ComposeService {
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>
}

const compose = parse(read('deploy/compose.yaml'), { merge: true }) as Compose
const services = Object.entries(compose.services)

describe('What an operator can copy', () => {
  for (const file of [
    'deploy/Containerfile',
    'deploy/compose.yaml',
    'deploy/skillkeeper.service',
    'docs/operating.md',
  ]) {
    test(`names only variables that are settings, in ${file}`, () => {
      const named = read(file).match(/SKILLKEEPER_[A-Z_]*[A-Z]/g) ?? []
      assert.ok(named.length > 0)
      assert.deepEqual(
        named.filter((name) => !variables.has(name) && name !== 'SKILLKEEPER_TEST_ENGINE'),
        [],
      )
    })
  }

  test('is a container file whose steps are those of the package', () => {
    const lines = read('deploy/Containerfile').split('\n')
    const of = (word: string) =>
      lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
    for (const image of of('FROM')) assert.match(image, new RegExp(`/node:${oldestNode}-`))
    assert.deepEqual(of('EXPOSE'), [port])
    assert.deepEqual(
      of('ENTRYPOINT').map((text) => JSON.parse(text)),
      [Object.keys(manifest.bin)],
    )
    assert.deepEqual(
      of('CMD').map((text) => JSON.parse(text)),
      [['serve']],
    )
    assert.ok(of('HEALTHCHECK')[0]?.includes(`http://127.0.0.1:${port}/readyz`))
    assert.deepEqual(
      of('RUN').map((text) => text.split(' ').slice(0, 2).join(' ')),
      ['node scripts/set-up.js', 'npm pack', 'npm install'],
    )
    assert.ok(existsSync(path.join(root, 'scripts/set-up.js')))
    for (const left of ['node_modules', 'dist', '.git', 'skillkeeper-data'])
      assert.ok(read('.dockerignore').split('\n').includes(left))
  })

  test('is a compose file whose parts fit together', () => {
    const deploy = path.join(root, 'deploy')
    for (const [name, service] of services) {
      if (service.build !== undefined) {
        const context = path.join(deploy, service.build.context)
        assert.equal(path.resolve(context), path.resolve(root))
        assert.ok(existsSync(path.join(context, service.build.dockerfile)), name)
      }
      for (const needed of neededBy(service)) assert.ok(compose.services[needed] !== undefined, needed)
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':')
        // The catalog is the operator's own; its place is told in the documents.
        if (source === './catalog.json') assert.match(read('docs/operating.md'), /deploy\/catalog\.json/)
        else if (source.startsWith('.')) assert.ok(existsSync(path.join(deploy, source)), source)
        else assert.ok(source in compose.volumes, source)
      }
    }
    const nodes = services.filter(([, { build }]) => build !== undefined)
    assert.deepEqual(
      nodes.map(([name]) => name),
      ['node1', 'node2'],
    )
    for (const [, { environment = {} }] of nodes)
      for (const name of [
        'SKILLKEEPER_DATABASE_URL',
        'SKILLKEEPER_SEALING_KEY',
        'SKILLKEEPER_OPERATOR_TOKEN',
      ])
        assert.ok(environment[name], name)
    const balancer = compose.services['balancer']
    assert.deepEqual(balancer?.ports, [`127.0.0.1:${port}:${port}`])
    const targets = [...read('deploy/haproxy.cfg').matchAll(/^ {2}presetenv NODE\d (\S+)$/gm)].map(
      (hit) => hit[1],
    )
    assert.deepEqual(
      targets,
      nodes.map(([name]) => `${name}:${port}`),
    )
    assert.match(read('deploy/haproxy.cfg'), /option httpchk GET \/readyz/)
  })

  test('is a configuration that HAProxy takes, where it is installed', (t) => {
    const { status, error, stderr } = spawnSync(
      'haproxy',
      ['-c', '-f', path.join(root, 'deploy/haproxy.cfg')],
      {
        env: { ...process.env, NODE1: '127.0.0.1:1', NODE2: '127.0.0.1:2' },
        encoding: 'utf8',
      },
    )
    if (error !== undefined) return t.skip('HAProxy is not installed.')
    assert.equal(status, 0, stderr)
  })

  test('is a configuration of HAProxy that limits the same address however it is spelled, and tells nodes who asks', async (t) => {
    const node = await startOperatorService(t, { trustedProxies: '127.0.0.1', wrongSecretsMax: 1 })
    const url = await startHaproxy(t, new URL(node.url).host)
    if (url === undefined) return t.skip('HAProxy is not installed.')
    const ask = (target: string, head = '') =>
      statusThrough(url, `POST ${target} HTTP/1.1\r\nHost: localhost\r\n${head}`)
    const guess = async (localAddress: string, address: string): Promise<number> => {
      const headers = { 'x-forwarded-for': address }
      const body = 'grant_type=client_credentials&client_id=nurse-station&client_secret=wrong'
      return (await answerOf(url, '/auth/o2/token', { method: 'POST', localAddress, headers, body })).status
    }
    // Whatever the client says of itself, the node counts by whom HAProxy has seen.
    assert.deepEqual(
      [
        await guess('127.0.0.2', '203.0.113.1'),
        await guess('127.0.0.2', '203.0.113.2'),
        await guess('127.0.0.3', '203.0.113.2'),
      ],
      [401, 429, 401],
    )
    const spellings = [
      '/auth/o2/token',
      '/auth/o2/token/',
      '//auth/o2/token',
      '///auth/O2/token?x',
      '/auth/%6f2/token',
      '/%61uth/%4F2/%74oken/',
      'http://localhost/auth/o2/token',
      '/auth/o2/revoke',
      '/ap/%6Fa',
    ]
    const statuses: number[] = []
    for (let asked = 0; asked < 150; asked += 1)
      statuses.push(await ask(spellings[asked % spellings.length] ?? ''))
    assert.ok(statuses.slice(0, 100).every((status) => status !== 429))
    assert.deepEqual(new Set(statuses.slice(100)), new Set([429]))
    assert.equal(await ask('/livez'), 405)
  })

  test('is a command that exists, wherever a document or a unit runs skillkeeper', async (t) => {
    const help = runProgram(t, ['--help'])
    assert.equal(await help.ended, 0)
    const known = [...help.stdout().matchAll(/^ {2}([a-z-]+)\b/gm)].map((hit) => hit[1])
    const texts = ['docs/operating.md', 'deploy/skillkeeper.service'].map(read).join('\n')
    const run = [...texts.matchAll(/(?:^|[|=/`] ?|\s)skillkeeper ([a-z-]+)/gm)].map((hit) => hit[1] ?? '')
    assert.ok(run.includes('serve') && run.includes('export'))
    const inCode = [...texts.matchAll(/`skillkeeper ([a-z-]+)/g)].map((hit) => hit[1] ?? '')
    assert.deepEqual(
      inCode.filter((name) => !known.includes(name)),
      [],
    )
  })

  test('are thresholds for every number of /metrics, and for no other', async (t) => {
    const service = await startOperatorService(t, { data: await temporaryFolder(t) })
    const text = await (await fetch(`${service.url}/metrics`)).text()
    const served = [...text.matchAll(/^# TYPE (\S+)/gm)].map((hit) => hit[1] ?? '')
    const [, section = ''] = /^## What to watch\n([\s\S]*?)(?=^## )/m.exec(read('docs/operating.md')) ?? []
    const told = [...section.matchAll(/^\| `([a-z_]+)`/gm)].map((hit) => hit[1] ?? '')
    assert.deepEqual(told.sort(), served.sort())
  })
})

function neededBy({ depends_on: needed = [] }: ComposeService): string[] {
  return Array.isArray(needed) ? needed : Object.keys(needed)
}

/** Nothing where HAProxy is not installed. It listens at the address when this resolves. */
async function startHaproxy(t: TestContext, node: string): Promise<string | undefined> {
  const free = await listen(() => () => {})
  const { host } = new URL(free.url)
  await free.stop()
  const haproxy = spawn('haproxy', ['-db', '-f', path.join(root, 'deploy/haproxy.cfg')], {
    env: { ...process.env, LISTEN: host, NODE1: node, NODE2: node },
    stdio: 'ignore',
  })
  t.after(() => haproxy.kill())
  // An error before the event rejects.
  const isThere = await once(haproxy, 'spawn').then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  for (let tries = 0; tries < 100_000 && haproxy.exitCode === null; tries += 1) {
    const isOpen = await statusThrough(`http://${host}`, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n').catch(
      () => 0,
    )
    if (isOpen === 200) return `http://${host}`
  }
  return assert.fail('HAProxy does not listen.')
}

async function statusThrough(url: string, head: string): Promise<number> {
  const connection = await openConnection(url)
  try {
    connection.write(`${head}Content-Length: 0\r\n\r\n`)
    return (await connection.answer()).status
  } finally {
    connection.socket.destroy()
  }
}
