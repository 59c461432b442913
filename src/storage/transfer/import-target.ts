/** A storage that an import fills. No service opens it until the import is complete. */

import type { ImportProgress, ImportTarget, StoredRecord } from '../../model/ports/transfer.ts'
import { refuse } from '../../model/refusal.ts'
import {
  type Driver,
  placeholders,
  type Statement,
  type Steps,
  statement,
  type Value,
} from '../engine/driver.ts'
import { type Migration, migrate } from '../engine/migrate.ts'
import type { StoragePlace } from '../engine/snapshot.ts'
import { StorageOpenError } from '../engine/storage-open-error.ts'
import { openSqlite, type SqliteEffects } from '../sqlite/driver.ts'
import { tables } from './tables.ts'

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
  const { now } = effects
  const driver =
    databaseUrl === undefined
      ? await openSqlite(data, effects)
      : (await import('../postgres/driver.ts')).openPostgres(databaseUrl)
  return {
    async begin(schemaVersion, start, startOver) {
      await migrateTo(schemaVersion, driver, migrations, now())
      if (startOver) await discard(driver)
      return driver.write(() => beginAt(start))
    },
    async add(records, before, after) {
      const inserts = insertStatements(records)
      await driver.write(() => addRecords(inserts, before, after))
    },
    async finish() {
      await migrate(driver, migrations, now())
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

/** Migrates to the schema of the export. `finish` runs the later migrations, which may change rows. */
async function migrateTo(
  version: number,
  driver: Driver,
  migrations: readonly Migration[],
  now: number,
): Promise<void> {
  const known = Math.max(...migrations.map(({ number }) => number))
  if (version > known) {
    throw refuse(
      'INVALID_PARAM',
      `The export has schema version ${version}, and this version of Skillkeeper knows only ${known}. Use a newer Skillkeeper.`,
    )
  }
  const first = migrations.find(({ name }) => name === 'import-progress')?.number ?? known
  if (version < first)
    throw refuse('INVALID_PARAM', `The export has schema version ${version}, and none was made with it.`)
  const upToThen = migrations.filter(({ number }) => number <= version)
  await migrate(driver, upToThen, now)
}

function* beginAt(start: ImportProgress): Steps<ImportProgress> {
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
  inserts: readonly Statement[],
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
  for (const insert of inserts) yield insert
}

/** Consecutive rows of one table become one statement. */
function insertStatements(records: readonly StoredRecord[]): Statement[] {
  const statements: Statement[] = []
  for (let at = 0; at < records.length; ) {
    const end = endOfRun(records, at)
    const size = end - at >= rowsPerStatement ? rowsPerStatement : 1
    statements.push(insertStatement(records.slice(at, at + size)))
    at += size
  }
  return statements
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

function insertStatement(records: readonly StoredRecord[]): Statement {
  const [first] = records
  const columns = Object.keys(first?.row ?? {})
  // Both become part of the SQL text.
  if (!tables.some(({ name }) => name === first?.table) || !columns.every((name) => /^[a-z_]+$/.test(name)))
    throw refuse('INVALID_PARAM', `There is no such table: ${kindOf(first)}.`)
  const rows = records.map((_, index) => `(${placeholders(1 + index * columns.length, columns.length)})`)
  const values: Value[] = records.flatMap(({ row }) => columns.map((name) => row[name] ?? null))
  return statement(`insert into ${kindOf(first)} values ${rows.join(', ')}`, ...values)
}

function* endImport(): Steps<void> {
  yield statement('delete from import_progress')
}

/** Removes rows before the rows that they refer to, and only if an import added them. */
async function discard(driver: Driver): Promise<void> {
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
