/**
 * What differs between the engines, and nothing else. A driver runs SQL; it does not know what the tables mean.
 * The statements are written once, in the subset that SQLite and PostgreSQL share, with `$1` placeholders.
 */

import type { MaybePromise } from '../../model/maybe-promise.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'

/** What a placeholder may stand for. Booleans are 0 and 1, lists and objects JSON text, times milliseconds. */
export type Value = string | number | null

export interface Statement {
  /** Constant text: it is prepared once and kept. */
  readonly sql: string
  readonly values: readonly Value[]
  /** Of a statement that adds one row: what lets a driver send those of many writes as one. */
  readonly insert?: Insert
  /** Of a statement that finds one row: what lets a driver send those of many readers as one. */
  readonly lookup?: Lookup
}

export type ColumnTypes = Readonly<Record<string, 'text' | 'integer' | 'bigint'>>

/** How rows come into a table. */
export interface Insert {
  readonly table: string
  /** The columns that are given, with their types. */
  readonly columns: ColumnTypes
  /** Those of them by which one row is told from another. A step holds no two rows with the same. */
  readonly key: readonly string[]
  /** `on conflict (…) do …`, where a row may be there already. */
  readonly onConflict?: string
  /** What comes back of each row; it has the key. Without it nothing does, and nobody waits for it. */
  readonly returning?: string
}

/** How a row is found. */
export interface Lookup {
  readonly table: string
  /** What is read of it, the key among it. */
  readonly columns: string
  /** The columns by which at most one row is found. */
  readonly key: ColumnTypes
}

/** A row as the engine gives it; integers are numbers. */
export type Row = Readonly<Record<string, unknown>>

/** One statement, or several in no order, none of which rests on another. */
export type Step = Statement | readonly Statement[]

/** Yields steps, and gets the rows of each, statement after statement in the order in which they stand. */
export type Steps<T> = Generator<Step, T, Row[]>

/**
 * A write: takes steps, may decide by what it read, and returns a value. It runs inside one transaction, possibly with
 * other writes around it and possibly more than once, so it must have no other effect. A `Refusal` that it throws
 * undoes this write alone.
 */
export type Write<T> = () => Steps<T>

export interface Driver {
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
  /** What is written behind a `select` whose rows this transaction takes for itself, passing over those taken. */
  readonly takeRows: string
  /** What is written behind a `select` whose rows this transaction keeps from every other until it ends. */
  readonly lockRows: string
  /** Rejects when the storage cannot take writes, as far as the driver knows; without it a read is the test. */
  readonly ping?: () => Promise<void>
  /** Bytes of the write-ahead log; `undefined` where there is none of this process. */
  readonly logBytes?: () => number | undefined
  /** Finishes the writes that were accepted, then closes. Safe to call twice. */
  close(): Promise<void>
}

/** What a driver makes of a violated foreign key: all of them refer to units. */
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

/** Gives what makes the statement that adds one row, given by the names of its columns. */
export function insertInto<Columns extends ColumnTypes>(
  into: Insert & { readonly columns: Columns },
): (row: Readonly<Record<keyof Columns, Value>>) => Statement {
  const names: readonly (keyof Columns & string)[] = Object.keys(into.columns)
  const sql = insertText(into, `values (${placeholders(1, names.length)})`)
  return (row) => ({ sql, values: names.map((name) => row[name]), insert: into })
}

/** Gives what makes the statement that finds one row, by the names of the columns of its key. */
export function findIn<Key extends ColumnTypes>(
  lookup: Lookup & { readonly key: Key },
): (key: Readonly<Record<keyof Key, Value>>) => Statement {
  const names: readonly (keyof Key & string)[] = Object.keys(lookup.key)
  const conditions = names.map((name, index) => `${name} = $${index + 1}`)
  const sql = `select ${lookup.columns} from ${lookup.table} where ${conditions.join(' and ')}`
  return (key) => ({ sql, values: names.map((name) => key[name]), lookup })
}

/** The statement that takes its rows from `source`. */
export function insertText({ table, columns, onConflict, returning }: Insert, source: string): string {
  const tail = `${onConflict ?? ''} ${returning === undefined ? '' : `returning ${returning}`}`
  return `insert into ${table} (${Object.keys(columns).join(', ')}) ${source} ${tail}`
}

/** Placeholders for `count` values from `$first` on: `$2, $3, $4`. */
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
