/**
 * Formats a table with complete values, or so that each row fits a line of the terminal. To fit, IDs are shortened to
 * endings, which the commands accept, and follow the names of their records. Values that are still too wide are cut.
 */
import { styleText } from 'node:util'
import { printable } from '../../app/log/printable.ts'
import { cutToWidth, textWidth } from './text-width.ts'

/** One column: its title in a table, its name in CSV, and its value in a row. */
export interface Column<Item> {
  readonly title: string
  readonly name: string
  value(item: Item): string | number | undefined
  /** The column has IDs. A fitted table shortens them to endings. */
  readonly isId?: boolean
  /** The text in a fitted table. */
  short?(item: Item): string
  /** A fitted table leaves the column out if there is no room for it. */
  readonly isSpare?: boolean
  /** A fitted table shows the value, if it is not empty, in a line of its own below the row. */
  readonly isBelow?: boolean
}

/** The known names of records by their IDs. */
export type Names = ReadonlyMap<string, string>

/** `end` is cut last. */
interface Cell {
  readonly text: string
  readonly end: string
}

const gap = 2
/** The minimum length of an ending, unless the part behind the last dot or colon is shorter. */
const endingMin = 6
/** A part behind the last dot or colon of at most this length is shown completely. */
const wholeMax = 16

/** A table with complete values. */
export function fullTable<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string {
  return tableText(columns, textsOf(columns, items))
}

/** A table whose lines have at most `width` places. */
export function fittedTable<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  width: number,
  names: Names,
): string {
  const beside = columns.filter(({ isBelow }) => !isBelow)
  const all = beside.map((column) => ({ column, cells: cellsOf(column, items, names) }))
  const room = fittedWidths(all, width)
  const rows = items.map((_, row) =>
    room.map(({ cells, most }) => cutCell(cells[row] ?? { text: '', end: '' }, most)),
  )
  const heads = room.map(({ column, most }) => ({ title: cutToWidth(column.title, most) }))
  const [head = '', ...lines] = tableText(heads, rows).slice(0, -1).split('\n')
  const below = columns.filter(({ isBelow }) => isBelow)
  const withBelow = lines.flatMap((line, row) => [line, ...linesBelow(below, items[row], width)])
  return `${[head, ...withBelow].join('\n')}\n`
}

function linesBelow<Item>(columns: readonly Column<Item>[], item: Item | undefined, width: number): string[] {
  if (item === undefined) return []
  const texts = columns.map((column) => printable(column.short?.(item) ?? textOf(column, item)))
  return texts.filter((text) => text !== '').map((text) => cutToWidth(`  ${text}`, width))
}

/** The text of each cell, without control characters. */
export function textsOf<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string[][] {
  return items.map((item) => columns.map((column) => textOf(column, item)))
}

function textOf<Item>(column: Column<Item>, item: Item): string {
  return printable(String(column.value(item) ?? ''))
}

function cellsOf<Item>(column: Column<Item>, items: readonly Item[], names: Names): Cell[] {
  if (!column.isId) {
    return items.map((item) => ({ text: printable(column.short?.(item) ?? textOf(column, item)), end: '' }))
  }
  const ids = items.map((item) => textOf(column, item))
  const length = endingLength(ids)
  return ids.map((id) => {
    const end = endingOf(id, length)
    return end === id ? { text: id, end: '' } : { text: printable(names.get(id) ?? ''), end }
  })
}

/** The length at which the endings of the IDs are unique. */
function endingLength(ids: readonly string[]): number {
  const long = new Set(ids.filter((id) => lastPart(id).length > wholeMax))
  const most = mostOf(Array.from(long, (id) => id.length))
  let length = endingMin
  while (length < most && new Set(Array.from(long, (id) => id.slice(-length))).size < long.size) length += 1
  return length
}

function endingOf(id: string, length: number): string {
  const part = lastPart(id)
  const shown = part.length <= wholeMax ? part : id.slice(-length)
  return shown.length < id.length ? `…${shown}` : id
}

function lastPart(id: string): string {
  return id.slice(Math.max(id.lastIndexOf('.'), id.lastIndexOf(':')) + 1)
}

interface Fitting<Item> {
  readonly column: Column<Item>
  readonly cells: readonly Cell[]
}

/** The columns that fit, with their widths. Spare columns are removed, the last one first, before names are cut. */
function fittedWidths<Item>(
  all: readonly Fitting<Item>[],
  width: number,
): (Fitting<Item> & { readonly most: number })[] {
  const widthsOf = (columns: readonly Fitting<Item>[], widths: readonly number[]) =>
    columns.map((one, place) => ({ ...one, most: widths[place] ?? 0 }))
  let columns = [...all]
  for (let spare = columns.length - 1; spare >= 0; spare--) {
    if (sum(columns.map(naturalWidth)) <= width) break
    if (columns[spare]?.column.isSpare) columns = columns.toSpliced(spare, 1)
  }
  for (const leastOf of [withEnds, withoutEnds]) {
    const widths = narrowed(columns.map(naturalWidth), columns.map(leastOf), width)
    if (widths !== undefined) return widthsOf(columns, widths)
  }
  // The terminal is too narrow for all columns.
  while (columns.length > 1 && sum(columns.map(withoutEnds)) > width) columns.pop()
  return widthsOf(
    columns,
    columns.map((one) => Math.min(withoutEnds(one), width)),
  )
}

function naturalWidth<Item>({ column, cells }: Fitting<Item>): number {
  return Math.max(textWidth(column.title), mostOf(cells.map(cellWidth)))
}

/** The minimum width that keeps the endings of IDs complete. */
function withEnds<Item>(one: Fitting<Item>): number {
  return Math.min(naturalWidth(one), Math.max(10, mostOf(one.cells.map(({ end }) => textWidth(end)))))
}

/** The minimum width if `withEnds` is not possible. */
function withoutEnds<Item>(one: Fitting<Item>): number {
  return Math.min(naturalWidth(one), 5)
}

/** Narrows the widest column until all fit; `undefined` if they cannot fit. */
function narrowed(natural: readonly number[], least: readonly number[], width: number): number[] | undefined {
  if (sum(least) > width) return undefined
  const widths = [...natural]
  while (sum(widths) > width) {
    const spare = widths.map((own, place) => (own > (least[place] ?? 0) ? own : 0))
    const widest = spare.indexOf(Math.max(...spare))
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, gap * (widths.length - 1))
}

/** Not `Math.max(...numbers)`: there may be more rows than a call may have arguments. */
function mostOf(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0)
}

function cellWidth({ text, end }: Cell): number {
  return textWidth(text) + textWidth(end) + (text !== '' && end !== '' ? 1 : 0)
}

function cutCell({ text, end }: Cell, width: number): string {
  if (end === '') return cutToWidth(text, width)
  const left = width - textWidth(end) - 1
  const name = left < 2 || text === '' ? '' : `${cutToWidth(text, left)} `
  const whole = `${name}${end}`
  // The end of an ID identifies it better than the beginning.
  return textWidth(whole) <= width ? whole : `…${width > 1 ? end.slice(1 - width) : ''}`
}

function tableText(columns: readonly { readonly title: string }[], rows: readonly string[][]): string {
  const widths = columns.map(({ title }, place) =>
    Math.max(textWidth(title), mostOf(rows.map((row) => textWidth(row[place] ?? '')))),
  )
  const line = (cells: readonly string[]) =>
    cells.map((cell, place) => cell + ' '.repeat((widths[place] ?? 0) + gap - textWidth(cell)))
  const bold = (text: string) => styleText('bold', text, { stream: process.stdout })
  const head = line(columns.map(({ title }) => title)).map((cell, place) =>
    cell.replace(columns[place]?.title ?? '', bold),
  )
  return [head, ...rows.map(line)].map((cells) => `${cells.join('').trimEnd()}\n`).join('')
}
