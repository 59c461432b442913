/** Many rows, or keys, as lists that one statement of PostgreSQL takes. */
import type { ColumnTypes, Row, Value } from '../engine/driver.ts'

/** A list is an array of PostgreSQL. */
export type SentValues = readonly (Value | readonly Value[])[]

/** Sends a statement behind all that were sent before. */
export type Send = (sql: string, values: SentValues) => Promise<Row[]>

/** What gives the rows whose columns are the lists. */
export function unnest(columns: ColumnTypes): string {
  const lists = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`)
  return `unnest(${lists.join(', ')})`
}

/** Tells keys from each other: no text of PostgreSQL holds the character between the parts. */
export function keyText(key: readonly unknown[]): string {
  return key.join('\0')
}
