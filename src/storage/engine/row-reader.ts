/**
 * Turns rows into values of the model. A reader declares the columns that it needs and their types. Statements take the
 * names from it, the compiler checks the types, and the reader checks the first row. It trusts the next rows, because
 * neither statements nor the schema change while a service runs.
 */
import type { Row } from './driver.ts'

/** The type of a column. */
interface Column<Held> {
  readonly expected: string
  readonly holds: (value: unknown) => value is Held
}

/** JSON text of a `Parsed`. */
export type JsonText<Parsed> = string & { readonly parsed?: Parsed }

export const integer: Column<number> = {
  expected: 'a number',
  holds: (value) => typeof value === 'number',
}

/** `Held` may be a narrower type, such as an ID or one of a few words, because only the service writes them. */
export function text<Held extends string = string>(): Column<Held> {
  return { expected: 'text', holds: (value): value is Held => typeof value === 'string' }
}

export function json<Parsed>(): Column<JsonText<Parsed>> {
  return text<JsonText<Parsed>>()
}

export function nullable<Held>({ expected, holds }: Column<Held>): Column<Held | null> {
  return {
    expected: `${expected} or null`,
    holds: (value): value is Held | null => value === null || holds(value),
  }
}

export function parsed<Parsed>(value: JsonText<Parsed>): Parsed {
  return JSON.parse(value)
}

type Columns = Readonly<Record<string, Column<unknown>>>

type Held<Of extends Columns> = {
  readonly [Name in keyof Of]: Of[Name] extends Column<infer Value> ? Value : never
}

export interface RowReader<Value> {
  /** Throws an error that names the column if the first row lacks it or has another type there. */
  (row: Row): Value
  /** The names of the columns, for `select` and `returning`. */
  readonly columns: string
}

/** `read` makes the value. The rows may come from several statements, if all of them select the columns. */
export function rowReader<Of extends Columns, Value>(
  columns: Of,
  read: (row: Held<Of>) => Value,
): RowReader<Value> {
  let isChecked = false
  const readRow = (row: Row): Value => {
    if (!isChecked) {
      requireColumns(row, columns)
      isChecked = true
    }
    // The check of the first row proves it.
    return read(row as Held<Of>)
  }
  return Object.assign(readRow, { columns: Object.keys(columns).join(', ') })
}

function requireColumns(row: Row, columns: Columns): void {
  for (const [name, { expected, holds }] of Object.entries(columns)) {
    if (!holds(row[name]))
      throw new Error(`The column ${name} does not hold ${expected} but ${kindOf(row[name])}.`)
  }
}

/** Describes a value without it, because it may be a secret. */
function kindOf(value: unknown): string {
  return value === undefined ? 'nothing' : value === null ? 'null' : `a ${typeof value}`
}
