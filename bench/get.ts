/** What reading costs: get, list and batch get with a million enablements stored, beside a server that reads nothing. */
import { accessToken, type Benchmark, fetchText, manyEnablements, unitsOf } from './support/bench.ts'
import { skillId, unitId } from './support/dataset.ts'
import type { Job } from './support/load.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

const connections = 32
const batchSize = 100
/** A batch asks for rooms of one property, which the service knows by then. */
const unitsOfProperty = 1000

export const get: Benchmark = {
  name: 'get',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const service = await bench.startService(await bench.dataFolder(manyEnablements))
    stack.defer(() => service.stop())
    const token = await accessToken(service)
    const body = await fetchText(service, `/v1/skills/${skillId(0)}/enablements?unitId=${unitId(0)}`, token)
    const bare = await bench.startFloor(new URL('./floors/bare-http.js', import.meta.url).pathname, body)
    stack.defer(() => bare.stop())

    const job = { connections, seconds: bench.seconds, expectedStatus: 200 }
    const requests = { token, units: unitsOf(manyEnablements) }
    const batchGet = (maxResults: number): Job => ({
      ...job,
      url: service.url,
      requests: { kind: 'batch-get', size: batchSize, maxResults, token, units: unitsOfProperty },
    })
    const rounds = await interleave(bench.rounds, {
      bare: () => bench.load.run(bare, { ...job, url: bare.url, requests: { kind: 'get', ...requests } }),
      get: () =>
        bench.load.run(service, { ...job, url: service.url, requests: { kind: 'get', ...requests } }),
      list: () =>
        bench.load.run(service, { ...job, url: service.url, requests: { kind: 'list', ...requests } }),
      pageOfTen: () => bench.load.run(service, batchGet(10)),
      pageOfOne: () => bench.load.run(service, batchGet(1)),
    })
    const cpu = (name: keyof typeof rounds) => rounds[name].map(({ cpuMicroseconds }) => cpuMicroseconds)
    const rate = (name: keyof typeof rounds) => rounds[name].map((measured) => measured.rate)
    const floor = { name: 'bare node:http, constant body', figure: figure(cpu('bare')) }
    const getFloor = { name: 'get', figure: figure(cpu('get')) }
    const rateFloor = { ...floor, figure: figure(rate('bare')) }
    return [
      {
        measured: 'get, 10⁶ stored, 32 connections: CPU a request',
        unit: 'µs',
        floor,
        ours: figure(cpu('get')),
        ratio: figure(ratios(cpu('get'), cpu('bare'))),
        goal: { atMost: 2 },
      },
      {
        measured: 'the same: requests a second',
        unit: '/s',
        floor: rateFloor,
        ours: figure(rate('get')),
        ratio: figure(ratios(rate('get'), rate('bare'))),
      },
      {
        measured: 'list, a page of ten: CPU a request',
        unit: 'µs',
        floor,
        ours: figure(cpu('list')),
        ratio: figure(ratios(cpu('list'), cpu('bare'))),
      },
      {
        measured: 'batch get of 100 units, a page of ten with 100 records: CPU a request',
        unit: 'µs',
        floor: getFloor,
        ours: figure(cpu('pageOfTen')),
        ratio: figure(ratios(cpu('pageOfTen'), cpu('get'))),
        goal: { atMost: 3 },
      },
      {
        measured: 'the same, a page of one with ten records',
        unit: 'µs',
        floor: getFloor,
        ours: figure(cpu('pageOfOne')),
        ratio: figure(ratios(cpu('pageOfOne'), cpu('get'))),
      },
    ]
  },
}
