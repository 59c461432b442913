import type { ExportSource, StoredRecord } from '../../model/ports/transfer.ts'
import type { Row } from '../engine/driver.ts'
import type { Migration } from '../engine/migrate.ts'
import type { Snapshot, StoragePlace } from '../engine/snapshot.ts'
import { StorageDamagedError, StorageOpenError } from '../engine/storage-open-error.ts'
import { openSqliteSnapshot } from '../sqlite/snapshot.ts'
import { type Table, tables } from './tables.ts'

/** Throws a `StorageOpenError` when there is no storage, or its schema is not the newest of these migrations. */
export async function openExportSource(
  place: StoragePlace,
  migrations: readonly Migration[],
): Promise<ExportSource> {
  const snapshot = await openSnapshot(place)
  try {
    const schemaVersion = await requireNewest(snapshot, migrations)
    const counts: Record<string, number> = {}
    for (const { name } of tables) counts[name] = await readNumber(snapshot, `select count(*) from ${name}`)
    return {
      schemaVersion,
      counts,
      records: () => recordsOf(snapshot),
      close: () => snapshot.close(),
    }
  } catch (error) {
    await snapshot.close()
    throw error
  }
}

async function openSnapshot({ data, databaseUrl }: StoragePlace): Promise<Snapshot> {
  if (databaseUrl === undefined) return openSqliteSnapshot(data)
  const { openPostgresSnapshot } = await import('../postgres/snapshot.ts')
  return openPostgresSnapshot(databaseUrl)
}

async function* recordsOf(snapshot: Snapshot): AsyncGenerator<readonly StoredRecord[]> {
  for (const table of tables) {
    for await (const rows of snapshot.stream(selectAll(table))) {
      yield rows.map((row) => ({ table: table.name, row: recordOf(table, row) }))
    }
  }
}

function selectAll({ name, order, ids = {} }: Table): string {
  const texts = Object.entries(ids).map(
    ([column, id]) => `(select ids.id from ids where ids.number = ${name}.${column}) as "exported ${id}"`,
  )
  return `select ${[`${name}.*`, ...texts].join(', ')} from ${name} order by ${order.join(', ')}`
}

/** An ID comes in the place of its number. */
function recordOf({ ids = {}, derived = [] }: Table, row: Row): StoredRecord['row'] {
  const record: Record<string, unknown> = {}
  for (const [column, value] of Object.entries(row)) {
    const id = ids[column]
    if (id !== undefined) record[id] = row[`exported ${id}`]
    else if (!derived.includes(column) && !column.startsWith('exported ')) record[column] = value
  }
  // Engines return texts, numbers and nulls.
  return record as StoredRecord['row']
}

async function requireNewest(snapshot: Snapshot, migrations: readonly Migration[]): Promise<number> {
  const known = Math.max(...migrations.map(({ number }) => number))
  const newest = await readNumber(snapshot, 'select max(number) from migrations').catch((cause) => {
    if (cause instanceof StorageDamagedError) throw cause
    throw new StorageOpenError('There is no storage of Skillkeeper.', { cause })
  })
  if (newest === known) return newest
  const how =
    newest < known
      ? 'Start the service on it once, which brings it up to date, or export with the version that was last used.'
      : 'Use a newer Skillkeeper.'
  throw new StorageOpenError(
    `The storage has schema version ${newest}, and this version of Skillkeeper exports ${known}. ${how}`,
  )
}

/** Returns the one number of a query. */
async function readNumber(snapshot: Snapshot, sql: string): Promise<number> {
  for await (const [row] of snapshot.stream(sql)) {
    if (row !== undefined) return Number(Object.values(row)[0])
  }
  return 0
}
