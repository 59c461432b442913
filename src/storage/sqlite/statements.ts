/** Runs statements on a connection to SQLite, each prepared once and kept. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Insert, insertText, oneRow, type Row, type Statement, type Value } from '../engine/driver.ts'

interface Prepared {
  readonly native: StatementSync
  readonly columns: readonly string[]
  /** The index of the value for each `?`. */
  readonly order: readonly number[]
}

/** Returns a function that runs a statement on the connection, and prepares each once. */
export function statementsOf(database: DatabaseSync): (query: Statement) => Row[] {
  const cache = new Map<string, Prepared>()
  const newRows = new Map<Insert, NewRow>()

  /**
   * Adds the row of an insert that returns it, if no row has its key. Mostly that is so, and the row is then what was given: to let SQLite
   * return it costs as much as to add it.
   */
  function addNew(insert: Insert, values: readonly Value[]): Row | undefined {
    let known = newRows.get(insert)
    if (known === undefined) {
      known = newRowOf(insert)
      newRows.set(insert, known)
    }
    const { native, order } = prepare(database, cache, known.sql)
    if (native.run(...inOrder(order, values)).changes === 0) return undefined
    return toRow(known.columns, values)
  }

  return (query) => {
    const { insert } = query
    const added = insert?.returning === undefined ? undefined : addNew(insert, query.values)
    if (added !== undefined) return [added]
    const prepared = prepare(database, cache, query.sql)
    return query.lookup === undefined ? run(prepared, query.values) : runLookup(prepared, query.values)
  }
}

interface NewRow {
  readonly sql: string
  readonly columns: readonly string[]
}

function newRowOf(insert: Insert): NewRow {
  const onConflict = `on conflict (${insert.key.join(', ')}) do nothing`
  const { columns, table, key } = insert
  return {
    sql: insertText({ table, columns, key, onConflict }, oneRow(insert)),
    columns: Object.keys(columns),
  }
}

function prepare(database: DatabaseSync, cache: Map<string, Prepared>, sql: string): Prepared {
  const known = cache.get(sql)
  if (known) return known
  const order: number[] = []
  // A limit that is a bare parameter makes SQLite prepare the statement again for each value.
  const native = database.prepare(
    sql
      .replaceAll('limit $', 'limit 0 + $')
      .replace(/\bcast\((\$\d+) as uuid\)/g, "unhex($1, '-')")
      .replace(/\$(\d+)/g, (_, number: string) => {
        order.push(Number(number) - 1)
        return '?'
      }),
  )
  // Row objects of the engine are slow: a page of a list takes a quarter longer with them.
  native.setReturnArrays(true)
  const prepared = { native, columns: native.columns().map(({ name }) => name), order }
  cache.set(sql, prepared)
  return prepared
}

function inOrder(order: readonly number[], values: readonly Value[]): Value[] {
  return order.map((index) => values[index] ?? null)
}

function run({ native, columns, order }: Prepared, values: readonly Value[]): Row[] {
  // The types lack rows that are arrays.
  const rows = native.all(...inOrder(order, values)) as unknown as Field[][]
  return rows.map((fields) => toRow(columns, fields))
}

/** Ends at the first row, which is the only one. */
function runLookup({ native, columns, order }: Prepared, values: readonly Value[]): Row[] {
  const fields = native.get(...inOrder(order, values)) as unknown as Field[] | undefined
  return fields === undefined ? [] : [toRow(columns, fields)]
}

type Field = Value | Uint8Array

function toRow(columns: readonly string[], fields: readonly Field[]): Row {
  const row: Record<string, Value | undefined> = {}
  for (let at = 0; at < columns.length; at++) {
    const field = fields[at]
    row[columns[at] ?? ''] = typeof field === 'object' && field !== null ? uuidText(field) : field
  }
  return row
}

/** Returns the text of a UUID; no other blob is stored. */
export function uuidText(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
