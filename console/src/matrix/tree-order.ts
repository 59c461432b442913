/** The rows of a matrix as a reader looks for them: each unit before those below it, neighbours by their names. */
import { byKey } from '../names/name-key.ts'

interface OrderedRow {
  /** See `nameKey`. */
  readonly key: string
  /** The row after the last one below this unit. */
  readonly end: number
}

/** Returns the indexes of the rows. The service has them in the order of creation. */
export function treeOrder(rows: readonly OrderedRow[]): number[] {
  const order: number[] = []
  const add = (from: number, end: number) => {
    const siblings: { readonly key: string; readonly row: number; readonly end: number }[] = []
    for (let row = from; row < end; ) {
      const stored = rows[row]
      if (!stored) break
      siblings.push({ key: stored.key, row, end: stored.end })
      row = stored.end
    }
    for (const one of siblings.sort(byKey)) {
      order.push(one.row)
      add(one.row + 1, one.end)
    }
  }
  add(0, rows.length)
  return order
}
