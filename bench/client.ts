/** What a call by the typed client costs its program beside the same call by a bare `fetch`, against a server that answers at once. */
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureClient } from '../scripts/client-size.ts'
import type { Benchmark } from './support/bench.ts'
import { type Child, startChild } from './support/child.ts'
import type { CallsAnswer, CallsJob } from './support/client-calls.ts'
import { skillId, unitId } from './support/dataset.ts'
import { readyUrl } from './support/program.ts'
import { interleave } from './support/rounds.ts'
import { beside, row } from './support/rows.ts'

const connections = 8

export const client: Benchmark = {
  name: 'client',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const log = path.join(bench.folder, 'client-log.txt')
    const start = async (core: 'measured' | 'load', file: string, ...args: string[]): Promise<Child> => {
      const script = fileURLToPath(new URL(file, import.meta.url))
      const child = await startChild({ command: [script, ...args], core, log })
      stack.defer(() => child.stop())
      return child
    }
    const enablement = {
      skill: { stage: 'live', id: skillId(0) },
      unit: { id: unitId(0) },
      accountLink: { status: 'NOT_LINKED' },
      status: 'ENABLED',
    }
    const server = await start('load', './floors/bare-http.js', JSON.stringify(enablement))
    const caller = await start('measured', './support/client-calls.ts')
    const job = { url: readyUrl(server.readyLine), connections, seconds: bench.seconds }
    const rounds = await interleave(bench.rounds, {
      fetch: () => run(caller, { ...job, by: 'fetch' }),
      client: () => run(caller, { ...job, by: 'client' }),
    })
    const cpu = (name: keyof typeof rounds) => rounds[name]
    const { gzipped } = await measureClient("export { SkillsClient } from 'client'")
    const measured = 'get by the typed client: CPU per call'
    return [
      beside(
        'the same by fetch, with a check of the status and JSON parsing',
        cpu('fetch'),
        measured,
        'µs',
        cpu('client'),
      ),
      row('the typed client, minified and gzipped', 'kB', [gzipped / 1000]),
    ]
  },
}

/** Processor time of one call, in microseconds. */
async function run(caller: Child, job: CallsJob): Promise<number> {
  const before = await caller.usage()
  const answered = once(caller.process, 'message', {
    signal: AbortSignal.timeout(job.seconds * 1000 + 60_000),
  })
  caller.process.send(job)
  const [answer] = (await answered) as [CallsAnswer]
  if ('failure' in answer) throw new Error(answer.failure)
  const after = await caller.usage()
  return (after.cpuMicroseconds - before.cpuMicroseconds) / answer.calls
}
