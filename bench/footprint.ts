/** What the service takes while nobody uses it: memory, and packages on the disk. */
import { globSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Benchmark, fewEnablements, type Row } from './support/bench.ts'
import type { Program } from './support/program.ts'
import { interleave } from './support/rounds.ts'
import { beside, besideBefore, row } from './support/rows.ts'

/** Until what the start left behind is settled. */
const idleMs = 1000
/** Memory hardly differs between starts. */
const roundsMax = 3
const megabyte = 1_000_000

export const footprint: Benchmark = {
  name: 'footprint',
  async run(bench) {
    const measure = async (start: ReturnType<typeof bench.startService>) => {
      const service = await start
      await sleep(idleMs)
      const { residentBytes } = await service.usage()
      await service.stop()
      return residentBytes / megabyte
    }
    const { before, program } = bench
    const start = async (program: Program) =>
      bench.startService(await bench.dataFolder('few', fewEnablements, program), { program })
    const bare = new URL('./floors/bare-http.js', import.meta.url).pathname
    const rounds = await interleave<number, string>(
      { ...bench.rounds, counted: Math.min(roundsMax, bench.rounds.counted) },
      {
        bare: () => measure(bench.startFloor(bare)),
        ours: () => measure(start(program)),
        before: before && (() => measure(start(before))),
      },
    )
    const [ours, floor, old] = ['ours', 'bare', 'before'].map((name) => rounds[name] ?? [])
    const measured = 'idle memory (RSS)'
    const rows: Row[] = [
      row(measured, 'MB', ours!, { atMost: 80 }),
      beside('bare node:http', floor!, measured, 'MB', ours!),
      ...besideBefore(old!, measured, 'MB', ours!, { atMost: 1 }),
    ]
    const { installedIn } = bench.program
    if (installedIn === undefined) return rows
    const packages = globSync('node_modules/**/package.json', { cwd: installedIn })
    return [...rows, row('installed packages', '', [packages.length], { atMost: 1 })]
  },
}
