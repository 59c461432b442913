/** What a durable write costs: many at once beside one commit each, and one alone beside the disk itself. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { TableForm } from './floors/tables.ts'
import { type Bench, type Benchmark, fewEnablements, type Row } from './support/bench.ts'
import { unitsOf } from './support/dataset.ts'
import type { Measured } from './support/load.ts'
import type { Program } from './support/program.ts'
import { figure, interleave } from './support/rounds.ts'
import { beside, besideBefore } from './support/rows.ts'
import { accessToken, type Service } from './support/service.ts'

const units = unitsOf(fewEnablements)
const expectedStatus = 201
const writesAlone = 300

export const enable: Benchmark = {
  name: 'enable',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const start = async (program: Program) => {
      const data = await bench.dataFolder('enable', fewEnablements, program)
      const service = await bench.startService(data, { program })
      stack.defer(() => service.stop())
      return service
    }
    const startFloor = async (form: TableForm) => {
      const file = new URL('./floors/enable.ts', import.meta.url).pathname
      const floor = await bench.startFloor(
        file,
        path.join(bench.folder, `enable-${form}.db`),
        form,
        `${units}`,
      )
      stack.defer(() => floor.stop())
      return floor
    }
    const services = {
      each: await startFloor('text'),
      lean: await startFloor('lean'),
      ours: await start(bench.program),
      before: bench.before && (await start(bench.before)),
    }
    return [...(await together(bench, services)), await alone(bench, services.ours)]
  },
}

/** Counts enablements that were tried, on whichever server. */
let nextFresh = fewEnablements

interface Services {
  readonly each: Service
  readonly lean: Service
  readonly ours: Service
  readonly before: Service | undefined
}

async function together(bench: Bench, { each, lean, ours, before }: Services): Promise<Row[]> {
  const floor = (service: Service) => () =>
    enableFresh(bench, service, 'nobody-looks-at-it', { connections: 32 })
  const rounds = await interleave<Measured, string>(bench.rounds, {
    each: floor(each),
    lean: floor(lean),
    ours: await enabling(bench, ours),
    before: before && (await enabling(bench, before)),
  })
  const rate = (name: string) => rounds[name]!.map((measured) => measured.rate)
  const cpu = (name: string) => rounds[name]!.map(({ cpuMicroseconds }) => cpuMicroseconds)
  const name = 'durable enable, 32 connections'
  const ratePer = `${name}: requests per second`
  const cpuPer = `${name}: CPU per request`
  const eachName = 'node:http, one commit each'
  const leanName = 'lean floor: node:http, numbers for IDs, log, commits together'
  return [
    ...besideBefore(cpu('before'), cpuPer, 'µs', cpu('ours'), { atMost: 0.42 }),
    beside(eachName, cpu('each'), cpuPer, 'µs', cpu('ours')),
    beside(leanName, cpu('lean'), cpuPer, 'µs', cpu('ours')),
    beside(eachName, rate('each'), ratePer, '/s', rate('ours'), { atLeast: 4.5 }),
    beside(leanName, rate('lean'), ratePer, '/s', rate('ours')),
  ]
}

async function enabling(bench: Bench, service: Service): Promise<() => Promise<Measured>> {
  const token = await accessToken(service)
  return () => enableFresh(bench, service, token, { connections: 32 })
}

/** An enablement that was there before would need no `fsync`: every slice goes on behind the last one. */
async function enableFresh(
  bench: Bench,
  { url, usage }: Service,
  token: string,
  size: { connections: number; seconds?: number; countMax?: number },
): Promise<Measured> {
  const requests = { kind: 'enable', token, units, from: nextFresh } as const
  const measured = await bench.load.run(
    { usage },
    { url, seconds: bench.seconds, expectedStatus, requests, ...size },
  )
  nextFresh += measured.requests + units
  return measured
}

async function alone(bench: Bench, service: Service): Promise<Row> {
  const token = await accessToken(service)
  const rounds = await interleave(bench.rounds, {
    disk: async () => diskMs(path.join(bench.folder, 'disk-probe')),
    enable: async () => {
      const size = { connections: 1, seconds: 30, countMax: writesAlone }
      return (await enableFresh(bench, service, token, size)).p50Ms
    },
  })
  const floor = 'write of 4 KiB and fdatasync: p50'
  return beside(floor, rounds.disk, 'one durable enable alone: p50', 'ms', rounds.enable, { atMost: 2.6 })
}

/** The median of writing a page behind the last one, as SQLite does with its log. */
function diskMs(file: string): number {
  const page = Buffer.alloc(4096, 'x')
  const descriptor = openSync(file, 'w')
  const timesMs: number[] = []
  for (let write = 0; write < writesAlone; write++) {
    const startedAt = performance.now()
    writeSync(descriptor, page)
    fdatasyncSync(descriptor)
    timesMs.push(performance.now() - startedAt)
  }
  closeSync(descriptor)
  return figure(timesMs).median
}
