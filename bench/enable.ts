/** What a durable write costs: many at once beside one commit each, and one alone beside the disk itself. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import {
  accessToken,
  type Bench,
  type Benchmark,
  fewEnablements,
  type Row,
  type Service,
  unitsOf,
} from './support/bench.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

const units = unitsOf(fewEnablements)
const expectedStatus = 201
const writesAlone = 300

export const enable: Benchmark = {
  name: 'enable',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const data = await bench.ownDataFolder('enable', fewEnablements)
    const service = await bench.startService(data)
    stack.defer(() => service.stop())
    const bareData = await bench.ownDataFolder('commit-each', fewEnablements)
    const bare = await bench.startFloor(
      new URL('./floors/commit-each.ts', import.meta.url).pathname,
      bareData,
    )
    stack.defer(() => bare.stop())
    const token = await accessToken(service)
    return [...(await together(bench, service, bare, token)), await alone(bench, service, token, data)]
  },
}

/** An enablement that was there before would need no `fsync`: every slice goes on where the last one ended. */
let nextFresh = 0

async function together(bench: Bench, service: Service, bare: Service, token: string): Promise<Row[]> {
  const enableFresh = async (server: Service) => {
    const requests = { kind: 'enable', token, units, from: nextFresh } as const
    const job = { url: server.url, connections: 32, seconds: bench.seconds, expectedStatus, requests }
    const measured = await bench.load.run(server, job)
    nextFresh += measured.requests + units
    return measured
  }
  const rounds = await interleave(bench.rounds, {
    bare: () => enableFresh(bare),
    enable: () => enableFresh(service),
  })
  const of = (name: keyof typeof rounds, what: 'rate' | 'cpuMicroseconds') =>
    rounds[name].map((each) => each[what])
  const name = 'node:http, one commit each'
  return [
    {
      measured: 'durable enable, 32 connections: requests a second',
      unit: '/s',
      floor: { name, figure: figure(of('bare', 'rate')) },
      ours: figure(of('enable', 'rate')),
      ratio: figure(ratios(of('enable', 'rate'), of('bare', 'rate'))),
      goal: { atLeast: 7 },
    },
    {
      measured: 'the same: CPU a request, its later activation included',
      unit: 'µs',
      floor: { name, figure: figure(of('bare', 'cpuMicroseconds')) },
      ours: figure(of('enable', 'cpuMicroseconds')),
      ratio: figure(ratios(of('enable', 'cpuMicroseconds'), of('bare', 'cpuMicroseconds'))),
    },
  ]
}

async function alone(bench: Bench, service: Service, token: string, data: string): Promise<Row> {
  const rounds = await interleave(bench.rounds, {
    disk: async () => diskMs(path.join(data, 'disk-probe')),
    enable: async () => {
      const requests = { kind: 'enable', token, units, from: nextFresh } as const
      const job = {
        url: service.url,
        connections: 1,
        seconds: 30,
        countMax: writesAlone,
        expectedStatus,
        requests,
      }
      const { p50Ms } = await bench.load.run(service, job)
      nextFresh += writesAlone + units
      return p50Ms
    },
  })
  return {
    measured: 'one durable enable alone: p50',
    unit: 'ms',
    floor: { name: 'write of 4 KiB and fdatasync: p50', figure: figure(rounds.disk) },
    ours: figure(rounds.enable),
    ratio: figure(ratios(rounds.enable, rounds.disk)),
    goal: { atMost: 2 },
  }
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
