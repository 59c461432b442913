/**
 * What differs between the engines, and nothing else. A driver runs SQL; it does not know what the tables mean.
 * The statements are written once, in the subset that SQLite and PostgreSQL share, with `$1` placeholders.
 */

import { type Refusal, refuse } from '../model/refusal.ts'

/** What a placeholder may stand for. Booleans are 0 and 1, lists and objects JSON text, times milliseconds. */
export type Value = string | number | null

export interface Statement {
  /** Constant text: it is prepared once and kept. */
  readonly sql: string
  readonly values: readonly Value[]
}

/** A row as the engine gives it; integers are numbers. */
export type Row = Readonly<Record<string, unknown>>

/**
 * A write: yields statements, gets their rows, may decide by what it read, and returns a value. It runs inside one
 * transaction, possibly with other writes around it and possibly more than once, so it must have no other effect.
 * A `Refusal` that it throws undoes this write alone.
 */
export type Write<T> = () => Generator<Statement, T, Row[]>

export interface Driver {
  /** Reads what is committed. */
  read(statement: Statement): Promise<Row[]>
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
