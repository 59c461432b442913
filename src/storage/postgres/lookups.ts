/**
 * Combines the look-ups of one turn of the event loop into one statement of PostgreSQL: a statement costs both
 * sides more than a row. `Send` sends a statement.
 */
import { type Lookup, lookupText, type Row, type Statement, type Value } from '../engine/driver.ts'
import { keyText, type Send, unnest } from './lists.ts'

const lookupsPerStatementMax = 100

interface Asked {
  readonly values: readonly Value[]
  readonly resolve: (rows: Row[]) => void
  readonly reject: (error: unknown) => void
}

/** Returns a function that finds a row. A statement that fails rejects all its look-ups. */
export function gatherLookups(send: Send): (query: Statement, lookup: Lookup) => Promise<Row[]> {
  const waiting = new Map<Lookup, Asked[]>()

  function sendWaiting(): void {
    for (const [lookup, asked] of waiting) {
      for (let start = 0; start < asked.length; start += lookupsPerStatementMax) {
        void findAll(send, lookup, asked.slice(start, start + lookupsPerStatementMax))
      }
    }
    waiting.clear()
  }

  return ({ values }, lookup) =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(sendWaiting)
      const asked = waiting.get(lookup) ?? []
      asked.push({ values, resolve, reject })
      waiting.set(lookup, asked)
    })
}

async function findAll(send: Send, lookup: Lookup, asked: readonly Asked[]): Promise<void> {
  const names = Object.keys(lookup.key)
  const lists = names.map((_, place) => asked.map(({ values }) => values[place] ?? null))
  try {
    const rows = await send(textOf(lookup), lists)
    const found = new Map(rows.map((row) => [keyText(names.map((name) => row[name])), row]))
    for (const { values, resolve } of asked) {
      const row = found.get(keyText(values))
      resolve(row === undefined ? [] : [row])
    }
  } catch (error) {
    for (const { reject } of asked) reject(error)
  }
}

/** Forces one index look-up for each row, whatever the statistics of the table are: no plan scans the table. */
function textOf(lookup: Lookup): string {
  const names = Object.keys(lookup.key)
  return `select found.* from ${unnest(lookup.key)} as wanted (${names.join(', ')}) cross join lateral (
    ${lookupText(lookup, (name) => `wanted.${name}`)} limit 1) as found`
}
