/** Many rows, or keys, as arrays for one statement of PostgreSQL. */
import type { ColumnTypes, Row, Value } from '../engine/driver.ts'

/** A list is an array of PostgreSQL. */
export type SentValues = readonly (Value | readonly Value[])[]

/** Sends a statement after all earlier ones. */
export type Send = (sql: string, values: SentValues) => Promise<Row[]>

/** The SQL that makes rows from one array for each column. */
export function unnest(columns: ColumnTypes): string {
  const lists = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`)
  return `unnest(${lists.join(', ')})`
}

/** Joins a key. No text of PostgreSQL contains the separator, so different keys give different texts. */
export function keyText(key: readonly unknown[]): string {
  return key.join('\0')
}
