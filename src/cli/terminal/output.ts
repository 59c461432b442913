/** Prints results to standard output: a table for people, JSON and CSV for programs. */
import { type Command, Option } from 'commander'
import { stringify } from 'csv-stringify/sync'
import { printableLines } from '../../app/log/printable.ts'
import { type Column, fittedTable, fullTable, type Names, textsOf } from './table.ts'

export type { Column } from './table.ts'

/** `wide` is a table with complete values. A `table` has them, too, unless it goes to a terminal. */
export type OutputFormat = 'table' | 'wide' | 'json' | 'csv'

/** Adds `--output` and `--wide`. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--output <FORMAT>', 'The format of the result.')
        .choices(['table', 'json', 'csv'])
        .default('table'),
    )
    .addOption(new Option('--wide', 'Print a table in full.').implies({ output: 'wide' }))
}

/** Whether a table has to fit the width of a terminal. */
export function isFitted(format: OutputFormat): boolean {
  return format === 'table' && process.stdout.isTTY
}

/** Prints a list. JSON shows the items as the service returned them. */
export function printList<Item>(
  format: OutputFormat,
  columns: readonly Column<Item>[],
  items: readonly Item[],
  names: Names = new Map(),
): void {
  write(listText(format, columns, items, names))
}

/** Prints one record: JSON as an object, the other formats as a list of one. */
export function printRecord<Item>(
  format: OutputFormat,
  columns: readonly Column<Item>[],
  item: Item,
  names?: Names,
): void {
  if (format === 'json') write(`${JSON.stringify(item, null, 2)}\n`)
  else printList(format, columns, [item], names)
}

/** Prints a list that continues: JSON as one object per line, and a table whose columns fit each part alone. */
export function printStream<Item>(
  format: OutputFormat,
  columns: readonly Column<Item>[],
): (items: readonly Item[], names?: Names) => void {
  if (format === 'csv') write(stringify([columns.map(({ name }) => name)]))
  let isFirst = true
  return (items, names = new Map()) => {
    if (format === 'json') for (const item of items) write(`${JSON.stringify(item)}\n`)
    else if (format === 'csv') write(stringify(textsOf(columns, items)))
    else if (isFitted(format) && items.length > 0) {
      const text = fittedTable(columns, items, terminalWidth(), names)
      write(isFirst ? text : text.replace(/^.*\n/, ''))
      isFirst = false
    } else for (const row of textsOf(columns, items)) write(`${row.filter(Boolean).join('  ')}\n`)
  }
}

/** Writes a message to standard error, without control characters that a service may have sent. */
export function tell(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`)
}

function listText<Item>(
  format: OutputFormat,
  columns: readonly Column<Item>[],
  items: readonly Item[],
  names: Names,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(items, null, 2)}\n`
    case 'csv':
      return stringify([columns.map(({ name }) => name), ...textsOf(columns, items)])
    case 'table':
    case 'wide':
      return isFitted(format)
        ? fittedTable(columns, items, terminalWidth(), names)
        : fullTable(columns, items)
  }
}

function write(text: string): void {
  process.stdout.write(text)
}

/** Some terminals do not report their width. */
function terminalWidth(): number {
  return process.stdout.columns || 80
}
