/**
 * A table for a person: in full, or so that each row fits into a line of the terminal. IDs are shortened to endings then, which a
 * command takes in their place, and stand behind the names of what they name; what is still too wide is cut.
 */
import { styleText } from 'node:util'
import { printable } from '../../app/log/printable.ts'
import { cutToWidth, textWidth } from './text-width.ts'

/** One column: what stands above it in a table, its name in CSV, and what a row has there. */
export interface Column<Item> {
  readonly title: string
  readonly name: string
  value(item: Item): string | number | undefined
  /** It has IDs: where a table has to fit, their endings are enough. */
  readonly isId?: boolean
  /** What is shown where a table has to fit. */
  short?(item: Item): string
  /** Where a table has to fit it is left out, unless there is room for it beside the others. */
  readonly isSpare?: boolean
  /** Where a table has to fit it stands in a line of its own below the row, if it has anything to say. */
  readonly isBelow?: boolean
}

/** The names of what IDs stand for, as far as they are known. */
export type Names = ReadonlyMap<string, string>

/** What is cut last stands in `end`. */
interface Cell {
  readonly text: string
  readonly end: string
}

const gap = 2
/** An ending of an ID is at least so long, if what stands behind the last dot or colon is. */
const endingMin = 6
/** An ID that has no more than this behind its last dot or colon is shown with all of it. */
const wholeMax = 16

/** Each row in full, with its head. */
export function fullTable<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string {
  return tableText(columns, textsOf(columns, items))
}

/** Each row in a line of so many places, with its head. */
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

/** What stands in each cell, safe to show. */
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

/** So many characters tell the IDs apart. */
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

/** The columns that have room, with their widths. What is spare goes before names are cut, the last one first. */
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
  // Too narrow a terminal for all of them.
  while (columns.length > 1 && sum(columns.map(withoutEnds)) > width) columns.pop()
  return widthsOf(
    columns,
    columns.map((one) => Math.min(withoutEnds(one), width)),
  )
}

function naturalWidth<Item>({ column, cells }: Fitting<Item>): number {
  return Math.max(textWidth(column.title), mostOf(cells.map(cellWidth)))
}

/** A column is made no narrower than this, and the ends of IDs stay whole … */
function withEnds<Item>(one: Fitting<Item>): number {
  return Math.min(naturalWidth(one), Math.max(10, mostOf(one.cells.map(({ end }) => textWidth(end)))))
}

/** … and where that is not enough, than this. */
function withoutEnds<Item>(one: Fitting<Item>): number {
  return Math.min(naturalWidth(one), 5)
}

/** Takes from the widest column until all have room; nothing if they cannot have. */
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

/** There may be more rows than a call may have arguments. */
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
  // Of an ID the end tells more than the beginning.
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
