/** What reading costs: get, list and batch get with a million enablements stored, beside a server that reads nothing. */
import { type Benchmark, stored } from './support/bench.ts'
import { skillId, unitId, unitsOf } from './support/dataset.ts'
import type { Measured } from './support/load.ts'
import type { Program } from './support/program.ts'
import type { Requests } from './support/requests.ts'
import { interleave } from './support/rounds.ts'
import { beside, besideBefore } from './support/rows.ts'
import { accessToken, enablementPath, fetchText } from './support/service.ts'

const connections = 32
const batchSize = 100
/** A batch asks for rooms of one property, which the service knows by then. */
const unitsOfProperty = 1000

export const get: Benchmark = {
  name: 'get',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const units = unitsOf(bench.stored)
    const job = { connections, seconds: bench.seconds, expectedStatus: 200 }
    const start = async (program: Program) => {
      const service = await bench.startService(await bench.dataFolder('reading', bench.stored, program), {
        program,
      })
      stack.defer(() => service.stop())
      const token = await accessToken(service)
      const run = (requests: Requests) => () =>
        bench.load.run(service, { ...job, url: service.url, requests })
      const batchGet = (maxResults: number) =>
        run({
          kind: 'batch-get',
          size: batchSize,
          maxResults,
          token,
          units: Math.min(unitsOfProperty, units),
        })
      return {
        service,
        token,
        get: run({ kind: 'get', token, units }),
        list: run({ kind: 'list', token, units }),
        pageOfTen: batchGet(10),
        pageOfOne: batchGet(1),
      }
    }
    const ours = await start(bench.program)
    const before = bench.before && (await start(bench.before))
    const body = await fetchText(ours.service, enablementPath(skillId(0), unitId(0)), ours.token)
    const bare = await bench.startFloor(new URL('./floors/bare-http.js', import.meta.url).pathname, body)
    stack.defer(() => bare.stop())
    const rounds = await interleave<Measured, string>(bench.rounds, {
      bare: () =>
        bench.load.run(bare, {
          ...job,
          url: bare.url,
          requests: { kind: 'get', token: ours.token, units },
        }),
      get: ours.get,
      getBefore: before?.get,
      list: ours.list,
      pageOfTen: ours.pageOfTen,
      pageOfTenBefore: before?.pageOfTen,
      pageOfOne: ours.pageOfOne,
    })
    const cpu = (name: string) => rounds[name]!.map(({ cpuMicroseconds }) => cpuMicroseconds)
    const rate = (name: string) => rounds[name]!.map((measured) => measured.rate)
    const floor = 'bare node:http, constant body'
    const name = `get, ${stored(bench.stored)}, ${connections} connections`
    const page = 'batch get of 100 units, a page of ten with 100 records: CPU per request'
    return [
      beside(floor, cpu('bare'), `${name}: CPU per request`, 'µs', cpu('get'), { atMost: 2 }),
      ...besideBefore(cpu('getBefore'), `${name}: CPU per request`, 'µs', cpu('get'), { atMost: 0.68 }),
      beside(floor, rate('bare'), 'the same: requests per second', '/s', rate('get')),
      beside(floor, cpu('bare'), 'list, a page of ten: CPU per request', 'µs', cpu('list')),
      ...besideBefore(cpu('pageOfTenBefore'), page, 'µs', cpu('pageOfTen'), { atMost: 0.5 }),
      beside('get', cpu('get'), page, 'µs', cpu('pageOfTen')),
      beside('get', cpu('get'), 'the same, a page of one with ten records', 'µs', cpu('pageOfOne')),
    ]
  },
}
