/**
 * The units that a command is for: from its arguments, from a file, or from standard input. A file has one unit a line,
 * or is CSV whose header names the columns. It is read as a stream, however long it is.
 */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import { CsvError, parse } from 'csv-parse'
import { reasonOf } from '../app/read-settings.ts'
import type { AccountLinkRequest, NameFreeInvocation, Stage } from '../client/index.ts'
import { type CommandError, wrongUsage } from './command-error.ts'

/** One unit, with what its row says of it. */
export interface UnitRow {
  readonly unitId: string
  readonly stage?: Stage
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest
  readonly nameFreeInvocationRequest?: NameFreeInvocation
  /** Where it stands in its source, from 0. */
  readonly index: number
}

export interface UnitSource {
  readonly units: readonly string[]
  /** A path, or `-` for standard input. */
  readonly file?: string | undefined
  readonly unitColumn: string
}

/** The columns that a CSV may have; that of the units may have another name. */
export const rowColumns = ['unitId', 'stage', 'partitionName', 'redirectUri', 'authCode', 'locales'] as const

export const stages = ['development', 'certification', 'live'] as const satisfies readonly Stage[]

/** As much as a message quotes of a file. */
const quotedMax = 200

/** Adds the options that say where the units are. */
export function addUnitOptions(command: Command): Command {
  return command
    .argument('[UNITS...]', 'The IDs of units.')
    .option('--file <FILE>', 'A file of units, one a line, or CSV with a header; - is standard input.')
    .option('--unit-column <NAME>', 'The column of the CSV that has the units.', 'unitId')
}

/** Units that have been looked at, all of them. */
export interface CheckedUnits {
  readonly count: number
  /** From the beginning, as often as they are needed. */
  read(): AsyncIterable<UnitRow> | Iterable<UnitRow>
}

/**
 * Reads to the end, so that what is wrong is refused before any unit is used. A file is read again for each use;
 * standard input, which comes once, is kept in memory.
 */
export async function checkUnits(source: UnitSource): Promise<CheckedUnits> {
  if (source.file === '-') {
    const rows = await Array.fromAsync(readUnits(source))
    return { count: rows.length, read: () => rows }
  }
  let count = 0
  for await (const _ of readUnits(source)) count += 1
  return { count, read: () => readUnits(source) }
}

/** Rejects with a CommandError for a file that cannot be read, or is neither a list of units nor CSV with a column of them. */
export async function* readUnits({ units, file, unitColumn }: UnitSource): AsyncGenerator<UnitRow> {
  if (file === undefined) {
    if (units.length === 0)
      throw wrongUsage('No unit is given. Name units, or a file of them: --file rooms.csv')
    yield* units.map((unitId, index) => ({ unitId, index }))
    return
  }
  if (units.length > 0) throw wrongUsage('Give units as arguments or with --file, not both.')
  const input = file === '-' ? process.stdin : createReadStream(file)
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    comment: '#',
    // Not in the middle of a line: a room may be called Room #5.
    comment_no_infix: true,
    relax_column_count: true,
  })
  try {
    yield* rowsOf(pipe(input, parser), file, unitColumn)
  } catch (error) {
    throw explained(error, file)
  } finally {
    input.destroy()
  }
}

/** An error of the source ends the parser too, which by itself would wait for more. */
function pipe(input: Readable, parser: ReturnType<typeof parse>): AsyncIterable<string[]> {
  input.once('error', (error) => parser.destroy(error))
  return input.pipe(parser)
}

async function* rowsOf(
  records: AsyncIterable<string[]>,
  file: string,
  unitColumn: string,
): AsyncGenerator<UnitRow> {
  let header: readonly string[] | undefined
  let index = 0
  for await (const record of records) {
    if (header === undefined) {
      header = record.includes(unitColumn) ? record : headerOfList(record, file, unitColumn)
      if (header === record) continue
    }
    yield rowOf(header, record, { file, unitColumn, index })
    index += 1
  }
  if (index === 0) throw wrongUsage(`${nameOf(file)} has no units.`)
}

/** A list without a header has one column, and begins with a unit. */
function headerOfList(first: readonly string[], file: string, unitColumn: string): string[] {
  if (first[0]?.startsWith('amzn1.')) return [unitColumn]
  const found = shortened(first.slice(0, 8).join(', '))
  throw wrongUsage(
    `${nameOf(file)} has no column ${unitColumn}; it begins with: ${found}. Name the column of the units: --unit-column NAME`,
  )
}

interface Place {
  readonly file: string
  readonly unitColumn: string
  readonly index: number
}

function rowOf(header: readonly string[], record: readonly string[], place: Place): UnitRow {
  const value = (name: string) => record[header.indexOf(name)] || undefined
  const unitId = value(place.unitColumn)
  const stage = value('stage')
  const partitionName = value('partitionName')
  const [redirectUri, authCode] = [value('redirectUri'), value('authCode')]
  if (unitId === undefined) throw wrongRow(place, 'has no unit')
  if (stage !== undefined && !isStage(stage))
    throw wrongRow(place, `has the stage ${stage}, none of ${stages.join(', ')}`)
  if ((redirectUri === undefined) !== (authCode === undefined))
    throw wrongRow(place, 'has only one of redirectUri and authCode')
  const locales = value('locales')
  return {
    unitId,
    index: place.index,
    ...(locales !== undefined && { nameFreeInvocationRequest: { locales: locales.split(' ') } }),
    ...(stage !== undefined && { stage }),
    ...(partitionName !== undefined && { partitionName }),
    ...(redirectUri !== undefined &&
      authCode !== undefined && { accountLinkRequest: { redirectUri, authCode, type: 'AUTH_CODE' } }),
  }
}

function isStage(text: string): text is Stage {
  return stages.some((stage) => stage === text)
}

function wrongRow({ file, index }: Place, problem: string): CommandError {
  return wrongUsage(`${nameOf(file)}: row ${index + 1} ${problem}. Nothing was sent.`)
}

function explained(error: unknown, file: string): unknown {
  if (error instanceof CsvError)
    return wrongUsage(`${nameOf(file)} is no CSV: ${shortened(error.message)}. Nothing was sent.`, error)
  if (error instanceof Error && 'syscall' in error)
    return wrongUsage(`${nameOf(file)} cannot be read: ${reasonOf(error)}.`, error)
  return error
}

/** What is no CSV may be anything: a message quotes little of it, and nothing that a terminal would obey. */
function shortened(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD').slice(0, quotedMax)
}

function nameOf(file: string): string {
  return file === '-' ? 'Standard input' : file
}
