/** What the service takes while nobody uses it: memory, and packages on the disk. */
import { globSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Benchmark, fewEnablements, type Row } from './support/bench.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

/** Until what the start left behind is settled. */
const idleMs = 1000
/** Memory hardly differs between starts. */
const roundsMax = 3
const megabyte = 1_000_000

export const footprint: Benchmark = {
  name: 'footprint',
  async run(bench) {
    const data = await bench.dataFolder(fewEnablements)
    const measure = async (start: ReturnType<typeof bench.startService>) => {
      const service = await start
      await sleep(idleMs)
      const { residentBytes } = await service.usage()
      await service.stop()
      return residentBytes / megabyte
    }
    const bare = new URL('./floors/bare-http.js', import.meta.url).pathname
    const rounds = await interleave(roundsMax, {
      bare: () => measure(bench.startFloor(bare)),
      service: () => measure(bench.startService(data)),
    })
    const rows: Row[] = [
      {
        measured: 'idle memory (RSS)',
        unit: 'MB',
        ours: figure(rounds.service),
        goal: { atMost: 90 },
      },
      {
        measured: 'the same',
        unit: 'MB',
        floor: { name: 'bare node:http', figure: figure(rounds.bare) },
        ours: figure(rounds.service),
        ratio: figure(ratios(rounds.service, rounds.bare)),
      },
    ]
    const { installedIn } = bench.program
    if (installedIn === undefined) return rows
    const packages = globSync('node_modules/**/package.json', { cwd: installedIn })
    return [
      ...rows,
      { measured: 'installed packages', unit: '', ours: figure([packages.length]), goal: { atMost: 79 } },
    ]
  },
}
