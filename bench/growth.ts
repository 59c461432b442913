/** What more data costs: get and list over HTTP with few and with many enablements, and a page far into a long list. */
import {
  accessToken,
  type Bench,
  type Benchmark,
  fetchText,
  fewEnablements,
  manyEnablements,
  type Row,
  type Service,
  unitsOf,
} from './support/bench.ts'
import { largeUnitId, skillsInAll } from './support/dataset.ts'
import type { Measured } from './support/load.ts'
import type { Requests } from './support/requests.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

const connections = 32
const goal = { atMost: 1.5 }
const pageSize = 10

export const growth: Benchmark = {
  name: 'growth',
  async run(bench) {
    const rows = await growthRows(bench, manyEnablements, '10⁶')
    return bench.isLarge ? [...rows, ...(await growthRows(bench, 10 * manyEnablements, '10⁷'))] : rows
  },
}

async function growthRows(bench: Bench, enablements: number, written: string): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const few = await bench.startService(await bench.dataFolder(fewEnablements))
  stack.defer(() => few.stop())
  const many = await bench.startService(await bench.dataFolder(enablements))
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
  const compare = (
    measured: string,
    name: string,
    floor: readonly Measured[],
    ours: readonly Measured[],
  ): Row => {
    const [floorMs, oursMs] = [floor, ours].map((results) => results.map(({ p50Ms }) => p50Ms))
    return {
      measured,
      unit: 'ms',
      floor: { name, figure: figure(floorMs!) },
      ours: figure(oursMs!),
      ratio: figure(ratios(oursMs!, floorMs!)),
      goal,
    }
  }
  return [
    compare(`get, ${written} stored: p50`, 'the same, 10⁴ stored', rounds.getFew, rounds.getMany),
    compare(`list, ${written} stored: p50`, 'the same, 10⁴ stored', rounds.listFew, rounds.listMany),
    compare('list, page 900 of 1,000: p50', 'the first page', rounds.firstPage, rounds.deepPage),
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
