/** Runs one migration on PostgreSQL in a transaction. */
import type { Statement } from '../engine/driver.ts'
import { endsConnection } from './failure.ts'
import { execute, type Session } from './session.ts'

/** A lock number that other programs are unlikely to use. */
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
 * Orders of lists and ranges of paths rely on comparing texts byte by byte, as the embedded engine does. A
 * database may order texts by a language; this sets the columns to byte order.
 */
const compareByBytes = `do $$ declare other record; begin
  if 'B' < 'a' then return; end if;
  for other in select table_name, column_name from information_schema.columns
    where table_schema = current_schema and data_type = 'text' and collation_name is distinct from 'C'
      and table_name in (select tablename from pg_tables where schemaname = current_schema)
  loop
    execute format('alter table %I alter column %I type text collate "C"', other.table_name, other.column_name);
  end loop;
end $$`
