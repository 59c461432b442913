/**
 * The differences between the engines, and nothing else. A driver runs SQL and does not know what the tables mean.
 * Statements are written once, in the subset that SQLite and PostgreSQL share, with `$1` placeholders.
 */

import type { MaybePromise } from '../../model/maybe-promise.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'

/** The value of a placeholder. Booleans are 0 and 1, lists and objects JSON text, times milliseconds. */
export type Value = string | number | null

export interface Statement {
  /** Constant text: it is prepared once and kept. */
  readonly sql: string
  readonly values: readonly Value[]
  /** Only for a statement that adds one row. A driver can send those of many writes as one statement. */
  readonly insert?: Insert
  /** Only for a statement that finds one row. A driver can send those of many readers as one statement. */
  readonly lookup?: Lookup
}

/** A UUID takes 16 bytes in a table. Its value is text; outside of `insertInto`, statements write `cast($1 as uuid)`. */
export type ColumnTypes = Readonly<Record<string, 'text' | 'integer' | 'bigint' | 'uuid'>>

/** An insert of one row. */
export interface Insert {
  readonly table: string
  /** The columns with values, and their types. */
  readonly columns: ColumnTypes
  /** The columns that identify a row. No two rows of a step have the same. */
  readonly key: readonly string[]
  /** `on conflict (…) do …`, where a row may be there already; of the key, if rows are returned. */
  readonly onConflict?: string
  /** The columns that each row returns, the key included, all of them of `columns`. If it is absent, nothing is returned and awaited. */
  readonly returning?: string
}

/** A look-up of one row. */
export interface Lookup {
  /** The SQL behind `from`: a table, or several that are joined. */
  readonly from: string
  /** The columns to read. They include the key, under its names. */
  readonly columns: string
  /** The names and types of the values by which at most one row is found. */
  readonly key: ColumnTypes
  /** The column for each name of the key, where it is not the name. */
  readonly at?: Readonly<Record<string, string>>
}

/** A row as the engine returns it; integers are numbers. */
export type Row = Readonly<Record<string, unknown>>

/** One statement, or several in no order that do not depend on each other. */
export type Step = Statement | readonly Statement[]

/** Yields steps, and receives the rows of each, statement by statement in their order. */
export type Steps<T> = Generator<Step, T, Row[]>

/**
 * A write: takes steps, may decide by what it read, and returns a value. It runs inside one transaction, possibly with
 * other writes around it and possibly more than once, so it must have no other effect. A `Refusal` that it throws
 * undoes this write alone.
 */
export type Write<T> = () => Steps<T>

/** The SQL at the end of a `select` that engines write differently. */
export interface LockClauses {
  /**
   * The SQL that locks the rows for this transaction and skips rows that another has locked. An update takes them from `with … as
   * materialized`: of a condition PostgreSQL may ask again for each row, and each time other rows are taken.
   */
  readonly takeRows: string
  /** The SQL that locks the rows until this transaction ends, and waits for locked ones. */
  readonly lockRows: string
}

export interface Driver extends LockClauses {
  /** Reads what is committed; an engine in this process has it at once, and throws what it cannot read. */
  read(statement: Statement): MaybePromise<Row[]>
  /**
   * Runs the write; resolves when it is on disk. Refuses with SERVICE_UNAVAILABLE when too many are waiting. `keys` name
   * the records that it touches: a driver may run writes without a key in common side by side, and runs a write
   * without any by itself.
   */
  write<T>(write: Write<T>, ...keys: readonly string[]): Promise<T>
  /**
   * Runs several statements in one text in one transaction with the note that it was done, unless `done` has a row
   * then. Nodes that start at once come one after the other.
   */
  migrate(text: string, done?: Statement, note?: Statement): Promise<void>
  /** Rejects when the storage cannot take writes, as far as the driver knows; without it a read is the test. */
  readonly ping?: () => Promise<void>
  /** Bytes of the write-ahead log; `undefined` where there is none of this process. */
  readonly logBytes?: () => number | undefined
  /** Finishes the writes that were accepted, then closes. Safe to call twice. */
  close(): Promise<void>
}

/** Returns the refusal for a violated foreign key: all foreign keys of rows that requests add refer to units. */
export function unitGone(cause: unknown): Refusal {
  return refuse('NOT_FOUND', 'The unit no longer exists.', { cause })
}

export function statement(sql: string, ...values: Value[]): Statement {
  return { sql, values }
}

/** Returns a function that makes a statement of named values. `text` must use each placeholder at least once. */
export function named<const Name extends string>(
  names: readonly Name[],
  text: (at: Readonly<Record<Name, string>>) => string,
): (values: Readonly<Record<Name, Value>>) => Statement {
  const entries = names.map((name, index) => [name, `$${index + 1}`])
  const sql = text(Object.fromEntries(entries))
  return (values) => ({ sql, values: names.map((name) => values[name]) })
}

/** Makes statements with the clauses of an engine, once for all storages of the process. */
export function byEngine<T>(make: (clauses: LockClauses) => T): (driver: LockClauses) => T {
  const made = new Map<string, T>()
  return ({ takeRows, lockRows }) => {
    const key = `${takeRows};${lockRows}`
    const known = made.get(key) ?? make({ takeRows, lockRows })
    made.set(key, known)
    return known
  }
}

/** Returns a function that makes the statement that adds a row with these columns. */
export function insertInto<Columns extends ColumnTypes>(
  into: Insert & { readonly columns: Columns },
): (row: Readonly<Record<keyof Columns, Value>>) => Statement {
  const names: readonly (keyof Columns & string)[] = Object.keys(into.columns)
  const sql = insertText(into, oneRow(into))
  return (row) => ({ sql, values: names.map((name) => row[name]), insert: into })
}

/** Returns a function that makes the statement that finds a row by its key. */
export function findIn<Key extends ColumnTypes>(
  lookup: Lookup & { readonly key: Key },
): (key: Readonly<Record<keyof Key, Value>>) => Statement {
  const names: readonly (keyof Key & string)[] = Object.keys(lookup.key)
  const sql = lookupText(lookup, (name) => `$${names.indexOf(name as keyof Key & string) + 1}`)
  return (key) => ({ sql, values: names.map((name) => key[name]), lookup })
}

/** Returns the statement of a look-up. `sqlFor` returns the SQL for a value of the key. */
export function lookupText({ from, columns, key, at }: Lookup, sqlFor: (name: string) => string): string {
  const conditions = Object.keys(key).map((name) => `${at?.[name] ?? name} = ${sqlFor(name)}`)
  return `select ${columns} from ${from} where ${conditions.join(' and ')}`
}

/** Returns the SQL of a row whose values are placeholders, in the order of the columns. */
export function oneRow({ columns }: Insert): string {
  const values = Object.values(columns).map((type, index) =>
    type === 'uuid' ? `cast($${index + 1} as uuid)` : `$${index + 1}`,
  )
  return `values (${values.join(', ')})`
}

/** Returns the insert that takes its rows from `source`. */
export function insertText({ table, columns, onConflict, returning }: Insert, source: string): string {
  const tail = `${onConflict ?? ''} ${returning === undefined ? '' : `returning ${returning}`}`
  return `insert into ${table} (${Object.keys(columns).join(', ')}) ${source} ${tail}`
}

/** Returns placeholders for `count` values from `$first` on: `$2, $3, $4`. */
export function placeholders(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ')
}

/**
 * In the order of a key, so that writes that touch the same records at the same time wait for each other and not in a
 * circle. What has the same key keeps its order.
 */
export function inLockOrder<T>(records: readonly T[] = [], keyOf: (record: T) => string): T[] {
  return records.toSorted((a, b) => {
    const [first, second] = [keyOf(a), keyOf(b)]
    return first === second ? 0 : first < second ? -1 : 1
  })
}
