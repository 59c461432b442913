/** Debian's pgbench, which sends statements as fast as the server answers. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

export interface PgbenchResult {
  readonly rate: number
  /** The mean: pgbench tells no median. */
  readonly latencyMs: number
  readonly transactions: number
  /** Processor time of pgbench itself for one transaction, in microseconds. */
  readonly clientMicroseconds: number
}

const program = ['/usr/bin/pgbench', '/usr/lib/postgresql/15/bin/pgbench'].find(existsSync)
const graceMs = 60_000
/** Tells the processor time of the command behind it. */
const timed = 'TIMEFORMAT="cpu %U %S"; time "$@"'

/** Whether Debian's package `postgresql-contrib` is there. */
export const hasPgbench = program !== undefined && spawnSync(program, ['--version']).status === 0

/** Gives a function that runs the script on so many connections, in prepared statements. */
export function pgbench(folder: string, url: string, name: string, script: string) {
  const file = path.join(folder, `${name}.sql`)
  writeFileSync(file, script)
  let runs = 0
  return async (seconds: number, connections: number): Promise<PgbenchResult> => {
    const { hostname, port, searchParams } = new URL(url)
    runs += 1
    const size = ['-c', String(connections), '-j', '1', '-T', String(Math.max(1, Math.round(seconds)))]
    const where = ['-h', hostname, '-p', port, '-U', 'postgres', 'postgres']
    // What a script counts begins anew with each run.
    const variables = ['-D', `run=${runs}`, '-D', 'i=0']
    const command = [program ?? '', '-n', '-M', 'prepared', '-f', file, ...size, ...variables, ...where]
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', timed, 'bash', ...command], {
      env: { PGOPTIONS: `-c search_path=${searchParams.get('search_path')}` },
      timeout: seconds * 1000 + graceMs,
    })
    const told = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? Number.NaN)
    const transactions = told(/^number of transactions actually processed: (\d+)/m)
    const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(stderr) ?? []
    return {
      rate: told(/^tps = ([\d.]+)/m),
      latencyMs: told(/^latency average = ([\d.]+)/m),
      transactions,
      clientMicroseconds: ((Number(user) + Number(system)) * 1e6) / transactions,
    }
  }
}
