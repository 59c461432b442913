/**
 * What test controls cost: worlds made, copied and taken back; a service in the process of a test; and a request in a world, beside the same of
 * a service without test controls.
 */
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Bench, type Benchmark, fewEnablements } from './support/bench.ts'
import { startChild } from './support/child.ts'
import { unitsOf, writeFullCatalogs } from './support/dataset.ts'
import { fillEnablements } from './support/fill.ts'
import { readLoad } from './support/read-load.ts'
import { interleave } from './support/rounds.ts'
import { beside, row } from './support/rows.ts'
import type { Service } from './support/service.ts'
import type { WorldTimes } from './support/world-times.ts'

/** Each makes a thousand worlds. */
const roundsMax = 3

export const worlds: Benchmark = {
  name: 'worlds',
  async run(bench) {
    const request = await measureRequest(bench)
    const rounds = { warmUp: 0, counted: Math.min(roundsMax, bench.rounds.counted) }
    const { times } = await interleave(rounds, { times: () => measureWorlds(bench) })
    const figures = (pick: (one: WorldTimes) => number) => times.map(pick)
    const created = (share: number) => figures(({ created }) => at(created, share))
    const ready = figures(({ readyAgain }) => readyAgain)
    const first = figures(({ ready }) => ready)
    const all = figures(({ createdInAll }) => createdInAll / 1000)
    const megabytes = figures((one) => one.megabytes)
    const snapshot = figures((one) => one.snapshot)
    const restore = figures((one) => one.restore)
    return [
      row('test service in process, ready', 'ms', ready, { atMost: 60 }),
      row('the same, the first of the process, with all code to load', 'ms', first),
      row('world created: p50', 'ms', created(0.5)),
      row('world created: p99', 'ms', created(0.99), { atMost: 2 }),
      row('1,000 worlds created', 's', all, { atMost: 3 }),
      row('process with 1,000 worlds (RSS)', 'MB', megabytes, { atMost: 500 }),
      row('snapshot of a world with 1,000 enablements', 'ms', snapshot, { atMost: 5 }),
      row('restore of a world with 1,000 enablements', 'ms', restore, { atMost: 5 }),
      request,
    ]
  },
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

async function measureWorlds({ folder, program: { installedIn } }: Bench): Promise<WorldTimes> {
  const library =
    installedIn === undefined
      ? new URL('../src/testing/index.ts', import.meta.url)
      : pathToFileURL(path.join(installedIn, 'node_modules/skillkeeper/dist/testing/index.js'))
  const child = await startChild({
    command: [fileURLToPath(new URL('./support/world-times.ts', import.meta.url)), library.href],
    core: 'measured',
    log: path.join(folder, 'worlds-log.txt'),
  })
  return JSON.parse(child.readyLine)
}

async function measureRequest(bench: Bench) {
  await using stack = new AsyncDisposableStack()
  const { program } = bench
  const [catalog = ''] = writeFullCatalogs(bench.folder, unitsOf(fewEnablements), false)
  async function start(flags: readonly string[], base = ''): Promise<Service> {
    const started = await bench.startService(':memory:', { program, catalog, flags })
    stack.defer(() => started.stop())
    const service = { ...started, url: started.url + base }
    await fillEnablements(bench.load, service, fewEnablements, false)
    return service
  }
  const rounds = await interleave(bench.rounds, {
    plain: await readLoad(bench, await start([])),
    world: await readLoad(bench, await start(['--test-controls'], '/_world/default')),
  })
  const cpu = (name: keyof typeof rounds) => rounds[name].map(({ cpuMicroseconds }) => cpuMicroseconds)
  const measured = 'get in a world: CPU per request'
  return beside('the same without test controls', cpu('plain'), measured, 'µs', cpu('world'), {
    atMost: 1.15,
  })
}
