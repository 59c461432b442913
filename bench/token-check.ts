/** What checking the token costs on a cache hit: the same service with and without the check. Both run from src/. */
import { accessToken, type Benchmark, fewEnablements, type Service, unitsOf } from './support/bench.ts'
import { sourceProgram } from './support/program.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

export const tokenCheck: Benchmark = {
  name: 'token-check',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const program = sourceProgram()
    const unchecked = ['--import', new URL('./floors/no-token-check.ts', import.meta.url).href]
    const service = await bench.startService(await bench.dataFolder(fewEnablements), { program })
    stack.defer(() => service.stop())
    const data = await bench.ownDataFolder('no-token-check', fewEnablements)
    const floor = await bench.startService(data, { program, nodeArguments: unchecked })
    stack.defer(() => floor.stop())

    const get = async (server: Service) => {
      const token = await accessToken(server)
      return () =>
        bench.load.run(server, {
          url: server.url,
          connections: 32,
          seconds: bench.seconds,
          expectedStatus: 200,
          requests: { kind: 'get', token, units: unitsOf(fewEnablements) },
        })
    }
    const rounds = await interleave(bench.rounds, { floor: await get(floor), checked: await get(service) })
    const cpu = (name: keyof typeof rounds) => rounds[name].map(({ cpuMicroseconds }) => cpuMicroseconds)
    return [
      {
        measured: 'get with a token that is known already: CPU a request',
        unit: 'µs',
        floor: { name: 'the same without a token check', figure: figure(cpu('floor')) },
        ours: figure(cpu('checked')),
        ratio: figure(ratios(cpu('checked'), cpu('floor'))),
        goal: { atMost: 1.1 },
      },
    ]
  },
}
