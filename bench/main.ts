/**
 * `npm run bench`: measures, prints a table. Every figure stands beside its floor, measured in the same run; how, and
 * what came out, is told in docs/performance.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { batch } from './batch.ts'
import { client } from './client.ts'
import { enable } from './enable.ts'
import { footprint } from './footprint.ts'
import { get } from './get.ts'
import { growth } from './growth.ts'
import { postgres } from './postgres.ts'
import { roles } from './roles.ts'
import { startUp } from './start-up.ts'
import { type Bench, type Benchmark, fewEnablements, openBench, type Row } from './support/bench.ts'
import { isPinned } from './support/child.ts'
import { installProgram, type Program, packProgram, sourceProgram } from './support/program.ts'
import { isReached, renderTable } from './support/table.ts'
import { tokenCheck } from './token-check.ts'
import { tokenGrant } from './token-grant.ts'
import { worlds } from './worlds.ts'

const benchmarks: readonly Benchmark[] = [
  get,
  growth,
  enable,
  batch,
  roles,
  tokenGrant,
  tokenCheck,
  startUp,
  footprint,
  postgres,
  client,
  worlds,
]

const help = `npm run bench -- [OPTIONS]

  --only A,B        only these: ${benchmarks.map(({ name }) => name).join(', ')}
  --before TARBALL  compare with this packed release, too (npm pack makes one)
  --seconds N       length of a slice (1)
  --rounds N        rounds, whose medians are printed (9)
  --stored N        enablements of the benchmarks of reading (1000000)
  --short           a first look: slices of 0.2 s, 2 rounds, 20000 enablements, unless given
  --large           growth up to ten times as many enablements
  --source          measure src/ instead of the packed and installed package
  --profile FOLDER  write a CPU profile of each service there
  --folder FOLDER   where the data is kept while it runs (the folder of the system for temporary files)
  --json-server FILE  its script, to compare starts with; it is not installed for that
  --json FILE       write the rows there, too`

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    before: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    stored: { type: 'string' },
    short: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    source: { type: 'boolean', default: false },
    profile: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    'json-server': { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const usual = values.short
  ? { seconds: 0.2, rounds: { warmUp: 1, counted: 2 }, stored: 20_000 }
  : { seconds: 1, rounds: { warmUp: 3, counted: 9 }, stored: 1_000_000 }
const seconds = Number(values.seconds ?? usual.seconds)
const rounds = { ...usual.rounds, counted: Number(values.rounds ?? usual.rounds.counted) }
const stored = Number(values.stored ?? usual.stored)
if (values.help) console.log(help)
else await main()

async function main(): Promise<void> {
  const chosen = choose(values.only)
  // The small end of growth, and whole batches.
  if (!(stored >= fewEnablements && stored % 1000 === 0)) {
    throw new Error(`--stored is a multiple of 1000, at least ${fewEnablements}.`)
  }
  const folder = mkdtempSync(path.join(values.folder, 'skillkeeper-bench-'))
  process.once('SIGINT', () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(130)
  })
  try {
    const bench = await openBench({
      folder,
      program: chooseProgram(folder),
      before: values.before === undefined ? undefined : installProgram(folder, 'before', values.before),
      seconds,
      rounds,
      stored,
      isLarge: values.large,
      jsonServer: values['json-server'],
    })
    const rows: Row[] = []
    for (const benchmark of chosen) rows.push(...(await runOne(benchmark, bench)))
    await bench.load.stop()
    report(rows)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function choose(only: string | undefined): readonly Benchmark[] {
  if (only === undefined) return benchmarks
  return only.split(',').map((name) => {
    const benchmark = benchmarks.find((candidate) => candidate.name === name)
    if (benchmark === undefined) throw new Error(`There is no benchmark ${name}.\n\n${help}`)
    return benchmark
  })
}

function chooseProgram(folder: string): Program {
  const nodeArguments: string[] = []
  if (values.profile !== undefined) {
    const profiles = path.resolve(values.profile)
    mkdirSync(profiles, { recursive: true })
    nodeArguments.push('--cpu-prof', '--cpu-prof-dir', profiles)
  }
  if (values.source) return sourceProgram(nodeArguments)
  console.error('Packing and installing …')
  return packProgram(folder, nodeArguments)
}

async function runOne(benchmark: Benchmark, bench: Bench): Promise<Row[]> {
  const startedAt = performance.now()
  const rows = await benchmark.run(bench)
  console.error(`${benchmark.name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  return rows
}

function report(rows: readonly Row[]): void {
  console.log(renderTable(rows))
  const pinning = isPinned
    ? 'Server and load have a core each.'
    : 'Server and load share all cores: no taskset here.'
  console.log(
    `\nMedians of ${rounds.counted} interleaved rounds of ${seconds} s (lowest–highest). ${pinning}`,
  )
  if (values.json !== undefined) {
    const measured = rows.map((row) => ({ ...row, isReached: isReached(row) }))
    writeFileSync(values.json, `${JSON.stringify(measured, undefined, 2)}\n`)
  }
}
