/** Reads a row of a table as a unit. */
import type { AccountLinkRequest, NameFreeInvocation, Stage } from '../../client/index.ts'
import { type TableRow, withoutTextMark } from './read-table.ts'
import { type Columns, faultColumns, isSameName, type RowColumn, shown } from './unit-columns.ts'

/** One unit with the values of its row. */
export interface UnitRow {
  readonly unitId: string
  readonly stage?: Stage
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest
  readonly nameFreeInvocationRequest?: NameFreeInvocation
  /** The position in the source, from 0. */
  readonly index: number
}

export const stages = ['development', 'certification', 'live'] as const satisfies readonly Stage[]

/** Less strict than the service, which refuses row by row. A text that does not match was not meant as the ID of a unit. */
const unitPattern = /^amzn1\.alexa\.unit\.[\w.-]+$/

/** Whether a cell contains the ID of a unit. */
export function isUnitId(text: string): boolean {
  return unitPattern.test(withoutTextMark(text))
}

/** Returns the unit, or a text that describes the fault of the row. `index` is the position of the row. */
export function unitRowOf(columns: Columns, { cells }: TableRow, index: number): UnitRow | string {
  const asGiven = (column: RowColumn) => cells[columns.places.get(column) ?? -1] || undefined
  const value = (column: RowColumn) => withoutTextMark(asGiven(column) ?? '') || undefined
  const problem = problemOf(columns, cells)
  if (problem !== undefined) return problem
  const [unitId, partitionName, locales] = [value('unitId'), value('partitionName'), value('locales')]
  if (unitId === undefined) return 'has no unit'
  if (!isUnitId(unitId)) return `has ${shown(unitId)} where the ID of a unit should be`
  const stage = value('stage')
  const known = stages.find((one) => one === stage?.toLowerCase())
  if (stage !== undefined && known === undefined)
    return `has the stage ${shown(stage)}, which is not one of ${stages.join(', ')}`
  const [redirectUri, authCode] = [asGiven('redirectUri'), asGiven('authCode')]
  if ((redirectUri === undefined) !== (authCode === undefined))
    return 'has only one of redirectUri and authCode'
  return {
    unitId,
    index,
    ...(known !== undefined && { stage: known }),
    ...(partitionName !== undefined && { partitionName }),
    ...(redirectUri !== undefined &&
      authCode !== undefined && { accountLinkRequest: { redirectUri, authCode, type: 'AUTH_CODE' } }),
    ...(locales !== undefined && { nameFreeInvocationRequest: { locales: locales.split(/[\s,;]+/) } }),
  }
}

/** Describes a fault that suggests that the text is not one row. */
function problemOf({ names }: Columns, cells: readonly string[]): string | undefined {
  if (cells.some((cell) => cell.includes('\0'))) return 'has NUL characters'
  if (cells.some((cell) => cell.includes('\n') && cell.includes('amzn1.')))
    return 'has a cell of several lines with units in it: perhaps a quotation mark is not closed'
  const surplus = cells.slice(Math.max(1, names.length)).find((cell) => cell !== '')
  if (surplus === undefined) return undefined
  return `has more cells than the header: ${shown(surplus)} is in no column. Perhaps a cell with a separator in it is not in quotation marks`
}

/** Returns the unused columns that have a value in this row, except those of a file of failed units. */
export function unusedIn({ names, places }: Columns, { cells }: TableRow): number[] {
  const used = new Set(places.values())
  const isOurs = faultColumns.every((fault) => names.some((name) => isSameName(name, fault)))
  return [...names.keys()].filter((place) => {
    const name = names[place] ?? ''
    const isFault = isOurs && faultColumns.some((fault) => isSameName(name, fault))
    return cells[place] && !used.has(place) && !isFault
  })
}
