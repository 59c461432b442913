/** Finds the columns of a table by their names, which may differ in case, spaces, `_` and `-`. */
import { nearestName } from '../../protocol/name.ts'
import { withoutTextMark } from './read-table.ts'

/** The columns that a CSV may have. `--unit-column` renames the first. */
export const rowColumns = ['unitId', 'stage', 'partitionName', 'redirectUri', 'authCode', 'locales'] as const
export type RowColumn = (typeof rowColumns)[number]

/** The additional columns of a file of failed units. */
export const faultColumns = ['status', 'errorCode', 'errorDescription'] as const

export interface Columns {
  /** The names in the header; empty without a header. */
  readonly names: readonly string[]
  /** The positions of the known columns. */
  readonly places: ReadonlyMap<RowColumn, number>
}

/** The columns of a list without a header, which has only units. */
export const listColumns: Columns = { names: [], places: new Map([['unitId', 0]]) }

/** Returns the columns, or a text that describes the fault: no column of units, or a column twice. */
export function columnsOf(header: readonly string[], unitColumn: string): Columns | string {
  const places = new Map<RowColumn, number>()
  for (const column of rowColumns) {
    const name = column === 'unitId' ? unitColumn : column
    const found = [...header.keys()].filter((place) => isSameName(header[place] ?? '', name))
    const [place, other] = found
    if (place === undefined) continue
    if (other !== undefined)
      return `has the column ${name} twice: as ${shown(header[place])} and as ${shown(header[other])}. Rename one of them`
    if (![...places.values()].includes(place)) places.set(column, place)
  }
  return places.has('unitId') ? { names: header, places } : `has no column ${unitColumn}`
}

export function isSameName(one: string, other: string): boolean {
  return plain(one) === plain(other)
}

/** Describes an unused column, with the known column that was probably meant. */
export function describeUnused(name: string, place: number, { places }: Columns): string {
  if (name === '') return `number ${place + 1} (without a name)`
  const free = rowColumns.filter((column) => !places.has(column))
  const nearest = nearestName(
    plain(name),
    free.map((column) => plain(column)),
  )
  const meant = free.find((column) => plain(column) === nearest)
  return meant === undefined ? shown(name) : `${shown(name)} (is ${meant} meant?)`
}

function plain(name: string): string {
  return withoutTextMark(name)
    .normalize('NFKC')
    .replace(/[\s\p{Z}\p{Cf}\p{Pd}_]/gu, '')
    .toLowerCase()
}

/** Shortens a text of a file for a message, and replaces control characters. */
export function shown(text = ''): string {
  const quoted = text
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g, (sign) => `<U+${codeOf(sign)}>`)
    .replace(/\p{C}/gu, '\uFFFD')
  return quoted.length > quotedMax ? `${quoted.slice(0, quotedMax)}…` : quoted
}

const quotedMax = 80

function codeOf(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
