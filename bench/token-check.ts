/** What checking the token costs on a cache hit: the same service with and without the check. Both run from src/. */
import { type Benchmark, fewEnablements } from './support/bench.ts'
import { sourceProgram } from './support/program.ts'
import { readLoad } from './support/read-load.ts'
import { interleave } from './support/rounds.ts'
import { beside } from './support/rows.ts'

export const tokenCheck: Benchmark = {
  name: 'token-check',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const program = sourceProgram()
    const unchecked = ['--import', new URL('./floors/no-token-check.ts', import.meta.url).href]
    const service = await bench.startService(await bench.dataFolder('few', fewEnablements, program), {
      program,
    })
    stack.defer(() => service.stop())
    const data = await bench.dataFolder('no-token-check', fewEnablements, program)
    const unguarded = await bench.startService(data, { program, nodeArguments: unchecked })
    stack.defer(() => unguarded.stop())

    const rounds = await interleave(bench.rounds, {
      floor: await readLoad(bench, unguarded),
      checked: await readLoad(bench, service),
    })
    const cpu = (name: keyof typeof rounds) => rounds[name].map(({ cpuMicroseconds }) => cpuMicroseconds)
    const floor = 'the same without a token check'
    const measured = 'get with a cached token: CPU per request'
    return [beside(floor, cpu('floor'), measured, 'µs', cpu('checked'), { atMost: 1.1 })]
  },
}
