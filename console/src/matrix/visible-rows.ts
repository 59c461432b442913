/** Which rows the filters show, in the order of the tree. */
import type { CellCode } from '../api/wire.ts'
import { codes, type MatrixStore } from './matrix-store.ts'

export interface MatrixFilters {
  readonly text: string
  /** A unit: only it and what is below. */
  readonly floor: string
  readonly state: string
  readonly onlyDifferences: boolean
  /** Only what has changed in so long: a name of `changedChoices`. */
  readonly changed: string
}

const hourMs = 3_600_000
/** How long ago something may have happened, in milliseconds. */
export const changedChoices: Readonly<Record<string, number>> = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 7 * 24 * hourMs,
}

/** The codes that a choice of the state filter means. */
const stateChoices: Readonly<Record<string, readonly CellCode[]>> = {
  on: ['E', '!', 'e', 'w'],
  off: ['.'],
  enabling: ['e', 'w'],
  unlinked: ['!', 'w'],
}

/** Whether the shown rows depend on the cells. */
export function needsCells({ state, onlyDifferences, changed }: MatrixFilters): boolean {
  return state !== '' || onlyDifferences || changed !== ''
}

/** Returns the rows to show: rooms that fit, with the units above them, without what is below a closed unit. */
export function visibleRows(
  store: MatrixStore,
  filters: MatrixFilters,
  columns: readonly number[],
  closed: ReadonlySet<string>,
): number[] {
  const fits = fitting(store, filters, columns)
  const isShown = new Uint8Array(store.rows.length)
  for (let row = store.rows.length - 1; row >= 0; row -= 1) {
    if (isShown[row] === 0 && !fits(row)) continue
    isShown[row] = 1
    const parent = store.rows[row]?.parent ?? -1
    if (parent >= 0) isShown[parent] = 1
  }
  const shown: number[] = []
  const floor = store.rowOf(filters.floor)
  const sizeOf = (row: number) => (store.rows[row]?.end ?? row) - row
  // What is below a unit follows it in this order, too.
  const first = floor === undefined ? 0 : store.order.indexOf(floor)
  const end = floor === undefined ? store.order.length : first + sizeOf(floor)
  for (let place = first; place < end; place += 1) {
    const row = store.order[place]
    if (row === undefined || isShown[row] === 0) continue
    shown.push(row)
    if (closed.has(store.rows[row]?.id ?? '')) place += sizeOf(row) - 1
  }
  return shown
}

function fitting(
  store: MatrixStore,
  filters: MatrixFilters,
  columns: readonly number[],
): (row: number) => boolean {
  const text = filters.text.trim().toLowerCase()
  const wanted = stateChoices[filters.state]?.map((code) => codes.indexOf(code))
  const usual = filters.onlyDifferences ? columns.map((column) => mostFrequent(store, column)) : []
  const agoMs = changedChoices[filters.changed]
  const since = agoMs === undefined ? 0 : Date.now() - agoMs
  const hasFilter = text !== '' || wanted !== undefined || filters.onlyDifferences || since > 0
  return (row) => {
    // A unit with others below is shown for them, unless nothing is asked.
    if (hasFilter && !store.isRoom(row) && text === '') return false
    const stored = store.rows[row]
    if (text && !stored?.name.toLowerCase().includes(text) && stored?.id.toLowerCase() !== text) return false
    if (since > 0 && (!store.isRoom(row) || store.changedAt(row) < since)) return false
    if (wanted && !columns.some((column) => wanted.includes(store.byte(row, column)))) return false
    return usual.length === 0 || columns.some((column, index) => store.byte(row, column) !== usual[index])
  }
}

function mostFrequent(store: MatrixStore, column: number): number {
  const counts = store.countsOf(column)
  return counts.indexOf(Math.max(...counts))
}
