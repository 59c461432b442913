/**
 * Brings the schema to the newest version, one numbered file after the other, each in its own transaction. What a large table needs
 * may take long: a file may begin with steps, each of which runs again and again, in a transaction each time.
 */
import { type Driver, named, type Statement, statement } from './driver.ts'
import { integer, nullable, rowReader, text } from './row-reader.ts'
import { StorageOpenError } from './storage-open-error.ts'

/** A file of the folder `migrations`. */
export interface Migration {
  /** The number in the file name: 1 for `0001-initial.sql`. */
  readonly number: number
  readonly name: string
  /**
   * SQL. May begin with steps, each behind a line `-- step: NAME`; then the rest follows a line `-- at last`. A step has a row
   * in the table `migration_steps` and runs until its `upto` is null.
   */
  readonly text: string
}

export interface MigrationEffects {
  now(): number
  /** Receives the progress of steps. */
  readonly log?: ProgressLog | undefined
}

interface ProgressLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** Progress is reported each time that a step has run so often. */
const runsPerReport = 20

/** Applies what is missing. Throws a `StorageOpenError` when the schema is newer than these migrations. */
export async function migrate(
  driver: Driver,
  migrations: readonly Migration[],
  effects: MigrationEffects,
): Promise<void> {
  const ordered = [...migrations].sort((a, b) => a.number - b.number)
  const newest = await schemaVersion(driver)
  const known = ordered.at(-1)?.number ?? 0
  if (newest > known) {
    throw new StorageOpenError(
      `The storage has schema version ${newest}, but this version of Skillkeeper knows only ${known}. Use a newer Skillkeeper.`,
    )
  }
  for (const migration of ordered.filter(({ number }) => number > newest)) {
    const { number, name } = migration
    const done = statement('select number from migrations where number = $1', number)
    const { steps, last } = partsOf(migration)
    for (const step of steps) await runStep(driver, step, done, effects.log)
    const note = statement('insert into migrations values ($1, $2, $3)', number, name, effects.now())
    await driver.migrate(last, done, note)
  }
}

/** Returns the number of the newest migration that was applied; 0 for an empty storage. */
export async function schemaVersion(driver: Driver): Promise<number> {
  await driver.migrate(
    'create table if not exists migrations (number integer not null primary key, name text not null, applied_at bigint not null)',
  )
  const rows = await driver.read(statement('select max(number) as newest from migrations'))
  return Number(rows[0]?.newest ?? 0)
}

interface MigrationStep {
  readonly name: string
  readonly text: string
}

function partsOf({ text }: Migration): { steps: MigrationStep[]; last: string } {
  const [first = '', last] = text.split(/^-- at last$/m)
  if (last === undefined) return { steps: [], last: first }
  const [, ...parts] = first.split(/^-- step: (\w+)$/m)
  const steps: MigrationStep[] = []
  for (let at = 0; at < parts.length; at += 2)
    steps.push({ name: parts[at] ?? '', text: parts[at + 1] ?? '' })
  return { steps, last }
}

/** `done` finds the note of the migration: another node that starts at the same time takes part in its steps. */
async function runStep(
  driver: Driver,
  { name, text }: MigrationStep,
  done: Statement,
  log: ProgressLog | undefined,
): Promise<void> {
  for (let runs = 0; ; runs += 1) {
    const [row] = await driver.read(findStep({ step: name }))
    if (row === undefined) throw new Error(`The table migration_steps has no row for ${name}.`)
    const { upto, rowsDone, rowsTotal } = readStep(row)
    if (upto === null || (await driver.read(done)).length > 0) return
    if (runs > 0 && runs % runsPerReport === 0)
      log?.info({ table: name, rowsDone, rowsTotal }, 'The storage is brought to the schema of this release.')
    await driver.migrate(
      text,
      statement('select step from migration_steps where step = $1 and upto is null', name),
    )
  }
}

const readStep = rowReader({ upto: nullable(text()), rows_done: integer, rows_total: integer }, (row) => ({
  upto: row.upto,
  rowsDone: row.rows_done,
  rowsTotal: row.rows_total,
}))

const findStep = named(
  ['step'],
  (at) => `select ${readStep.columns} from migration_steps where step = ${at.step}`,
)
