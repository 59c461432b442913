/** PostgreSQL for the benchmarks: durable, on the disk. It tells what the server and the tables of a schema use. */
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import postgres from 'postgres'
import { startServer } from '../../test/support/postgres-server.ts'

export interface PostgresDatabase {
  readonly sql: postgres.Sql
  createSchema(schema: string): Promise<void>
  urlOf(schema: string): string
  /** Bytes on the disk of the operations log and of all other tables of the schema, each with its indexes. */
  bytes(schema: string): Promise<Record<'log' | 'others', number>>
  /** Brings the statistics of the planner up to date and writes all pages, as after long use. */
  settle(): Promise<void>
  /** Processor time of all processes of the server since it began, in microseconds. */
  cpuMicroseconds(): number
  stop(): Promise<void>
}

/** Clock ticks of /proc are hundredths of a second on every Linux. */
const tickMicroseconds = 10_000

export async function startPostgres(folder: string): Promise<PostgresDatabase> {
  // The user of the server has to get through.
  chmodSync(folder, 0o711)
  const server = await startServer(['shared_buffers=4GB', 'max_wal_size=4GB'], { parent: folder })
  const sql = postgres(`${server.url}/postgres`, { max: 1, onnotice: () => undefined })
  return {
    sql,
    createSchema: async (schema) => void (await sql.unsafe(`create schema ${schema}`)),
    urlOf: (schema) => `${server.url}/postgres?search_path=${schema}`,
    bytes: async (schema) => {
      const tables = await sql<{ name: string; bytes: number }[]>`
        select relname as name, pg_total_relation_size(oid)::float8 as bytes from pg_class
        where relnamespace = ${schema}::regnamespace and relkind = 'r'`
      const [log, others] = [true, false].map((isLog) =>
        tables.reduce(
          (sum, { name, bytes }) => (/(^|_)log(_|$)/.test(name) === isLog ? sum + bytes : sum),
          0,
        ),
      )
      return { log: log!, others: others! }
    },
    settle: async () => {
      await sql.unsafe('analyze')
      await sql.unsafe('checkpoint')
    },
    cpuMicroseconds: () => ticksOf(server.pid) * tickMicroseconds,
    stop: async () => {
      await sql.end()
      await server.stop()
    },
  }
}

/** Of the process with its ended children, and of the children that it has now. */
function ticksOf(pid: number): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.reduce((sum, name) => {
    const [parent, own, ended] = statOf(name)
    if (Number(name) === pid) return sum + own + ended
    return parent === pid ? sum + own : sum
  }, 0)
}

function statOf(pid: string): [parent: number, own: number, ended: number] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number)
    const at = (index: number) => fields[index] ?? 0
    return [at(1), at(11) + at(12), at(13) + at(14)]
  } catch {
    // It has ended since.
    return [0, 0, 0]
  }
}
