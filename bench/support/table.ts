import type { Row } from './bench.ts'
import type { Figure } from './rounds.ts'

/** Whether the row keeps its goal; `undefined` where it has none. */
export function isReached({ goal, ratio, ours }: Row): boolean | undefined {
  if (goal === undefined) return undefined
  const { median } = ratio ?? ours
  return 'atMost' in goal ? median <= goal.atMost : median >= goal.atLeast
}

/** The rows as a Markdown table: medians, with the lowest and the highest round behind a ratio. */
export function renderTable(rows: readonly Row[]): string {
  const heading = ['measured', 'floor', 'floor', 'ours', 'ratio', 'goal', 'reached']
  const cells = rows.map((row) => [
    row.measured,
    row.floor?.name ?? '–',
    row.floor ? withUnit(row.floor.figure, row.unit) : '–',
    withUnit(row.ours, row.unit),
    row.ratio ? `${short(row.ratio.median)} (${short(row.ratio.low)}–${short(row.ratio.high)})` : '–',
    goalText(row),
    { true: 'yes', false: '**no**', undefined: '–' }[`${isReached(row)}`],
  ])
  const widths = heading.map((text, column) =>
    Math.max(text.length, ...cells.map((line) => line[column]!.length)),
  )
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`
  return [
    line(heading),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...cells.map(line),
  ].join('\n')
}

function goalText({ goal, ratio, unit }: Row): string {
  if (goal === undefined) return '–'
  const [sign, limit] = 'atMost' in goal ? ['≤', goal.atMost] : ['≥', goal.atLeast]
  return `${sign} ${limit.toLocaleString('en')} ${ratio ? '×' : unit}`
}

function withUnit({ median }: Figure, unit: string): string {
  return `${short(median)} ${unit}`
}

/** Three digits that matter. */
function short(value: number): string {
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)))
}
