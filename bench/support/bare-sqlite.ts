/** The database of a service, written without the service: what the disk and SQLite themselves take. */
import { DatabaseSync } from 'node:sqlite'
import { client, organizationId } from './dataset.ts'

/** As durable as the service has it. */
export function openForWriting(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true })
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384')
  return database
}

/** Gives a function that adds one enablement, in a transaction of its own unless one is open. */
export function insertEnablement(database: DatabaseSync): (unitId: string, skillId: string) => void {
  const statement = database.prepare(`
    insert into enablements (unit_id, skill_id, organization_id, stage, partition_names, is_linked, enabled_from,
      created_at, request_id, actor)
    values (?, ?, '${organizationId}', 'live', '[]', 0, ?, ?, ?, '${client.id}')`)
  return (unitId, skillId) => {
    const now = Date.now()
    statement.run(unitId, skillId, now + 200, now, `request-${now}-of-the-length-of-a-uuid`)
  }
}
