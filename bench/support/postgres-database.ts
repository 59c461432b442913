/**
 * PostgreSQL for the benchmarks: durable, on the disk, with the tables that a service has made and what is put into them
 * beside it. It tells what the server uses.
 */
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import postgres from 'postgres'
import { startServer } from '../../test/support/postgres-server.ts'
import { client, organizationId, skillsEverywhere, skillsInAll } from './dataset.ts'
import { skillSql, unitSql } from './pgbench-scripts.ts'

export interface PostgresDatabase {
  readonly sql: postgres.Sql
  /** The address of a schema of its own. */
  schemaUrl(schema: string): Promise<string>
  /** Processor time of all processes of the server since it began, in microseconds. */
  cpuMicroseconds(): number
  stop(): Promise<void>
}

/** Clock ticks of /proc are hundredths of a second on every Linux. */
const tickMicroseconds = 10_000

export async function startPostgres(folder: string): Promise<PostgresDatabase> {
  // The user of the server has to get through.
  chmodSync(folder, 0o711)
  const server = await startServer(['shared_buffers=1GB', 'max_wal_size=4GB'], { parent: folder })
  const sql = postgres(`${server.url}/postgres`, { max: 1, onnotice: () => undefined })
  return {
    sql,
    schemaUrl: async (schema) => {
      await sql.unsafe(`create schema ${schema}`)
      return `${server.url}/postgres?search_path=${schema}`
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

/** Units, skills and enablements as `fillDatabase` puts them into a data folder. */
export async function fillPostgres(sql: postgres.Sql, schema: string, units: number): Promise<void> {
  await sql.unsafe(`
    set search_path to ${schema};
    insert into units (id, organization_id, parent_id, level, path, name)
    select ${unitSql('i')}, '${organizationId}', '${organizationId}', 1, '/${organizationId}/' || ${unitSql('i')}, 'Room ' || i
    from generate_series(0, ${units - 1}) as i order by 1;
    insert into skills (id, name, stages)
    select ${skillSql('i')}, 'Skill ' || i, '["development","live"]' from generate_series(0, ${skillsInAll - 1}) as i;
    insert into enablements (unit_id, skill_id, organization_id, stage, partition_names, enabled_from, is_linked, created_at,
      request_id, actor)
    select u.id, ${skillSql('s')}, '${organizationId}', 'live', '[]', 0, 0, 1750000000000 + 1000 * row_number() over (),
      'made-by-the-benchmark', '${client.id}'
    from units u cross join generate_series(0, ${skillsEverywhere - 1}) as s where u.level > 0 order by u.id, s;
    analyze; reset search_path; checkpoint`)
}
