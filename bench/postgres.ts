/**
 * The same service on PostgreSQL, beside pgbench on the same server in the same run: what PostgreSQL and its own client can do at most,
 * without HTTP, tokens and checks. pgbench has tables of its own; see floors/tables.ts.
 */
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { batchScript, fillScript, selectScript, upsertScript } from './floors/pgbench-scripts.ts'
import type { TableForm } from './floors/tables.ts'
import { type Bench, type Benchmark, fewEnablements, type Row, stored } from './support/bench.ts'
import { unitsOf } from './support/dataset.ts'
import { fillCatalog, fillEnablements } from './support/fill.ts'
import { house, houseEnablements } from './support/house.ts'
import { type LoadGenerator, type Measured, startLoadGenerator } from './support/load.ts'
import { hasPgbench, type PgbenchResult, pgbench } from './support/pgbench.ts'
import { type PostgresDatabase, startPostgres } from './support/postgres-database.ts'
import type { Program } from './support/program.ts'
import type { Requests } from './support/requests.ts'
import { interleave } from './support/rounds.ts'
import { beside, besideBefore, row } from './support/rows.ts'
import { accessToken, type Service } from './support/service.ts'

const connections = 32
const batchSize = 100
const batchesAlone = 30
const units = unitsOf(fewEnablements)
const forms: readonly TableForm[] = ['text', 'lean']

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
    return [...(await reading(run)), ...(await writing(run)), ...(await rooms(run))]
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
  const all = unitsOf(bench.stored)
  const { nodes, bytes } = await startNodes(run, stack, 'reading', bench.stored, bench.program, 2)
  const before =
    bench.before && (await startNodes(run, stack, 'reading_before', bench.stored, bench.before, 1))
  const floor = await makeFloors(run, 'floor_reading', 'select', all, (form) => selectScript(form, all))
  const getting = (token: string): Requests => ({ kind: 'get', token, units: all })
  const rounds = await interleave<Slice, string>(bench.rounds, {
    text: floor('text', connections),
    lean: floor('lean', connections),
    one: () => ask(run, nodes.slice(0, 1), getting, 200),
    two: () => ask(run, nodes, getting, 200),
    before: before && (() => ask(run, before.nodes, getting, 200)),
  })
  const name = `PostgreSQL: get, ${stored(bench.stored)}, ${connections} connections`
  const service = rounds.one!.map(({ clientMicroseconds }) => clientMicroseconds)
  return [
    ...besidePgbench(name, 'select', rounds, { rate: { atLeast: 0.47 } }),
    row(`${name}: CPU of the service per request`, 'µs', service, { atMost: 65 }),
    besideOneNode(`${name}, on two nodes`, rounds.two!, rounds.one!),
    ...bytesRows(bench.stored, bytes, before?.bytes),
  ]
}

async function writing(run: Run): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { bench } = run
  const { nodes } = await startNodes(run, stack, 'writing', fewEnablements, bench.program, 2)
  const before =
    bench.before && (await startNodes(run, stack, 'writing_before', fewEnablements, bench.before, 1))
  const schema = 'floor_writing'
  const floor = await makeFloors(run, schema, 'upsert', units, (form) => upsertScript(form, units))
  const bareBatch = pgbench(
    bench.folder,
    run.database.urlOf(schema),
    'batch',
    batchScript('text', units, batchSize),
  )
  const rounds = await interleave<Slice, string>(bench.rounds, {
    text: floor('text', connections),
    lean: floor('lean', connections),
    one: () => ask(run, nodes.slice(0, 1), enabling, 201),
    two: () => ask(run, nodes, enabling, 201),
    before: before && (() => ask(run, before.nodes, enabling, 201)),
    pgbenchBatch: () => runPgbench(run, bareBatch, 1),
    batch: () => sendBatches(run, nodes[0]!),
  })
  const name = `PostgreSQL: durable enable, ${connections} connections`
  const [batches, bareBatches] = [rounds.batch!, rounds.pgbenchBatch!].map((each) =>
    each.map(({ latencyMs }) => latencyMs),
  )
  return [
    ...besidePgbench(name, 'upsert', rounds, { rate: { atLeast: 1 }, database: { atMost: 0.3 } }),
    besideOneNode(`${name}, on two nodes`, rounds.two!, rounds.one!),
    beside(
      'pgbench, a transaction of 100 upserts: mean',
      bareBatches!,
      'PostgreSQL: batch of 100, over HTTP: p50',
      'ms',
      batches!,
    ),
  ]
}

async function rooms(run: Run): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { bench } = run
  const { nodes } = await startNodes(run, stack, 'house', houseEnablements, bench.program, 1)
  return [await house(bench, nodes[0]!.service, 'PostgreSQL: ')]
}

interface Nodes {
  readonly nodes: readonly Node[]
  /** What the enablements added to the tables. */
  readonly bytes: Readonly<Record<'log' | 'others', number>>
}

/** Services on one new schema, which is filled with so many enablements. */
async function startNodes(
  { bench, database }: Run,
  stack: AsyncDisposableStack,
  schema: string,
  enablements: number,
  program: Program,
  count: number,
): Promise<Nodes> {
  await database.createSchema(schema)
  const environment = { SKILLKEEPER_SEALING_KEY: randomBytes(32).toString('base64') }
  const options = { program, flags: ['--database-url', database.urlOf(schema)], environment }
  const start = (more: { catalog?: string } = {}) =>
    bench.startService(path.join(bench.folder, schema), { ...options, ...more })
  console.error(`Filling the schema ${schema} with ${enablements} enablements …`)
  await fillCatalog(bench.folder, enablements, false, (catalog) => start({ catalog }))
  const nodes: Node[] = []
  for (let number = 0; number < count; number++) {
    const service = await start()
    stack.defer(() => service.stop())
    nodes.push({ service, token: await accessToken(service) })
  }
  const empty = await database.bytes(schema)
  await fillEnablements(bench.load, nodes[0]!.service, enablements, false)
  const full = await database.bytes(schema)
  await database.settle()
  return { nodes, bytes: { log: full.log - empty.log, others: full.others - empty.others } }
}

/** Makes the tables of the floors in a schema of their own. Returns what makes a slice of a form. */
async function makeFloors(
  run: Run,
  schema: string,
  statement: string,
  unitCount: number,
  script: (form: TableForm) => string,
): Promise<(form: TableForm, parallel: number) => () => Promise<Slice>> {
  const { bench, database } = run
  await database.createSchema(schema)
  for (const form of forms) {
    await database.sql.unsafe(
      `set search_path to ${schema}; ${fillScript(form, unitCount)} reset search_path`,
    )
  }
  await database.settle()
  return (form, parallel) => {
    const bare = pgbench(bench.folder, database.urlOf(schema), `${statement}-${form}`, script(form))
    return () => runPgbench(run, bare, parallel)
  }
}

/** Counts enablements that were tried, on whichever node. */
let nextFresh = fewEnablements

function enabling(token: string): Requests {
  // No slice makes so many: what is there already would be no fresh row.
  const from = nextFresh
  nextFresh += 30 * units
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

async function sendBatches({ bench, database }: Run, { service, token }: Node): Promise<Slice> {
  const requests = { kind: 'batch', token, units, from: nextFresh, size: batchSize } as const
  nextFresh += batchesAlone * batchSize
  const job = {
    url: service.url,
    connections: 1,
    seconds: 60,
    countMax: batchesAlone,
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

function bytesRows(enablements: number, ours: Nodes['bytes'], before: Nodes['bytes'] | undefined): Row[] {
  const measured = 'PostgreSQL: bytes on disk with indexes:'
  const rows: readonly ['log' | 'others', string, number][] = [
    ['others', `${measured} enablement`, 260],
    ['log', `${measured} log entry`, 200],
  ]
  return rows.flatMap(([table, name, atMost]) => [
    row(name, 'B', [ours[table] / enablements], { atMost }),
    ...besideBefore(before ? [before[table] / enablements] : [], name, 'B', [ours[table] / enablements]),
  ])
}

/** The node `one` beside pgbench on both tables, and beside the release before. */
function besidePgbench(
  name: string,
  statement: string,
  rounds: Readonly<Record<string, readonly Slice[]>>,
  goals: { readonly rate: Row['goal']; readonly database?: Row['goal'] },
): Row[] {
  const figures: readonly [what: string, unit: string, of: (slice: Slice) => number, goal?: Row['goal']][] = [
    ['requests per second', '/s', ({ rate }) => rate, goals.rate],
    ['p50 (mean of pgbench)', 'ms', ({ latencyMs }) => latencyMs],
    ['CPU of the service, or of pgbench, per request', 'µs', ({ clientMicroseconds }) => clientMicroseconds],
    [
      'CPU of the database per request',
      'µs',
      ({ databaseMicroseconds }) => databaseMicroseconds,
      goals.database,
    ],
    [
      'requests per second of processor time, database included',
      '/s',
      ({ clientMicroseconds, databaseMicroseconds }) => 1e6 / (clientMicroseconds + databaseMicroseconds),
    ],
  ]
  return figures.flatMap(([what, unit, of, goal]) => {
    const [text, lean, ours, before] = ['text', 'lean', 'one', 'before'].map((candidate) =>
      (rounds[candidate] ?? []).map(of),
    )
    const measured = `${name}: ${what}`
    return [
      beside(`pgbench, ${statement}`, text!, measured, unit, ours!, goal),
      beside(`lean floor: pgbench, ${statement}`, lean!, measured, unit, ours!),
      ...besideBefore(before!, measured, unit, ours!),
    ]
  })
}

function besideOneNode(name: string, two: readonly Slice[], one: readonly Slice[]): Row {
  const rates = (slices: readonly Slice[]) => slices.map(({ rate }) => rate)
  return beside('one node', rates(one), `${name}: requests per second`, '/s', rates(two))
}
