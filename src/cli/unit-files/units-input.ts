/**
 * Reads the units of a command from its arguments, a file, or standard input. A file has one unit per line, or is a table
 * with a header. The whole file is checked before any unit is used.
 */
import { createHash } from 'node:crypto'
import type { Command } from 'commander'
import { fileFault } from '../../app/file-fault.ts'
import { wrongUsage } from '../terminal/command-error.ts'
import { tell } from '../terminal/output.ts'
import { readTable, type Table, type TableRow, withoutTextMark } from './read-table.ts'
import { isRegularFile, readText } from './read-text.ts'
import { type Columns, columnsOf, describeUnused, isSameName, listColumns, shown } from './unit-columns.ts'
import { isUnitId, type UnitRow, unitRowOf, unusedIn } from './unit-rows.ts'

export interface UnitSource {
  readonly units: readonly string[]
  /** A path, or `-` for standard input. */
  readonly file?: string | undefined
  readonly unitColumn: string
  /** Whether a stage in a column with another name is an error. */
  readonly needsStage?: boolean
}

export interface Units {
  /** Each unit once, in the order of the source. */
  readonly rows: readonly UnitRow[]
  /** The number of rows in the source; larger than the number of units if some units occur twice. */
  readonly rowCount: number
  /** Sentences about unused parts of the source. */
  readonly notes: readonly string[]
  readonly file?: UnitFile
}

export interface UnitFile {
  readonly name: string
  readonly encoding: string
  readonly delimiter: string
  readonly columns: Columns
  /** The digest of the content. */
  readonly digest: string
  /** Whether it can be read again and can have other files next to it. */
  readonly isRegular: boolean
}

/** The number of problems that are listed; the others are counted. */
const problemsMax = 10
/** The number of line numbers in one sentence. */
const linesMax = 5

/** Adds the argument and the options for the units. */
export function addUnitOptions(command: Command): Command {
  return command
    .argument('[UNITS...]', 'The IDs of units.')
    .option('--file <FILE>', 'A file of units, one per line, or CSV with a header; - is standard input.')
    .option('--unit-column <NAME>', 'The column of the CSV with the units.', 'unitId')
}

/** Rejects with a CommandError that lists the faulty lines of a file. */
export async function readUnits(source: UnitSource): Promise<Units> {
  const { units, file } = source
  if (file === undefined) {
    if (units.length === 0)
      throw wrongUsage('No unit is specified. Specify units, or a file of them: --file rooms.csv')
    const rows = [...new Set(units)].map((unitId, index) => ({ unitId, index }))
    return { rows, rowCount: units.length, notes: countNotes(units.length, rows.length, 'IDs', []) }
  }
  if (units.length > 0) throw wrongUsage('Specify units as arguments or with --file, not both.')
  const name = file === '-' ? 'Standard input' : file
  const { text, encoding, bytes } = await readText(file, name).catch((error: unknown) => {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw wrongUsage(`${name} cannot be read: ${fileFault(error)}.`, error)
  })
  const table = readTable(text, (cells) => {
    if (cells.some((cell) => isSameName(cell, source.unitColumn))) return 2
    return cells.some((cell) => withoutTextMark(cell).startsWith('amzn1.')) ? 1 : 0
  })
  const columns = columnsIn(table, name, source.unitColumn)
  const { rows, rowCount, notes } = rowsIn(table, columns, name, source.needsStage ?? false)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const form = { name, encoding, delimiter: table.delimiter, columns, digest }
  return { rows, rowCount, notes, file: { ...form, isRegular: isRegularFile(file) } }
}

/** Shows the notes: unused parts, and units that occur twice. */
export function tellNotes({ notes, file }: Units): void {
  for (const note of notes) tell(file === undefined ? note : `${file.name}: ${note}`)
}

/** Throws if the columns of a table cannot be recognized. */
function columnsIn({ header, rows, fault, delimiter }: Table, name: string, unitColumn: string): Columns {
  if (header === undefined) {
    const cells = rows[0]?.cells.filter((cell) => cell !== '') ?? []
    if (cells.length <= 1) return listColumns
    const example = ['unitId', 'stage'].join(delimiter)
    throw wrongUsage(
      `${name} begins with a unit that has more cells in its line: ${shown(cells.join(delimiter))}. Add a line with the names of the columns above it, such as: ${example}. Nothing was sent.`,
    )
  }
  const columns = columnsOf(header.cells, unitColumn)
  if (typeof columns !== 'string') return columns
  if (fault !== undefined && header.cells.length === 0) throw unusable(name, [at(fault.line, fault.problem)])
  const place = rows[0]?.cells.findIndex(isUnitId) ?? -1
  const found = header.cells.filter((cell) => cell !== '').join(delimiter === ',' ? ', ' : ` ${delimiter} `)
  const likely = header.cells[place] || 'NAME'
  throw wrongUsage(
    `${name} ${columns}; it begins with: ${shown(found)}. Specify the column of the units: --unit-column ${JSON.stringify(likely)}. Nothing was sent.`,
  )
}

interface RowsRead {
  readonly rows: readonly UnitRow[]
  readonly rowCount: number
  readonly notes: readonly string[]
}

function rowsIn(table: Table, columns: Columns, name: string, needsStage: boolean): RowsRead {
  const problems = commentProblems(table, columns)
  const found = new Map<string, { readonly line: number; readonly row: UnitRow }>()
  const repeated: number[] = []
  const unused = new Set<number>()
  for (const [index, tableRow] of table.rows.entries()) {
    const { line } = tableRow
    const row = unitRowOf(columns, tableRow, index)
    for (const place of unusedIn(columns, tableRow)) unused.add(place)
    const stage = needsStage ? stageElsewhere(columns, tableRow) : undefined
    const first = typeof row === 'string' ? undefined : found.get(row.unitId)
    if (typeof row === 'string') problems.push(at(line, row))
    else if (stage !== undefined) problems.push(at(line, stage))
    else if (first === undefined) found.set(row.unitId, { line, row })
    else if (isSameRow(first.row, row)) repeated.push(line)
    else problems.push(at(line, `differs from line ${first.line} for ${row.unitId}`))
  }
  if (table.fault) problems.push(at(table.fault.line, table.fault.problem))
  if (problems.length > 0) throw unusable(name, problems)
  if (found.size === 0) throw wrongUsage(`${name} has no units.`)
  const rows = Array.from(found.values(), ({ row }) => row)
  const rowCount = table.rows.length
  const notes = [
    ...countNotes(rowCount, rows.length, 'rows', repeated),
    ...notesOf(table, columns, [...unused]),
  ]
  return { rows, rowCount, notes }
}

/** Describes the unused parts of the table. */
function notesOf(table: Table, columns: Columns, unused: readonly number[]): string[] {
  const short = table.rows.filter(({ cells }) => cells.length < columns.names.length).map(({ line }) => line)
  const commented = table.comments.filter(({ text }) => text.includes('amzn1.')).map(({ line }) => line)
  const names = unused
    .toSorted((a, b) => a - b)
    .map((place) => describeUnused(columns.names[place] ?? '', place, columns))
  return [
    ...(names.length === 0
      ? []
      : [`not used: ${names.length === 1 ? 'the column' : 'the columns'} ${names.join(', ')}.`]),
    ...(short.length === 0 ? [] : [`fewer cells than the header: ${linesText(short)}.`]),
    ...(commented.length === 0 ? [] : [`comment with a unit, not used: ${linesText(commented)}.`]),
  ]
}

function countNotes(rowCount: number, unitCount: number, noun: string, lines: readonly number[]): string[] {
  if (rowCount === unitCount) return []
  const where = lines.length === 0 ? '' : `; repeated: ${linesText(lines)}`
  return [`${rowCount} ${noun}, ${unitCount} units${where}.`]
}

/** A line that begins with `#` because of its content is not meant as a comment. */
function commentProblems({ comments, delimiter }: Table, { places }: Columns): string[] {
  return comments.flatMap(({ line, text }) => {
    const [first = ''] = text.split(delimiter)
    if (spreadsheetError.test(first.trim()))
      return [at(line, `begins with ${shown(first.trim())}, an error of the spreadsheet`)]
    if ((places.get('unitId') ?? 0) === 0 || !text.includes('amzn1.')) return []
    return [
      at(
        line,
        'begins with # like a comment, but has a unit. If it is a row, put the column of the units first; otherwise delete it',
      ),
    ]
  })
}

/** The errors of spreadsheets in English, German, French, Italian and Spanish: `#N/A`, `#NV`, `#REF!`, `#NAME?`. */
const spreadsheetError = /^#(N\/[AD]|NV|NA|[¡¿]?[\p{Lu}\d/]+[!?])$/u

/** Finds a stage in a column with another name. Ignoring it would enable the live skill for guests. */
function stageElsewhere(columns: Columns, row: TableRow): string | undefined {
  if (columns.places.has('stage')) return undefined
  const place = unusedIn(columns, row).find((one) =>
    /^(development|certification)$/i.test(row.cells[one] ?? ''),
  )
  if (place === undefined) return undefined
  const column = columns.names[place] ?? ''
  return `has ${row.cells[place]} in the column ${shown(column)}. Rename the column to stage, or use --stage`
}

function isSameRow(one: UnitRow, other: UnitRow): boolean {
  return JSON.stringify({ ...one, index: 0 }) === JSON.stringify({ ...other, index: 0 })
}

function at(line: number, problem: string): string {
  return `line ${line} ${problem}.`
}

function unusable(name: string, problems: readonly string[]): Error {
  const [first, ...others] = problems
  if (others.length === 0) return wrongUsage(`${name}: ${first} Nothing was sent.`)
  const told = problems.slice(0, problemsMax).map((problem) => `\n  ${problem}`)
  const more = problems.length > problemsMax ? `\n  and ${problems.length - problemsMax} more` : ''
  return wrongUsage(`${name} cannot be used as it is. Nothing was sent.${told.join('')}${more}`)
}

function linesText(lines: readonly number[]): string {
  const more = lines.length > linesMax ? ` and ${lines.length - linesMax} more` : ''
  return `${lines.length === 1 ? 'line' : 'lines'} ${lines.slice(0, linesMax).join(', ')}${more}`
}
