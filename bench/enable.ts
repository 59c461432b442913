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
import type { Measured } from './support/load.ts'
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
    return [...(await together(bench, { bare, service })), await alone(bench, service, data)]
  },
}

/** Counts enablements that were tried, on whichever server. */
let nextFresh = 0

async function together(
  bench: Bench,
  { bare, service }: Record<'bare' | 'service', Service>,
): Promise<Row[]> {
  const rounds = await interleave(bench.rounds, {
    bare: () => enableFresh(bench, bare, 'nobody-looks-at-it', { connections: 32 }),
    service: await enabling(bench, service),
  })
  const beside = (what: 'rate' | 'cpuMicroseconds') => {
    const [ours, floor] = (['service', 'bare'] as const).map((each) =>
      rounds[each].map((measured) => measured[what]),
    )
    return {
      unit: what === 'rate' ? '/s' : 'µs',
      floor: { name: 'node:http, one commit each', figure: figure(floor!) },
      ours: figure(ours!),
      ratio: figure(ratios(ours!, floor!)),
    }
  }
  const measured = 'durable enable, 32 connections'
  return [
    { measured: `${measured}: requests a second`, ...beside('rate'), goal: { atLeast: 7 } },
    { measured: 'the same: CPU a request', ...beside('cpuMicroseconds') },
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

async function alone(bench: Bench, service: Service, data: string): Promise<Row> {
  const token = await accessToken(service)
  const rounds = await interleave(bench.rounds, {
    disk: async () => diskMs(path.join(data, 'disk-probe')),
    enable: async () => {
      const size = { connections: 1, seconds: 30, countMax: writesAlone }
      return (await enableFresh(bench, service, token, size)).p50Ms
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
