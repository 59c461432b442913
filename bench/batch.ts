/** What a batch costs: a hundred items beside a hundred rows, and how long a house of 5,000 rooms takes. */
import path from 'node:path'
import { type BareTable, makeBareTable } from './floors/bare-sqlite.ts'
import type { TableForm } from './floors/tables.ts'
import type { Bench, Benchmark, Row } from './support/bench.ts'
import { skillId, unitId, unitsOf } from './support/dataset.ts'
import { house, houseEnablements } from './support/house.ts'
import type { Measured } from './support/load.ts'
import type { Program } from './support/program.ts'
import { pairOf } from './support/requests.ts'
import { figure, interleave } from './support/rounds.ts'
import { beside, besideBefore } from './support/rows.ts'
import { accessToken, type Service } from './support/service.ts'

const size = 100
const units = unitsOf(houseEnablements)
const batchesAlone = 30

export const batch: Benchmark = {
  name: 'batch',
  run: async (bench) => {
    await using stack = new AsyncDisposableStack()
    const start = async (program: Program, name: string) => {
      const data = await bench.dataFolder(name, houseEnablements, program)
      const service = await bench.startService(data, { program })
      stack.defer(() => service.stop())
      return service
    }
    const ours = await start(bench.program, 'batch')
    const before = bench.before && (await start(bench.before, 'batch'))
    const rows = await oneBatch(bench, ours, before)
    return [...rows, await house(bench, await start(bench.program, 'house'), '')]
  },
}

type Slice = Pick<Measured, 'p50Ms' | 'cpuMicroseconds'>

/** What accepting a batch costs. */
async function oneBatch(bench: Bench, ours: Service, before: Service | undefined): Promise<Row[]> {
  using stack = new DisposableStack()
  const bare = (form: TableForm) => {
    const table = makeBareTable(path.join(bench.folder, `batch-${form}.db`), form, units)
    stack.defer(() => table.database.close())
    return insertBatches(table)
  }
  const rounds = await interleave<Slice, string>(bench.rounds, {
    text: bare('text'),
    lean: bare('lean'),
    ours: await sendingBatches(bench, ours),
    before: before && (await sendingBatches(bench, before)),
  })
  const p50 = (name: string) => rounds[name]!.map(({ p50Ms }) => p50Ms)
  const cpu = (name: string) => rounds[name]!.map(({ cpuMicroseconds }) => cpuMicroseconds / 1000)
  const p50Of = 'batch of 100, over HTTP: p50'
  const cpuOf = 'batch of 100, over HTTP: CPU'
  const leanName = 'lean floor: transaction of 100 rows with log entries'
  return [
    ...besideBefore(cpu('before'), cpuOf, 'ms', cpu('ours')),
    beside('SQLite transaction of 100 rows: p50', p50('text'), p50Of, 'ms', p50('ours'), { atMost: 0.9 }),
    beside(`${leanName}: p50`, p50('lean'), p50Of, 'ms', p50('ours')),
    beside(leanName, cpu('lean'), cpuOf, 'ms', cpu('ours')),
  ]
}

function insertBatches({ database, insert }: BareTable): () => Promise<Slice> {
  let next = houseEnablements
  return async () => {
    const timesMs: number[] = []
    const before = process.cpuUsage()
    for (let number = 0; number < batchesAlone; number++) {
      const startedAt = performance.now()
      database.exec('begin immediate')
      for (let item = 0; item < size; item++) {
        const { skill, unit } = pairOf(next++, units)
        insert(unitId(unit), skillId(skill))
      }
      database.exec('commit')
      timesMs.push(performance.now() - startedAt)
    }
    const { user, system } = process.cpuUsage(before)
    return { p50Ms: figure(timesMs).median, cpuMicroseconds: (user + system) / batchesAlone }
  }
}

async function sendingBatches(bench: Bench, service: Service): Promise<() => Promise<Slice>> {
  const token = await accessToken(service)
  let from = houseEnablements
  return () => {
    const requests = { kind: 'batch', token, units, from, size } as const
    from += batchesAlone * size
    const job = {
      url: service.url,
      connections: 1,
      seconds: 30,
      countMax: batchesAlone,
      expectedStatus: 202,
      requests,
    }
    return bench.load.run(service, job)
  }
}
