/** A storage that an import fills. No service opens it until the import is complete. */

import type { ImportProgress, ImportTarget, StoredRecord } from '../../model/ports/transfer.ts'
import { refuse } from '../../model/refusal.ts'
import { type Driver, type Statement, type Steps, statement, type Value } from '../engine/driver.ts'
import { type Migration, migrate, schemaVersion } from '../engine/migrate.ts'
import type { StoragePlace } from '../engine/snapshot.ts'
import { StorageOpenError } from '../engine/storage-open-error.ts'
import { Ids, type NumberOf } from '../ids/ids.ts'
import { pathEnd } from '../ids/path.ts'
import { openSqlite, type SqliteEffects } from '../sqlite/driver.ts'
import { tables as newTables, type Table, tablesWithoutNumbers } from './tables.ts'

/** The number of the migration that made the table of the progress. */
const progressSince = 4
/** Rows of one statement, whose text is prepared once. */
const rowsPerStatement = 100
/** Rows that one statement removes. */
const rowsRemovedAtOnce = 2000

/** Opens the folder or the database; nothing is changed before `begin`. Throws a `StorageOpenError`. */
export async function openImportTarget(
  { data, databaseUrl }: StoragePlace,
  migrations: readonly Migration[],
  effects: SqliteEffects,
): Promise<ImportTarget> {
  const driver =
    databaseUrl === undefined
      ? await openSqlite(data, effects)
      : (await import('../postgres/driver.ts')).openPostgres(databaseUrl)
  const ids = new Ids(driver)
  let tables = newTables
  return {
    async begin(version, start, startOver) {
      const numbered = migrations.find(({ name }) => name === 'numbers')?.number ?? 0
      tables =
        version < numbered ? tablesWithoutNumbers : newTables.filter(({ since = 0 }) => since <= version)
      if (await isFinishing(version, driver)) {
        if (startOver)
          throw refuse('INVALID_PARAM', 'All records are there already. Import without --start-over.')
      } else {
        await migrateTo(version, driver, migrations, effects)
        if (startOver) await discard(driver, tables)
      }
      return driver.write(() => beginAt(start, tables))
    },
    async add(records, before, after) {
      await ids.prepare(idsIn(records, tables))
      await driver.write(() => addRecords(records, { ids, tables }, before, after))
    },
    async finish() {
      await migrate(driver, migrations, effects)
      await driver.write(endImport)
    },
    close: () => driver.close(),
  }
}

/** Throws a `StorageOpenError` when an import into this storage is not complete. */
export async function requireNoImport(driver: Driver): Promise<void> {
  const under = await driver.read(findProgress)
  if (under.length === 0) return
  throw new StorageOpenError(
    'An import into this storage has not come to its end. Run skillkeeper import with the same export again: it goes on where it stopped.',
  )
}

const findProgress = statement('select records, digest from import_progress')

/** Whether all records of an export of this schema were added, and the migrations behind it had begun. */
async function isFinishing(version: number, driver: Driver): Promise<boolean> {
  const newest = await schemaVersion(driver)
  return newest > version && newest >= progressSince && (await driver.read(findProgress)).length > 0
}

/** Migrates to the schema of the export. `finish` runs the later migrations, which may change rows. */
async function migrateTo(
  version: number,
  driver: Driver,
  migrations: readonly Migration[],
  effects: SqliteEffects,
): Promise<void> {
  const known = Math.max(...migrations.map(({ number }) => number))
  if (version > known) {
    throw refuse(
      'INVALID_PARAM',
      `The export has schema version ${version}, and this version of Skillkeeper knows only ${known}. Use a newer Skillkeeper.`,
    )
  }
  if (version < progressSince)
    throw refuse('INVALID_PARAM', `The export has schema version ${version}, and none was made with it.`)
  const upToThen = migrations.filter(({ number }) => number <= version)
  await migrate(driver, upToThen, effects)
}

function* beginAt(start: ImportProgress, tables: readonly Table[]): Steps<ImportProgress> {
  const [known] = yield findProgress
  if (known !== undefined) return { records: Number(known.records), digest: String(known.digest) }
  for (const { name } of tables) {
    const some = yield statement(`select 1 as one from ${name} limit 1`)
    if (some.length === 0) continue
    throw refuse(
      'INVALID_PARAM',
      `The storage is not empty: there are ${name.replaceAll('_', ' ')}. Import into a new folder or an empty database.`,
    )
  }
  yield statement('insert into import_progress values (1, $1, $2)', start.records, start.digest)
  return start
}

function* addRecords(
  records: readonly StoredRecord[],
  { ids, tables }: { readonly ids: Ids; readonly tables: readonly Table[] },
  before: ImportProgress,
  after: ImportProgress,
): Steps<void> {
  const moved = yield statement(
    'update import_progress set records = $1, digest = $2 where records = $3 and digest = $4 returning id',
    after.records,
    after.digest,
    before.records,
    before.digest,
  )
  if (moved.length === 0)
    throw refuse('INVALID_PARAM', 'Another import into this storage is under way. Wait for its end.')
  for (let at = 0; at < records.length; ) {
    const end = endOfRun(records, at)
    const table = tables.find(({ name }) => name === records[at]?.table)
    // The path of a unit comes from its parent, which may be the record before.
    const most = table?.derived?.includes('path') ? 1 : rowsPerStatement
    const size = end - at >= most ? most : 1
    const some = records.slice(at, at + size)
    const numberOf = yield* ids.take(idsIn(some, tables))
    yield insertStatement(some, table, numberOf)
    at += size
  }
}

/** Returns the IDs in the records that have numbers in the table. */
function idsIn(records: readonly StoredRecord[], tables: readonly Table[]): string[] {
  const columns = new Map(tables.map(({ name, ids = {} }) => [name, Object.values(ids)]))
  return records.flatMap(({ table, row }) =>
    (columns.get(table) ?? []).flatMap((column) => {
      const id = row[column]
      return typeof id === 'string' ? [id] : []
    }),
  )
}

function endOfRun(records: readonly StoredRecord[], start: number): number {
  const kind = kindOf(records[start])
  let end = start + 1
  while (end < records.length && end - start < rowsPerStatement && kindOf(records[end]) === kind) end += 1
  return end
}

/** The table and the columns. */
function kindOf(record: StoredRecord | undefined): string {
  return record === undefined ? '' : `${record.table} (${Object.keys(record.row).join(', ')})`
}

/** The records have the same columns. */
function insertStatement(
  records: readonly StoredRecord[],
  table: Table | undefined,
  numberOf: NumberOf,
): Statement {
  const [first] = records
  const given = Object.keys(first?.row ?? {})
  // Both become part of the SQL text.
  if (table === undefined || !given.every((name) => /^[a-z_]+$/.test(name)))
    throw refuse('INVALID_PARAM', `There is no such table: ${kindOf(first)}.`)
  const { name, ids = {}, derived = [], uuid } = table
  const columns = given.map((id) => Object.keys(ids).find((column) => ids[column] === id) ?? id)
  const hasPath = derived.includes('path')
  const values: Value[] = []
  const placeholderOf = (column: string, value: Value) => {
    values.push(ids[column] !== undefined && typeof value === 'string' ? numberOf(value) : value)
    return column === uuid ? `cast($${values.length} as uuid)` : `$${values.length}`
  }
  const rows = records.map(({ row }) => {
    const own = given.map((id, index) => placeholderOf(columns[index] ?? id, row[id] ?? null))
    if (!hasPath) return `(${own.join(', ')})`
    values.push(pathEnd(numberOf(String(row['id']))))
    const parent = own[columns.indexOf('parent')] ?? 'null'
    return `(${own.join(', ')}, coalesce((select path from units where number = ${parent}), '') || $${values.length})`
  })
  return statement(
    `insert into ${name} (${[...columns, ...(hasPath ? ['path'] : [])].join(', ')}) values ${rows.join(', ')}`,
    ...values,
  )
}

function* endImport(): Steps<void> {
  yield statement('delete from import_progress')
}

/** Removes rows before the rows that they refer to, and only if an import added them. */
async function discard(driver: Driver, tables: readonly Table[]): Promise<void> {
  if ((await driver.read(findProgress)).length === 0) return
  for (const { name, order } of tables.toReversed()) {
    const key = order.join(', ')
    const last = order.map((column) => `${column} desc`).join(', ')
    const some = statement(
      `delete from ${name} where (${key}) in (select ${key} from ${name} order by ${last} limit ${rowsRemovedAtOnce}) returning 1 as one`,
    )
    let removed = 0
    do {
      removed = await driver.write(function* () {
        return (yield some).length
      })
    } while (removed > 0)
  }
  await driver.write(endImport)
}
