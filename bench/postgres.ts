/**
 * The same service on PostgreSQL, beside pgbench with the same statements on the same server in the same run: what
 * PostgreSQL and its own client can do at most, without HTTP, tokens, checks and an operations log.
 */
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  accessToken,
  type Bench,
  type Benchmark,
  fewEnablements,
  manyEnablements,
  type Row,
  type Service,
  unitsOf,
} from './support/bench.ts'
import { type LoadGenerator, type Measured, startLoadGenerator } from './support/load.ts'
import { hasPgbench, type PgbenchResult, pgbench } from './support/pgbench.ts'
import { batchScript, selectScript, upsertScript } from './support/pgbench-scripts.ts'
import { fillPostgres, type PostgresDatabase, startPostgres } from './support/postgres-database.ts'
import type { Requests } from './support/requests.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

const connections = 32
const batchSize = 100
const batchesAlone = 30
const rooms = 5000
const units = unitsOf(fewEnablements)

export const postgres: Benchmark = {
  name: 'postgres',
  async run(bench) {
    if (!hasPgbench) {
      console.error('postgres: there is no pgbench (Debian: postgresql-contrib) to compare with: left out.')
      return []
    }
    await using stack = new AsyncDisposableStack()
    const database = await startPostgres(bench.folder)
    stack.defer(() => database.stop())
    const load = await startLoadGenerator(path.join(bench.folder, 'log.txt'))
    stack.defer(() => load.stop())
    const run = { bench, database, loads: [bench.load, load] }
    return [...(await reading(run)), ...(await writing(run))]
  },
}

interface Run {
  readonly bench: Bench
  readonly database: PostgresDatabase
  /** One for each node. */
  readonly loads: readonly LoadGenerator[]
}

/** A node, with what it takes to ask it. */
interface Node {
  readonly service: Service
  readonly token: string
}

/** What came of one slice, on however many nodes. */
interface Slice {
  readonly rate: number
  readonly latencyMs: number
  /** Of one request. */
  readonly databaseMicroseconds: number
  /** Of the service, or of pgbench. */
  readonly clientMicroseconds: number
}

async function reading(run: Run): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { bench } = run
  const all = unitsOf(manyEnablements)
  const { url, nodes } = await startNodes(run, stack, 'reading', all, 2, [])
  const bare = pgbench(bench.folder, url, 'select', selectScript(all))
  const rounds = await interleave(bench.rounds, {
    pgbench: () => runPgbench(run, bare, connections),
    one: () => ask(run, nodes.slice(0, 1), (token) => ({ kind: 'get', token, units: all }), 200),
    two: () => ask(run, nodes, (token) => ({ kind: 'get', token, units: all }), 200),
  })
  const name = 'PostgreSQL: get, 10⁶ stored, 32 connections'
  return [
    ...besidePgbench(name, 'select', rounds.one, rounds.pgbench, { atLeast: 0.5 }),
    besideOneNode('the same on two nodes', rounds.two, rounds.one),
  ]
}

async function writing(run: Run): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { bench } = run
  const { url, nodes } = await startNodes(run, stack, 'writing', units, 2, [])
  const { nodes: usual } = await startNodes(run, stack, 'activating', units, 1, [])
  const bare = pgbench(bench.folder, url, 'upsert', upsertScript(units))
  const bareBatch = pgbench(bench.folder, url, 'batch', batchScript(units, batchSize))
  const rounds = await interleave(bench.rounds, {
    pgbench: () => runPgbench(run, bare, connections),
    one: () => ask(run, nodes.slice(0, 1), enabling, 201),
    two: () => ask(run, nodes, enabling, 201),
    pgbenchBatch: () => runPgbench(run, bareBatch, 1),
    batch: () => sendBatches(run, nodes[0]!, batchesAlone, 1),
  })
  const name = 'PostgreSQL: durable enable, 32 connections'
  const batches = [rounds.batch, rounds.pgbenchBatch].map((each) => each.map(({ latencyMs }) => latencyMs))
  return [
    ...besidePgbench(name, 'upsert', rounds.one, rounds.pgbench, { atLeast: 1.2 }),
    besideOneNode('the same on two nodes', rounds.two, rounds.one),
    compare(
      'PostgreSQL: batch of 100, over HTTP: p50',
      'ms',
      'pgbench, a transaction of 100 upserts: mean',
      batches,
    ),
    await house(run, usual[0]!),
    ...(await bytes(run)),
  ]
}

/** Services on one schema, filled with ten skills in each of so many units. */
async function startNodes(
  { bench, database }: Run,
  stack: AsyncDisposableStack,
  schema: string,
  unitCount: number,
  count: number,
  flags: readonly string[],
): Promise<{ url: string; nodes: Node[] }> {
  const url = await database.schemaUrl(schema)
  const environment = { SKILLKEEPER_SEALING_KEY: randomBytes(32).toString('base64') }
  const nodes: Node[] = []
  for (let number = 0; number < count; number++) {
    const options = { flags: ['--database-url', url, ...flags], environment }
    const service = await bench.startService(path.join(bench.folder, schema), options)
    stack.defer(() => service.stop())
    if (number === 0) await fillPostgres(database.sql, schema, unitCount)
    nodes.push({ service, token: await accessToken(service) })
  }
  return { url, nodes }
}

/** Counts enablements that were tried, on whichever node. */
let nextFresh = 0

function enabling(token: string): Requests {
  // No slice makes so many: what is there already would be no fresh row.
  const from = nextFresh
  nextFresh += 100 * units
  return { kind: 'enable', token, units, from }
}

/** The same load on one node, or divided over several. */
async function ask(
  { bench, database, loads }: Run,
  nodes: readonly Node[],
  requests: (token: string) => Requests,
  expectedStatus: number,
): Promise<Slice> {
  const before = database.cpuMicroseconds()
  const measured = await Promise.all(
    nodes.map(({ service, token }, index) =>
      loads[index]!.run(service, {
        url: service.url,
        connections: connections / nodes.length,
        seconds: bench.seconds,
        requests: requests(token),
        expectedStatus,
      }),
    ),
  )
  return sliceOf(measured, database.cpuMicroseconds() - before)
}

async function sendBatches(
  { bench, database }: Run,
  { service, token }: Node,
  count: number,
  parallel: number,
) {
  const requests = { kind: 'batch', token, units, from: nextFresh, size: batchSize } as const
  nextFresh += count * batchSize
  const job = {
    url: service.url,
    connections: parallel,
    seconds: 60,
    countMax: count,
    expectedStatus: 202,
    requests,
  }
  const before = database.cpuMicroseconds()
  return sliceOf([await bench.load.run(service, job)], database.cpuMicroseconds() - before)
}

function sliceOf(measured: readonly Measured[], databaseMicroseconds: number): Slice {
  const sum = (numberOf: (one: Measured) => number) =>
    measured.reduce((total, one) => total + numberOf(one), 0)
  const requests = sum((one) => one.requests)
  return {
    rate: sum(({ rate }) => rate),
    latencyMs: sum(({ p50Ms }) => p50Ms) / measured.length,
    databaseMicroseconds: databaseMicroseconds / requests,
    clientMicroseconds: sum((one) => one.cpuMicroseconds * one.requests) / requests,
  }
}

type RunPgbench = (seconds: number, connections: number) => Promise<PgbenchResult>

async function runPgbench({ bench, database }: Run, run: RunPgbench, parallel: number): Promise<Slice> {
  const before = database.cpuMicroseconds()
  const { transactions, ...measured } = await run(bench.seconds, parallel)
  return { ...measured, databaseMicroseconds: (database.cpuMicroseconds() - before) / transactions }
}

/** From the first byte of the first batch until the last room is `ENABLED`, as seen in the database. */
async function house(run: Run, node: Node): Promise<Row> {
  const seconds: number[] = []
  for (let round = 0; round < run.bench.rounds; round++) {
    const startedAt = performance.now()
    await sendBatches(run, node, rooms / batchSize, 4)
    for (let look = 0; look < 10_000 && (await isWaiting(run)); look++) await sleep(5)
    seconds.push((performance.now() - startedAt) / 1000)
  }
  const measured = 'PostgreSQL: 5,000 rooms in 50 batches until all are ENABLED (200 ms of it the set delay)'
  return { measured, unit: 's', ours: figure(seconds), goal: { atMost: 2 } }
}

async function isWaiting({ database }: Run): Promise<boolean> {
  const rows =
    await database.sql`select 1 from activating.enablements where enabled_from > ${Date.now()} limit 1`
  return rows.length > 0
}

/** What the tables take on the disk, as they lie after all that was written, */
async function bytes({ database }: Run): Promise<Row[]> {
  const rows: Row[] = []
  for (const [table, one] of [
    ['enablements', 'enablement'],
    ['operations_log', 'entry of the operations log'],
  ]) {
    const [size] = await database.sql.unsafe(
      `select pg_total_relation_size('activating.${table}')::float8 / count(*) as bytes from activating.${table}`,
    )
    rows.push({
      measured: `PostgreSQL: on the disk for an ${one}, indexes included`,
      unit: 'B',
      ours: figure([Number(size?.bytes)]),
    })
  }
  return rows
}

function besidePgbench(
  name: string,
  statement: string,
  ours: readonly Slice[],
  floor: readonly Slice[],
  goal: Row['goal'],
): Row[] {
  const pick = (numberOf: (slice: Slice) => number) => [ours.map(numberOf), floor.map(numberOf)]
  const rates = compare(
    `${name}: requests a second`,
    '/s',
    `pgbench, ${statement}`,
    pick(({ rate }) => rate),
  )
  const cpu = (who: string, numberOf: (slice: Slice) => number) =>
    compare(`the same: CPU of ${who} a request`, 'µs', `pgbench, ${statement}`, pick(numberOf))
  return [
    goal === undefined ? rates : { ...rates, goal },
    compare(
      'the same: p50',
      'ms',
      `pgbench, ${statement}: mean`,
      pick(({ latencyMs }) => latencyMs),
    ),
    cpu('the client of the database', ({ clientMicroseconds }) => clientMicroseconds),
    cpu('the database', ({ databaseMicroseconds }) => databaseMicroseconds),
    compare(
      'the same: requests for a second of processor time of both',
      '/s',
      `pgbench, ${statement}`,
      pick(
        ({ clientMicroseconds, databaseMicroseconds }) => 1e6 / (clientMicroseconds + databaseMicroseconds),
      ),
    ),
  ]
}

function besideOneNode(name: string, two: readonly Slice[], one: readonly Slice[]): Row {
  return compare(`${name}: requests a second`, '/s', 'one node', [
    two.map(({ rate }) => rate),
    one.map(({ rate }) => rate),
  ])
}

function compare(measured: string, unit: string, name: string, [ours = [], floor = []]: number[][]): Row {
  return {
    measured,
    unit,
    floor: { name, figure: figure(floor) },
    ours: figure(ours),
    ratio: figure(ratios(ours, floor)),
  }
}
