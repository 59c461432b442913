/** What more data costs: get and list over HTTP with few and with many enablements, a page far into a long list, and the size of the data folder. */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { type Bench, type Benchmark, fewEnablements, type Row, stored } from './support/bench.ts'
import { largeUnitId, skillsInAll, unitsOf } from './support/dataset.ts'
import type { Measured } from './support/load.ts'
import type { Requests } from './support/requests.ts'
import { interleave } from './support/rounds.ts'
import { beside, besideBefore, row } from './support/rows.ts'
import { accessToken, fetchText, type Service } from './support/service.ts'

const connections = 32
const goal = { atMost: 1.35 }
const pageSize = 10
const megabyte = 1_000_000
/** The goal of the size is stated for so many. */
const million = 1_000_000

export const growth: Benchmark = {
  name: 'growth',
  async run(bench) {
    const sizes = await folderSizes(bench)
    const rows = await growthRows(bench, bench.stored)
    return [...sizes, ...rows, ...(bench.isLarge ? await growthRows(bench, 10 * bench.stored) : [])]
  },
}

/** The bytes of all files that a service leaves behind when it has stopped. */
async function folderSizes(bench: Bench): Promise<Row[]> {
  const { before } = bench
  const megabytes = async (program = bench.program) => {
    const folder = await bench.filledFolder(bench.stored, program)
    return (
      readdirSync(folder).reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0) / megabyte
    )
  }
  const ours = [await megabytes()]
  const measured = `data folder with its operations log, ${stored(bench.stored)}`
  return [
    row(measured, 'MB', ours, bench.stored === million ? { atMost: 150 } : undefined),
    ...besideBefore(before ? [await megabytes(before)] : [], measured, 'MB', ours),
  ]
}

async function growthRows(bench: Bench, enablements: number): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const few = await bench.startService(await bench.dataFolder('few', fewEnablements))
  stack.defer(() => few.stop())
  const many = await bench.startService(
    await bench.dataFolder(enablements === bench.stored ? 'reading' : `many-${enablements}`, enablements),
  )
  stack.defer(() => many.stop())
  const [fewToken, manyToken] = await Promise.all([accessToken(few), accessToken(many)])

  const inFew = { token: fewToken, units: unitsOf(fewEnablements) }
  const inMany = { token: manyToken, units: unitsOf(enablements) }
  const { firstPage, deepPage } = await pagesOfLargeUnit(many, manyToken)
  const ask = (service: Service, requests: Requests) => () =>
    bench.load.run(service, {
      url: service.url,
      connections,
      seconds: bench.seconds,
      expectedStatus: 200,
      requests,
    })
  const rounds = await interleave(bench.rounds, {
    getFew: ask(few, { kind: 'get', ...inFew }),
    getMany: ask(many, { kind: 'get', ...inMany }),
    listFew: ask(few, { kind: 'list', ...inFew }),
    listMany: ask(many, { kind: 'list', ...inMany }),
    firstPage: ask(many, { kind: 'fixed', token: manyToken, path: firstPage }),
    deepPage: ask(many, { kind: 'fixed', token: manyToken, path: deepPage }),
  })
  const p50 = (results: readonly Measured[]) => results.map(({ p50Ms }) => p50Ms)
  const compare = (name: string, floor: readonly Measured[], measured: string, ours: readonly Measured[]) =>
    beside(name, p50(floor), `${measured}: p50`, 'ms', p50(ours), goal)
  const few10 = `the same, ${stored(fewEnablements)}`
  const many10 = stored(enablements)
  return [
    compare(few10, rounds.getFew, `get, ${many10}`, rounds.getMany),
    compare(few10, rounds.listFew, `list, ${many10}`, rounds.listMany),
    compare('the first page', rounds.firstPage, `list, page 900 of 1,000, ${many10}`, rounds.deepPage),
  ]
}

/** The first page of the unit with very many skills, and one nine tenths into its list. */
async function pagesOfLargeUnit(
  service: Service,
  token: string,
): Promise<{ firstPage: string; deepPage: string }> {
  const firstPage = `/v1/skills/enablements?unitId=${largeUnitId}&maxResults=${pageSize}`
  const depth = (skillsInAll / pageSize) * 0.9
  let page = firstPage
  for (let number = 1; number < depth; number++) {
    const { paginationContext } = JSON.parse(await fetchText(service, page, token))
    page = `${firstPage}&nextToken=${paginationContext.nextToken}`
  }
  return { firstPage, deepPage: page }
}
