/** Makes load on a server, in one process of its own for the whole run, and measures what the server uses for it. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from './child.ts'
import type { Requests } from './requests.ts'

/** Bounded in time, and in number where `countMax` says so. */
export interface Job {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly countMax?: number
  readonly requests: Requests
  readonly expectedStatus: number
}

export interface JobReport {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
}

export type JobAnswer = { readonly report: JobReport } | { readonly failure: string }

/** What a job came to, with what it cost the server. */
export interface Measured extends JobReport {
  /** Processor time of the server for one request, all its threads included, in microseconds. */
  readonly cpuMicroseconds: number
  /** Requests a second. */
  readonly rate: number
}

export interface LoadGenerator {
  /** `server`: the process whose processor time is told. */
  run(server: Pick<Child, 'usage'>, job: Job): Promise<Measured>
  stop(): Promise<void>
}

const graceMs = 60_000

export async function startLoadGenerator(log: string): Promise<LoadGenerator> {
  const program = fileURLToPath(new URL('./load-generator.ts', import.meta.url))
  const child = await startChild({ command: [program], core: 'load', log })

  async function send(job: Job): Promise<JobReport> {
    const answered = once(child.process, 'message', {
      signal: AbortSignal.timeout(job.seconds * 1000 + graceMs),
    })
    child.process.send(job)
    const [answer] = (await answered) as [JobAnswer]
    if ('failure' in answer) throw new Error(answer.failure)
    return answer.report
  }

  return {
    async run(server, job) {
      const before = await server.usage()
      const report = await send(job)
      const after = await server.usage()
      return {
        ...report,
        cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / report.requests,
        rate: report.requests / report.seconds,
      }
    },
    stop: () => child.stop(),
  }
}
