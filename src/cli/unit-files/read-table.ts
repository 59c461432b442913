/**
 * Reads the rows of a CSV that a spreadsheet program has written, each with its line. It does
 * not depend on their meaning. This folder reads files of units.
 */
import { CsvError, parse } from 'csv-parse/sync'

/** One row of the table. */
export interface TableRow {
  /** Without spaces and invisible characters at either end. */
  readonly cells: readonly string[]
  /** The first line of the row in the file, from 1. */
  readonly line: number
}

export interface Table {
  readonly delimiter: string
  /** The names of the columns; absent if the file has no header. */
  readonly header: TableRow | undefined
  /** The rows that are not empty. */
  readonly rows: readonly TableRow[]
  /** The lines outside of rows: those that begin with `#`, and those that have only separators. */
  readonly comments: readonly { readonly line: number; readonly text: string }[]
  /** The fault that stopped the reading before the end. */
  readonly fault: { readonly line: number; readonly problem: string } | undefined
}

/** Rates how well the cells of a first row begin a table. The highest rank wins; 2 means a header. */
export type Rank = (cells: readonly string[]) => 0 | 1 | 2

const delimiters = [',', ';', '\t', '|']
/** A longer row is a fault: a quotation mark is not closed. */
const rowBytesMax = 100_000
/** The maximum number of lines of a header. */
const headerLinesMax = 200

const quoteInside = 'Put the whole cell in quotation marks, and double those inside it'

/** The faults that the library reports, with what to do. */
const faults: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'begins a cell with a quotation mark that is never closed',
  CSV_MAX_RECORD_SIZE: `begins a row of more than ${rowBytesMax} bytes: perhaps a quotation mark is not closed`,
  CSV_INVALID_CLOSING_QUOTE: `has text after a closing quotation mark. ${quoteInside}`,
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: `has text after a closing quotation mark. ${quoteInside}`,
}

/** Finds the separator and the header, then reads all rows. A first line such as `sep=;` sets the separator. */
export function readTable(text: string, rank: Rank): Table {
  const lines = text.split('\n')
  const named = /^\s*"?sep=(.)"?[\s,;|]*$/i.exec(lines[0] ?? '')
  const among = named === null ? delimiters : [named[1] ?? ',']
  let at = named === null ? 0 : 1
  const comments: { line: number; text: string }[] = []
  for (; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (/^[\s,;|\p{Cf}]*$/u.test(line)) continue
    if (!line.trimStart().startsWith('#') || beginning([line], among, rank).rank === 2) break
    comments.push({ line: at + 1, text: line })
  }
  const first = beginning(lines.slice(at, at + headerLinesMax), among, rank)
  const isHeader = first.rank === 2 || (first.rank === 0 && first.cells.length > 0)
  const body = isHeader ? at + first.lines : at
  const read = readRows(lines.slice(body).join('\n'), first.delimiter, body)
  const rows = read.rows.filter(({ cells }) => cells.some((cell) => cell !== ''))
  return {
    fault: read.fault,
    delimiter: first.delimiter,
    header: isHeader ? { cells: first.cells, line: at + 1 } : undefined,
    rows,
    comments: [...comments, ...commentsAmong(lines, body, rows)],
  }
}

/** Removes spaces of any kind and invisible characters at either end. */
function clean(text: string): string {
  return text.replace(/^[\s\p{Z}\p{Cf}]+|[\s\p{Z}\p{Cf}]+$/gu, '')
}

/** Removes the marks by which a spreadsheet marks a cell as text: `'text`, `="text"`. */
export function withoutTextMark(cell: string): string {
  return clean(/^="(.*)"$/.exec(cell)?.[1] ?? cell.replace(/^'(?=.)/, ''))
}

interface Beginning {
  readonly delimiter: string
  readonly cells: readonly string[]
  readonly rank: 0 | 1 | 2
  /** The number of lines of the row. */
  readonly lines: number
}

/** Reads the first row with the separator that has the highest rank. */
function beginning(lines: readonly string[], among: readonly string[], rank: Rank): Beginning {
  const text = lines.join('\n')
  const [best] = among
    .map((delimiter): Beginning => {
      const [row] = readRows(text, delimiter, 0, { to: 1, comment: null }).rows
      const cells = row?.cells ?? []
      return { delimiter, cells, rank: rank(cells), lines: row === undefined ? 0 : row.lineCount }
    })
    .toSorted((one, other) => other.rank - one.rank || other.cells.length - one.cells.length)
  return best ?? { delimiter: ',', cells: [], rank: 0, lines: 0 }
}

interface Read {
  readonly rows: (TableRow & { readonly lineCount: number })[]
  readonly fault: Table['fault']
}

/** Reads the rows of a text that follows `before` lines of the file, up to the first fault. */
function readRows(
  text: string,
  delimiter: string,
  before: number,
  only?: { to: number; comment: null },
): Read {
  const rows: Read['rows'] = []
  let end = 0
  try {
    parse(text, {
      delimiter,
      record_delimiter: '\n',
      trim: true,
      relax_column_count: true,
      // Allows a quotation mark inside an unquoted cell, as in: Room "5".
      relax_quotes: true,
      comment: '#',
      // A `#` inside a line is no comment: a room may be called Room #5.
      comment_no_infix: true,
      max_record_size: rowBytesMax,
      ...only,
      on_record(record: string[], { lines }) {
        end = lines
        const lineCount = 1 + record.join('').split('\n').length - 1
        rows.push({ cells: record.map(clean), line: before + lines - lineCount + 1, lineCount })
        return null
      },
    })
    return { rows, fault: undefined }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = end + 1
    const problem = faults[error.code] ?? 'is not CSV'
    return { rows, fault: { line: before + line, problem } }
  }
}

/** The lines outside of rows. */
function commentsAmong(lines: readonly string[], from: number, rows: Read['rows']): Table['comments'] {
  const found: { line: number; text: string }[] = []
  let next = from + 1
  const take = (until: number) => {
    for (; next < until; next++) {
      const text = lines[next - 1] ?? ''
      if (text.trim() !== '') found.push({ line: next, text })
    }
  }
  for (const { line, lineCount } of rows) {
    take(line)
    next = line + lineCount
  }
  take(lines.length + 1)
  return found
}
