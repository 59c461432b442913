/** Brings the schema to the newest version, one numbered file after the other, each in its own transaction. */
import { type Driver, statement } from './driver.ts'
import { StorageOpenError } from './storage-open-error.ts'

/** A file of the folder `migrations`. */
export interface Migration {
  /** Of the file name: 1 for `0001-initial.sql`. */
  readonly number: number
  readonly name: string
  readonly text: string
}

/** Applies what is missing. Throws a `StorageOpenError` when the schema is newer than these migrations. */
export async function migrate(driver: Driver, migrations: readonly Migration[], now: number): Promise<void> {
  const ordered = [...migrations].sort((a, b) => a.number - b.number)
  await driver.migrate(
    'create table if not exists migrations (number integer not null primary key, name text not null, applied_at bigint not null)',
  )
  const rows = await driver.read(statement('select max(number) as newest from migrations'))
  const newest = Number(rows[0]?.newest ?? 0)
  const known = ordered.at(-1)?.number ?? 0
  if (newest > known) {
    throw new StorageOpenError(
      `The storage has schema version ${newest}, but this version of Skillkeeper knows only ${known}. Use a newer Skillkeeper.`,
    )
  }
  for (const { number, name, text } of ordered.filter((migration) => migration.number > newest)) {
    await driver.migrate(
      text,
      statement('select number from migrations where number = $1', number),
      statement('insert into migrations values ($1, $2, $3)', number, name, now),
    )
  }
}
