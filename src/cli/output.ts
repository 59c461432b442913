/** How results are shown: a table for people, JSON and CSV for programs. Standard output has nothing else. */
import { styleText } from 'node:util'
import Table from 'cli-table3'
import { Option } from 'commander'
import { stringify } from 'csv-stringify/sync'

/** One column: what stands above it in a table, its name in CSV, and what a row has there. */
export interface Column<Item> {
  readonly title: string
  readonly name: string
  value(item: Item): string | number | undefined
}

export type OutputFormat = 'table' | 'json' | 'csv'

export function outputOption(): Option {
  return new Option('--output <FORMAT>', 'How to print the result.')
    .choices(['table', 'json', 'csv'])
    .default('table')
}

/** Prints a list. As JSON the items are as the service gave them. */
export function printList<Item>(
  format: OutputFormat,
  columns: readonly Column<Item>[],
  items: readonly Item[],
): void {
  write(listText(format, columns, items))
}

/** Prints one record, as a list of one but for JSON. */
export function printRecord<Item>(format: OutputFormat, columns: readonly Column<Item>[], item: Item): void {
  if (format === 'json') write(`${JSON.stringify(item, null, 2)}\n`)
  else printList(format, columns, [item])
}

/** Prints a list that goes on: JSON as one object a line, and a table without room for what may still come. */
export function printStream<Item>(
  format: OutputFormat,
  columns: readonly Column<Item>[],
): (items: readonly Item[]) => void {
  if (format === 'csv') write(stringify([columns.map(({ name }) => name)]))
  return (items) => {
    for (const item of items) {
      if (format === 'json') write(`${JSON.stringify(item)}\n`)
      else if (format === 'csv') write(stringify(rowsOf(columns, [item])))
      else write(`${rowsOf(columns, [item]).flat().filter(Boolean).join('  ')}\n`)
    }
  }
}

/** Says something to the person at the terminal, beside the result. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

function listText<Item>(
  format: OutputFormat,
  columns: readonly Column<Item>[],
  items: readonly Item[],
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(items, null, 2)}\n`
    case 'csv':
      return stringify([columns.map(({ name }) => name), ...rowsOf(columns, items)])
    case 'table':
      return tableOf(columns, items)
  }
}

function write(text: string): void {
  process.stdout.write(text)
}

function rowsOf<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string[][] {
  return items.map((item) => columns.map((column) => printable(column.value(item))))
}

/** Control characters in a name must not reach the terminal. */
function printable(value: string | number | undefined): string {
  return String(value ?? '').replace(/\p{Cc}/gu, '\uFFFD')
}

function tableOf<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string {
  const bold = (text: string) => styleText('bold', text, { stream: process.stdout })
  const table = new Table({
    head: columns.map(({ title }) => bold(title)),
    chars: Object.fromEntries(lines.map((line) => [line, line === 'middle' ? '  ' : ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rowsOf(columns, items))
  return `${table.toString().replace(/ +$/gm, '')}\n`
}

/** The lines of a table that has none but for the gap between two columns. */
const lines = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
]
