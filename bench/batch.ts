/** What a batch costs: a hundred items beside a hundred rows, and how long a house of 5,000 rooms takes. */
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { insertEnablement, openForWriting } from './support/bare-sqlite.ts'
import { accessToken, type Bench, type Benchmark, type Row, type Service, unitsOf } from './support/bench.ts'
import { skillId, unitId } from './support/dataset.ts'
import { freshPair } from './support/requests.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

const size = 100
const rooms = 5000
const enablements = 50_000
const units = unitsOf(enablements)
const batchesAlone = 30
const pollMs = 5
const roomsTimeoutMs = 60_000

export const batch: Benchmark = {
  name: 'batch',
  run: async (bench) => [await oneBatch(bench), await house(bench)],
}

/** Counts the items that were enabled, so that every batch has fresh ones. */
let nextFresh = 0

/** What accepting a batch costs. */
async function oneBatch(bench: Bench): Promise<Row> {
  await using stack = new AsyncDisposableStack()
  const data = await bench.ownDataFolder('batch', enablements)
  const service = await bench.startService(data)
  stack.defer(() => service.stop())
  const token = await accessToken(service)
  const database = openForWriting(
    path.join(await bench.ownDataFolder('bare-batch', enablements), 'skillkeeper.db'),
  )
  const insert = insertEnablement(database)
  let nextRow = 0
  const insertRows = () => {
    database.exec('begin immediate')
    for (let row = 0; row < size; row++) {
      const { skill, unit } = freshPair(nextRow++, units)
      insert(unitId(unit), skillId(skill))
    }
    database.exec('commit')
  }
  const rounds = await interleave(bench.rounds, {
    bare: async () => {
      const timesMs: number[] = []
      for (let number = 0; number < batchesAlone; number++) {
        const startedAt = performance.now()
        insertRows()
        timesMs.push(performance.now() - startedAt)
      }
      return figure(timesMs).median
    },
    batch: async () => (await sendBatches(bench, service, token, batchesAlone, 1)).p50Ms,
  })
  database.close()
  return {
    measured: 'batch of 100, over HTTP: p50',
    unit: 'ms',
    floor: { name: 'SQLite transaction of 100 rows: p50', figure: figure(rounds.bare) },
    ours: figure(rounds.batch),
    ratio: figure(ratios(rounds.batch, rounds.bare)),
    goal: { atMost: 1.5 },
  }
}

/** From the first byte of the first batch until the last room is `ENABLED`, as seen in the database. */
async function house(bench: Bench): Promise<Row> {
  await using stack = new AsyncDisposableStack()
  const data = await bench.ownDataFolder('house', enablements)
  const service = await bench.startService(data)
  stack.defer(() => service.stop())
  const token = await accessToken(service)
  const seconds: number[] = []
  const database = new DatabaseSync(path.join(data, 'skillkeeper.db'), { readOnly: true })
  const enabled = database.prepare('select count(*) as count from enablements where enabled_from <= ?')
  const enabledNow = () => Number(enabled.get(Date.now())?.count)
  for (let round = 0; round < bench.rounds; round++) {
    const before = enabledNow()
    const startedAt = performance.now()
    await sendBatches(bench, service, token, rooms / size, 4)
    await until(() => enabledNow() === before + rooms)
    seconds.push((performance.now() - startedAt) / 1000)
  }
  database.close()
  return {
    measured: '5,000 rooms in 50 batches until all are ENABLED (200 ms of it the set delay)',
    unit: 's',
    ours: figure(seconds),
    goal: { atMost: 2 },
  }
}

async function sendBatches(
  bench: Bench,
  service: Service,
  token: string,
  count: number,
  connections: number,
) {
  const requests = { kind: 'batch', token, units, from: nextFresh, size } as const
  nextFresh += count * size
  const job = { url: service.url, connections, seconds: 30, countMax: count, expectedStatus: 202, requests }
  return await bench.load.run(service, job)
}

async function until(isReached: () => boolean): Promise<void> {
  const endsAt = performance.now() + roomsTimeoutMs
  while (!isReached()) {
    if (performance.now() > endsAt) throw new Error('The rooms were not enabled in time.')
    await sleep(pollMs)
  }
}
