/** One step of the schema on PostgreSQL, whole or not at all. */
import type { Statement } from '../engine/driver.ts'
import { endsConnection } from './failure.ts'
import { execute, type Session } from './session.ts'

/** Any number that no other program is likely to lock. */
const migrationLock = 5_337_001

/** See `Driver.migrate`. */
export async function migrateOnce(
  session: Session,
  text: string,
  done?: Statement,
  note?: Statement,
): Promise<void> {
  await inOneTransaction(session, async () => {
    const { client } = session
    await client.unsafe(`select pg_advisory_xact_lock(${migrationLock})`)
    if (done !== undefined && (await execute(session, done.sql, done.values)).length > 0) return
    await client.unsafe('set local statement_timeout = 0')
    await client.unsafe(text.replace(/\/\* postgres: (.*?) \*\//g, '$1'))
    await client.unsafe(compareByBytes)
    if (note !== undefined) await execute(session, note.sql, note.values)
  })
}

async function inOneTransaction({ client, begin }: Session, run: () => Promise<void>): Promise<void> {
  await client.unsafe(begin)
  try {
    await run()
    await client.unsafe('commit')
  } catch (error) {
    if (!endsConnection(error)) await client.unsafe('rollback')
    throw error
  }
}

/**
 * The embedded engine compares texts byte by byte, and so the order of a list and the paths below a unit are meant. A
 * database may have another order for its texts, such as that of a language; its columns get this one.
 */
const compareByBytes = `do $$ declare other record; begin
  if 'B' < 'a' then return; end if;
  for other in select table_name, column_name from information_schema.columns
    where table_schema = current_schema and data_type = 'text' and collation_name is distinct from 'C'
  loop
    execute format('alter table %I alter column %I type text collate "C"', other.table_name, other.column_name);
  end loop;
end $$`
